"""One row: one proposal that a person takes another role, and what a second person made of it."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.models.membership import ROLE_LABELS, Membership
from portal.models.user import User


class RoleOutcome(models.TextChoices):
    OPEN = "open", _("Waits for a second person")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    # The person left, or who proposed it did: there is nothing to decide any more.
    LAPSED = "lapsed", _("Lapsed")


class RoleChangeQuerySet(models.QuerySet["RoleChange"]):
    def visible_to(self, actor: Actor) -> "RoleChangeQuerySet":
        if actor.kind == "system" or actor.of_exchange:
            return self
        return self.filter(membership__agency_id=actor.agency_id) if actor.of_agency else self.none()


class RoleChange(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="role_changes")
    role = models.CharField(
        max_length=24, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    why = models.TextField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=RoleOutcome.choices, default=RoleOutcome.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = RoleChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("role change")
        verbose_name_plural = _("role changes")
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=models.Q(outcome=RoleOutcome.OPEN),
                name="rolechange_one_open_per_person",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=RoleOutcome.OPEN, decided_at=None, decided_by=None)
                | models.Q(outcome=RoleOutcome.LAPSED, decided_at__isnull=False, decided_by=None)
                | models.Q(
                    outcome__in=[RoleOutcome.CONFIRMED, RoleOutcome.DECLINED],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="rolechange_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="rolechange_decided_by_another",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rolechange_never_of_oneself",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM portal_membership
                        WHERE id = NEW.membership_id AND user_id IN (NEW.proposed_by_id, NEW.decided_by_id)
                    ) THEN
                        RAISE EXCEPTION 'nobody decides about the own role' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="rolechange_decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.outcome <> 'open'"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.membership)

    @property
    def agency_id(self) -> object:
        return self.membership.agency_id
