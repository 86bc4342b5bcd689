"""Depart: in one transaction the role ends, and with it every session and every way to sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.roster import events
from portal.agencies.roster.house import ensure_a_head_remains, ensure_open, locked
from portal.agencies.roster.invitations.flows import revoke_all_by
from portal.agencies.roster.roles.flows import lapse_all_about
from portal.audit import record, record_each
from portal.identity.sessions import end_all
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, Text
from portal.kernel.words import unfit
from portal.models import Invitation, Membership

WHY_MAX = 2000


@transaction.atomic
def depart(membership_id: UUID, *, actor: Actor, now: datetime, why: str) -> Membership:
    """The person has left. The account stays, for its history; to come back takes a new invitation."""
    membership = locked([membership_id], actor)[membership_id]
    check(actor, "agencies.depart", membership)
    if wrong := unfit(why, WHY_MAX, missing=_("Say why, for instance: moved to another unit.")):
        raise Invalid({"why": wrong})
    end([membership], now=now).record(actor=actor, now=now, why=why.strip())
    return membership


@dataclass(frozen=True, slots=True)
class Ended:
    """Who left, and what ended with them: recorded together, once nothing else is locked or written."""

    leaving: Sequence[Membership]
    lapsed: dict[UUID, list[UUID]]  # by membership, the role changes that nobody decides any more
    revoked: list[Invitation]

    def record(self, *, actor: Actor, now: datetime, why: Text) -> None:
        data: dict[str, Any] = {"inviter": "departed"}
        record_each(events.INVITATION_REVOKED, actor=actor, subjects=self.revoked, at=now, data=data)
        for membership in self.leaving:
            data = {"role": membership.role}
            if lapsed := self.lapsed[membership.pk]:
                data["lapsed"] = lapsed
            record(events.DEPARTED, actor=actor, subject=membership, at=now, why=str(why), data=data)


def end(leaving: Sequence[Membership], *, now: datetime) -> Ended:
    """What a departure does to these rows. The caller holds them, has checked the permission and records."""
    for membership in leaving:
        ensure_open(membership)
    ensure_a_head_remains(leaving, now)
    lapsed = {}
    for membership in leaving:
        user = membership.user
        membership.ended_at = now
        membership.save(update_fields=["ended_at"])
        # Old factors are removed: who comes back proves anew who he or she is, and enrols anew.
        Authenticator.objects.filter(user=user).delete()
        SocialAccount.objects.filter(user=user).delete()
        user.set_unusable_password()
        user.is_active = False
        user.save(update_fields=["password", "is_active"])
        end_all(user)
        lapsed[membership.pk] = lapse_all_about(membership, now)
    revoked = revoke_all_by([each.user_id for each in leaving], now=now)
    return Ended(leaving, lapsed, revoked)
