"""One row: one time that an agency or a person was stopped. One person stops, another one reinstates."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.membership import Membership
from portal.models.user import User

WHY_MAX = 2000


class SuspensionReason(models.TextChoices):
    MAILBOX = "mailbox", _("A mailbox was taken over")
    OFFICER_LEFT = "officer_left", _("Somebody left and was not taken off the roster")
    FAKE_REQUEST = "fake_request", _("A fake case request was filed")
    ASKED = "asked", _("The agency asked for it")
    CALL_BACK = "call_back", _("A call-back failed")
    OTHER = "other", _("Another reason")


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def visible_to(self, actor: Actor) -> "SuspensionQuerySet":
        """All of them at the exchange; a supervisor's are those of the agency's own people."""
        if actor.kind == "system" or actor.of_exchange:
            return self
        return self.filter(membership__agency_id=actor.agency_id) if actor.of_agency else self.none()

    def open(self) -> "SuspensionQuerySet":
        """Somebody is still kept out by it; who has left since is not."""
        return self.filter(ended_at=None, membership__ended_at=None)


class Suspension(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # One of the two: whom it stops.
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="suspensions"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="suspensions"
    )
    reason = models.CharField(_("reason"), max_length=20, choices=SuspensionReason.choices)
    why = models.TextField(_("why"), max_length=WHY_MAX)
    suspended_at = models.DateTimeField()
    # Without one it was a job of ours.
    suspended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # How far it reached: counts by the names in portal.agencies.standing.reach.
    reach = models.JSONField(default=dict)
    # Reinstated or, without a person, overtaken by the agency's lapse.
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.TextField(blank=True, max_length=WHY_MAX)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["-suspended_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agency=None, membership__isnull=False) | Q(agency__isnull=False, membership=None),
                name="suspension_of_one",
            ),
            models.UniqueConstraint(
                fields=["agency"], condition=Q(ended_at=None), name="suspension_one_open_of_agency"
            ),
            models.UniqueConstraint(
                fields=["membership"], condition=Q(ended_at=None), name="suspension_one_open_of_person"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None) | Q(suspended_by=None) | ~Q(ended_by=F("suspended_by")),
                name="suspension_ended_by_another",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by=None, ended_why=""),
                name="suspension_end_is_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="suspension_no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="suspension_frozen",
                fields=["id", "agency", "membership", "reason", "why", "suspended_at", "suspended_by"],
            ),
            pgtrigger.Protect(
                name="suspension_end_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.ended_at IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.agency or (self.membership and self.membership.user) or "")

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
