"""The roster as a file. It leaves the portal, and is what a phisher would like: taking it is an act."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from portal.access import check
from portal.agencies.roster import events
from portal.agencies.roster.house import found_agency
from portal.agencies.roster.listing import Asked, dressed, people
from portal.audit import record
from portal.kernel.actor import Actor
from portal.models import Membership, User


@transaction.atomic
def export(agency_id: UUID | None, *, actor: Actor, now: datetime, asked: Asked) -> list[Membership]:
    """The rows to be handed out. The exchange is no row: of its roster the trail says who took it."""
    agency = found_agency(agency_id, actor)
    check(actor, "agencies.roster", Membership(agency=agency))
    rows = list(dressed(people(agency_id, asked, now), asked.sort))
    subject = agency or User.objects.get(pk=actor.as_person())
    data = {"rows": len(rows), "filtered": bool(asked)}
    record(events.ROSTER_EXPORTED, actor=actor, subject=subject, at=now, data=data)
    return rows
