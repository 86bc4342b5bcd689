"""Agencies, people, things, the chain: every flow about people locks in this order, or two would deadlock.

What happens to two at once is tried in roster/test_at_once.py; here each flow alone says what it locks when.
"""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.agencies.roster.attestation.flows import attest
from portal.agencies.roster.attestation.reminders import remind
from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.invitations import flows as invitations
from portal.agencies.roster.invitations import links
from portal.agencies.roster.roles import flows as roles
from portal.agencies.standing import flows as standing
from portal.identity.openid import flows as openid
from portal.kernel.actor import Actor, Role
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.people import PASSWORD, House, make_person
from tests.portal.standing.stopping import agency_suspended, membership_of, person_suspended

pytestmark = pytest.mark.django_db

LOCK = re.compile(
    r'FROM "?(\w+)"?.*\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b|^(?:UPDATE|DELETE FROM) "(\w+)"', re.S
)
INSERT = re.compile(r'^INSERT INTO "(\w+)"')
TRAIL = "portal_auditevent"
RANKS = {"portal_agency": 0, "portal_membership": 1, TRAIL: 3}


def disorder(statements: Iterable[str]) -> list[str]:
    """Each statement that locks a table's rows for the first time after something that comes later, and each
    that could wait for somebody in the chain's lock."""
    found: list[str] = []
    held: list[str] = []
    for sql in (each.strip() for each in statements):
        inserted, locked = INSERT.match(sql), LOCK.search(sql)
        table = inserted[1] if inserted else (locked[1] or locked[2]) if locked else ""
        if not table:
            continue
        if TRAIL in held and table != TRAIL:
            found.append(f"in the chain's lock: {sql[:200]}")
        elif table not in held and (not inserted or table == TRAIL):
            if any(RANKS.get(table, 2) < RANKS.get(each, 2) for each in held):
                found.append(f"after {held[-1]}: {sql[:200]}")
            held.append(table)
    return found


def orderly(act: Callable[[], Any]) -> Any:
    with CaptureQueriesContext(connection) as captured:
        result = act()
    wrong = disorder(each["sql"] for each in captured)
    assert not wrong, "\n".join(wrong)
    return result


@pytest.fixture
def deputy(house: House, now: Any) -> Actor:
    return make_person("deputy", Role.SUPERVISOR, house.ours, now=now)


@pytest.fixture
def second_lead(house: House, now: Any) -> Actor:
    return make_person("lead2", Role.COMPLIANCE_LEAD, None, now=now)


def pk(actor: Actor) -> Any:
    return membership_of(actor).pk


def invited(house: House, now: Any, name: str, **given: Any) -> Any:
    by = {"actor": house.supervisor, "role": Role.OFFICER, "agency_id": house.ours.pk} | given
    return invitations.invite(now=now, email=f"{name}@police.example", name=name.title(), **by)


def test_what_this_file_calls_disorder() -> None:
    agency, person = "SELECT 1 FROM portal_agency FOR SHARE", "SELECT 1 FROM portal_membership FOR SHARE"
    thing, act = 'UPDATE "portal_invitation" SET x', f'INSERT INTO "{TRAIL}" VALUES'
    assert disorder([agency, person, thing, act]) == []
    assert disorder([agency, person, agency, act, act]) == [], "what is held already is not waited for"
    for wrong in (
        [person, agency],
        [thing, person],
        [act, thing],
        [act, 'INSERT INTO "portal_notice" VALUES'],
    ):
        assert len(disorder(wrong)) == 1, wrong


def test_a_departure(house: House, deputy: Actor, second_lead: Actor, now: Any) -> None:
    for name in ("one", "two"):
        invited(house, now, name)
    roles.propose_role(pk(house.officer), actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="x")
    for who, by in ((house.supervisor, deputy), (house.officer, house.reviewer), (house.lead, second_lead)):
        orderly(lambda who=who, by=by: depart(pk(who), actor=by, now=now, why="Left."))


def test_an_attestation_with_departures(house: House, deputy: Actor, now: Any) -> None:
    for by in (house.supervisor, deputy):
        for name in ("one", "two"):
            invited(house, now, f"{name}.{by.label[0].lower()}", actor=by)
    here, left = [pk(house.officer), pk(deputy)], [pk(house.second_officer), pk(house.supervisor)]
    orderly(lambda: attest(here, has_left=left, actor=house.reviewer, now=now))
    orderly(lambda: attest([pk(house.officer)], actor=deputy, now=now))


def test_role_changes(house: House, deputy: Actor, now: Any) -> None:
    def propose(who: Actor, role: Role) -> Any:
        return roles.propose_role(pk(who), actor=house.supervisor, now=now, role=role, why="x")

    change = orderly(lambda: propose(deputy, Role.OFFICER))
    orderly(lambda: roles.decline_role(change.pk, actor=house.lead, now=now))
    change = propose(house.officer, Role.SUPERVISOR)
    orderly(lambda: roles.confirm_role(change.pk, actor=deputy, now=now))


def test_invitations(house: House, deputy: Actor, now: Any) -> None:
    first = orderly(lambda: invited(house, now - timedelta(hours=1), "one", role=Role.SUPERVISOR))
    orderly(lambda: invitations.confirm_invitation(first.pk, actor=deputy, now=now))
    links.new_token(first, now=now - timedelta(hours=1))
    first.refresh_from_db()
    orderly(lambda: invitations.resend(first.pk, actor=house.reviewer, now=now))
    token = links.new_token(first, now=now)
    orderly(lambda: invitations.accept(token, actor=Actor.anonymous(), now=now, password=PASSWORD))
    second = invited(house, now, "two")
    orderly(lambda: invitations.revoke_invitation(second.pk, actor=deputy, now=now))


def on_its_way(house: House, now: Any) -> None:
    for _each in range(2):
        warnings.drafted(house, now)
        cases.submitted(house, now)


def test_an_agency_is_stopped_and_let_in_again(house: House, now: Any) -> None:
    on_its_way(house, now)
    orderly(lambda: agency_suspended(house, now))
    given = {"actor": house.lead, "now": now, "why": "Called back."}
    orderly(lambda: standing.reinstate_agency(house.ours.pk, seen=None, **given))
    on_its_way(house, now)
    orderly(lambda: standing.lapse_agency(house.ours.pk, **given))


def test_a_person_is_stopped_and_let_in_again(house: House, now: Any) -> None:
    on_its_way(house, now)
    orderly(lambda: person_suspended(house, now))
    orderly(
        lambda: standing.reinstate_person(
            pk(house.officer), actor=house.lead, now=now, why="Called back.", seen=None
        )
    )
    orderly(lambda: person_suspended(house, now, house.analyst, house.lead))


def test_a_provider(house: House, now: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(openid, "discover", lambda issuer: None)
    given = {"issuer": "https://login.police.example", "client_id": "portal", "client_secret": "x" * 20}
    orderly(lambda: openid.set_provider(house.ours.pk, actor=house.lead, now=now, **given))  # type: ignore[arg-type]
    orderly(lambda: openid.remove_provider(house.ours.pk, actor=house.lead, now=now, why="It moves."))


def test_reminders(house: House, now: Any) -> None:
    assert orderly(lambda: remind(now=now + timedelta(days=45))) > 2
