"""Who is stopped in tests, through the same flows as the pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from portal.agencies.standing import flows
from portal.kernel.actor import Actor, Role
from portal.models import Membership, Suspension
from tests.people import House, make_person

WHY = "The head of unit rang: the mailbox was opened from abroad."


def membership_of(actor: Actor) -> Membership:
    return Membership.objects.get(user_id=actor.person_id, ended_at=None)


def agency_suspended(house: House, now: datetime, actor: Actor | None = None) -> Suspension:
    return flows.suspend_agency(
        house.ours.pk, actor=actor or house.reviewer, now=now, reason="mailbox", why=WHY
    )


def agency_reinstated(
    house: House, now: datetime, actor: Actor | None = None, seen: UUID | None = None
) -> Any:
    return flows.reinstate_agency(
        house.ours.pk, actor=actor or house.lead, now=now, why="Called back; cleared up.", seen=seen
    )


def person_suspended(
    house: House, now: datetime, who: Actor | None = None, actor: Actor | None = None
) -> Suspension:
    return flows.suspend_person(
        membership_of(who or house.officer).pk,
        actor=actor or house.supervisor,
        now=now,
        reason="mailbox",
        why=WHY,
    )


def person_reinstated(
    house: House, now: datetime, actor: Actor, who: Actor | None = None, seen: UUID | None = None
) -> Suspension:
    return flows.reinstate_person(
        membership_of(who or house.officer).pk, actor=actor, now=now, why="Called back.", seen=seen
    )


def suspended_officer(house: House, now: datetime) -> Suspension:
    """The suspension of an officer of ours who is nobody else in the house."""
    third = make_person("third", Role.OFFICER, house.ours, now=now)
    return person_suspended(house, now, third)
