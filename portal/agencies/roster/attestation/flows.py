"""Attest: who still works here in this role, and who has left, said by somebody else, all or nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.roster import events
from portal.agencies.roster.departure import flows as departure
from portal.agencies.roster.house import ensure_open, locked
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, WrongState
from portal.models import Membership


@transaction.atomic
def attest(
    still_here: Sequence[UUID], *, actor: Actor, now: datetime, has_left: Sequence[UUID] = ()
) -> list[Membership]:
    """A new term begins for those who are still here, also past its end; those who have left depart."""
    if not still_here and not has_left:
        raise Invalid(_("Say of at least one person whether he or she still works here."))
    if set(still_here) & set(has_left):
        raise Invalid(_("A person cannot be here and have left."))
    rows = locked([*still_here, *has_left], actor)
    for membership in rows.values():
        check(actor, "agencies.attest", membership)
        if membership.user_id == actor.as_person():
            raise Forbidden(_("Nobody attests the own role. Somebody else does."), code="own-role")
        ensure_open(membership)
    leaving = [rows[each] for each in dict.fromkeys(has_left)]
    for membership in leaving:
        check(actor, "agencies.depart", membership)
    attested = [rows[each] for each in dict.fromkeys(still_here)]
    for membership in attested:
        if membership.suspended_at is not None:
            raise WrongState(_("A suspended person is reinstated first."), code="suspended")
    before = {membership.pk: membership.attested_at for membership in attested}
    for membership in attested:
        membership.attested_at, membership.attested_by_id = now, actor.as_person()
        membership.reminded = None
        membership.save(update_fields=["attested_at", "attested_by", "reminded"])
    # After the attested: a supervisor whose term begins anew is one who remains.
    ended = departure.end(leaving, now=now)
    ended.record(actor=actor, now=now, why=_("Said at the re-attestation that the person has left."))
    for membership in attested:
        record(
            events.ATTESTED, actor=actor, subject=membership, at=now, data={"role": membership.role},
            before={"attested_at": before[membership.pk]}, after={"attested_at": now},
        )  # fmt: skip
    return attested
