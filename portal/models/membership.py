"""One row: one person in one role, at an agency or (without one) at the exchange."""

from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import AGENCY_ROLES, EXCHANGE_ROLES, Actor, Role
from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.guards import reinstated_by_another
from portal.models.user import User

ROLE_LABELS = {
    Role.OFFICER: _("Officer"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.COMPLIANCE_REVIEWER: _("Compliance reviewer"),
    Role.CASE_ANALYST: _("Case analyst"),
    Role.COMPLIANCE_LEAD: _("Compliance lead"),
    Role.AUDITOR: _("Auditor"),
}


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, actor: Actor) -> "MembershipQuerySet":
        if actor.kind == "system" or actor.of_exchange:
            return self
        return self.filter(agency_id=actor.agency_id) if actor.of_agency else self.none()


class Membership(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(
        max_length=24, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    joined_at = models.DateTimeField(_("since"), default=timezone.now)
    # Somebody else confirmed that this person still belongs here; past its term nobody gets in.
    attested_at = models.DateTimeField(default=timezone.now)
    attested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Days before the end of the term of which the last reminder spoke; None: none was sent yet.
    reminded = models.PositiveSmallIntegerField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at=None), name="membership_one_open_role"
            ),
            models.CheckConstraint(
                condition=models.Q(agency=None, role__in=sorted(EXCHANGE_ROLES))
                | models.Q(agency__isnull=False, role__in=sorted(AGENCY_ROLES)),
                name="membership_role_fits_house",
            ),
            models.CheckConstraint(
                condition=models.Q(attested_by=None) | ~models.Q(attested_by=models.F("user")),
                name="membership_attested_by_another",
            ),
        ]
        triggers = [
            reinstated_by_another(
                "membership",
                link="membership_id",
                leaves="OLD.suspended_at IS NOT NULL AND NEW.suspended_at IS NULL",
            ),
            # Who was what, where and when stays true: another role is another row.
            pgtrigger.Protect(
                name="membership_keeps_history",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.ended_at IS NOT NULL OR NEW.user_id <> OLD.user_id OR NEW.role <> OLD.role"
                    " OR NEW.agency_id IS DISTINCT FROM OLD.agency_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.user.name

    @property
    def attested_until(self) -> datetime:
        """The end of the term, exclusive."""
        return self.attested_at + timedelta(days=settings.ATTESTATION_DAYS)

    @property
    def cooling_until(self) -> datetime:
        return self.joined_at + timedelta(hours=settings.COOL_OFF_NEW_OFFICER_HOURS)

    def is_open_at(self, now: datetime) -> bool:
        """Whether the person gets in by this role; the agency's standing is asked apart."""
        return self.ended_at is None and self.suspended_at is None and now < self.attested_until
