"""What waits on a roster stands on the home page of whoever can do it, and of nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from portal.agencies.roster.home import panels
from portal.agencies.roster.roles.flows import propose_role
from portal.kernel.actor import Actor, Role
from portal.models import Membership
from tests.people import House
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = pytest.mark.django_db


def titles(actor: Actor) -> list[str]:
    return [row["title"] for panel in panels(actor) for row in panel.rows]


def test_the_second_person_finds_what_waits_and_who_asked_does_not(
    house: House, seconds: Seconds, invited: Any, now: Any
) -> None:
    invited(role=Role.SUPERVISOR, name="Second Keeper")
    propose_role(
        membership_of(house.officer).pk, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="Leads."
    )
    assert titles(seconds.supervisor) == ["Second Keeper", house.officer.label]
    assert titles(house.supervisor) == []
    assert titles(house.other_supervisor) == []


def test_whose_term_ends_is_one_row_that_counts_the_locked_out(house: House, now: Any) -> None:
    term = timedelta(days=settings.ATTESTATION_DAYS)
    officers = Membership.objects.filter(agency=house.ours, role=Role.OFFICER)
    people = officers.update(attested_at=now - term - timedelta(days=1))
    (panel,) = panels(house.supervisor)
    (row,) = panel.rows
    assert row["title"] == f"{people} person to attest" if people == 1 else f"{people} people to attest"
    assert (row["status"], row["detail"].split()[0]) == ("locked_out", str(people))


def test_only_those_who_keep_their_own_roster_are_shown_it(house: House) -> None:
    for who in ("officer", "reviewer", "analyst", "auditor"):
        assert panels(getattr(house, who)) == [], who
    for who in ("supervisor", "lead"):
        assert len(panels(getattr(house, who))) == 1, who
