"""One row: one person asked to join, at one address. The link's token is never kept, only its SHA-256."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import AGENCY_ROLES, EXCHANGE_ROLES, Actor, Role
from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.membership import ROLE_LABELS
from portal.models.user import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Actor) -> "InvitationQuerySet":
        if actor.kind == "system" or actor.of_exchange:
            return self
        return self.filter(agency_id=actor.agency_id) if actor.of_agency else self.none()

    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; an expired one is still open, and opens nothing."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(
        max_length=24, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    why = models.TextField(blank=True)
    # None until its link is made, which the worker does when it mails it, and again at every resending.
    token_sha256 = models.CharField(max_length=64, null=True, blank=True, unique=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # None: waits for a second person. An officer's invitation waits for nobody and names nobody here.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_one_open_per_address",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(agency=None, role__in=sorted(EXCHANGE_ROLES))
                | models.Q(agency__isnull=False, role__in=sorted(AGENCY_ROLES)),
                name="invitation_role_fits_house",
            ),
            # Alone, a person invites officers only; a job of ours (no inviter) bootstraps.
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None)
                | models.Q(invited_by=None)
                | models.Q(role=Role.OFFICER)
                | models.Q(confirmed_by__isnull=False),
                name="invitation_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None)
                | models.Q(invited_by=None)
                | ~models.Q(confirmed_by=models.F("invited_by")),
                name="invitation_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(confirmed_at__isnull=False, revoked_at=None),
                name="invitation_accepted_when_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("invited_at")), name="invitation_has_a_term"
            ),
        ]
        indexes = [
            models.Index(
                fields=["confirmed_at"],
                condition=models.Q(mailed_at=None, accepted_at=None, revoked_at=None),
                name="invitation_unmailed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_second_person(self) -> bool:
        """Whoever can invite others, and everyone of the exchange, is let in by two people."""
        return self.role != Role.OFFICER

    def is_open_at(self, now: datetime) -> bool:
        """Whether it can still be confirmed, sent, accepted or revoked; the end is exclusive."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at
