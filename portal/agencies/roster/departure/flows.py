"""Depart: in one transaction the role ends, and with it every session and every way to sign in."""

from collections.abc import Sequence
from datetime import datetime
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
from portal.audit import record
from portal.identity.sessions import end_all
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, Text
from portal.kernel.words import unfit
from portal.models import Membership

WHY_MAX = 2000


@transaction.atomic
def depart(membership_id: UUID, *, actor: Actor, now: datetime, why: str) -> Membership:
    """The person has left. The account stays, for its history; to come back takes a new invitation."""
    membership = locked([membership_id], actor)[membership_id]
    check(actor, "agencies.depart", membership)
    if wrong := unfit(why, WHY_MAX, missing=_("Say why, for instance: moved to another unit.")):
        raise Invalid({"why": wrong})
    end([membership], actor=actor, now=now, why=why.strip())
    return membership


def end(leaving: Sequence[Membership], *, actor: Actor, now: datetime, why: Text) -> None:
    """What a departure does to these rows. The caller holds their locks and has checked the permission."""
    for membership in leaving:
        ensure_open(membership)
    ensure_a_head_remains(leaving, now)
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
        lapse_all_about(membership, now)
        revoke_all_by(user.pk, actor=actor, now=now)
    for membership in leaving:
        data = {"role": membership.role}
        record(events.DEPARTED, actor=actor, subject=membership, at=now, why=str(why), data=data)
