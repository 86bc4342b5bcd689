"""Two who act on each other, or on the same person, at the same moment: each is answered, none deadlocks.

Every act pauses at each of its locks, for so long that the two are sure to meet in the middle of each other.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser
from django.urls import reverse

from casesupport.models import CaseRequest
from casesupport.quarantine import flows as quarantine
from casesupport.triage import flows as triage
from portal.agencies.roster.attestation.flows import attest
from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.invitations import flows as invitations
from portal.agencies.roster.roles import flows as roles
from portal.identity import flows as identity
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, NotVisible, PortalError, WrongState
from portal.models import AuditEvent, Invitation, Membership, RoleChange, Suspension
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.dawdling import dawdling
from tests.people import PASSWORD, House, make_person, open_session
from tests.portal.roster.conftest import Seconds, membership_of
from tests.portal.standing.stopping import agency_suspended, person_suspended

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], Any]


def leaving(who: Actor, by: Actor, now: Any) -> Act:
    membership_id = membership_of(who).pk
    return lambda: depart(membership_id, actor=by, now=now, why="Left.")


def done(*results: Any) -> list[Any]:
    """What was done; nobody was torn out of the middle."""
    assert not [each for each in results if isinstance(each, OperationalError)], results
    refused = [each for each in results if isinstance(each, Exception)]
    assert all(isinstance(each, PortalError) for each in refused), results
    return [each for each in results if not isinstance(each, Exception)]


@pytest.fixture
def meet(at_once: Any) -> Callable[..., list[Any]]:
    """meet(act, act): both, each slowed down by its pace, the second late; what was returned or refused."""

    def run(first: Act, second: Act, *, paces: tuple[float, float] = (0.03, 0.03), late: float = 0) -> Any:
        results = at_once(dawdling(first, paces[0]), dawdling(second, paces[1], late=late))
        done(*results)
        return results

    return run


def test_of_two_supervisors_who_end_each_other_one_is_left(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    a, b = house.supervisor, seconds.supervisor
    results = meet(leaving(a, b, now), leaving(b, a, now))
    assert [type(each) for each in results if isinstance(each, Exception)] == [Forbidden]
    assert Membership.objects.filter(agency=house.ours, role=Role.SUPERVISOR, ended_at=None).count() == 1


def test_of_two_leads_one_ends_and_one_suspends_the_other(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    results = meet(
        leaving(house.lead, seconds.lead, now),
        lambda: person_suspended(house, now, seconds.lead, house.lead),
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [Forbidden]


def test_of_two_supervisors_who_confirm_each_others_demotion_one_stays(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    a, b = house.supervisor, seconds.supervisor
    first, second = (
        roles.propose_role(membership_of(who).pk, actor=house.lead, now=now, role=Role.OFFICER, why="x")
        for who in (a, b)
    )
    results = meet(
        lambda: roles.confirm_role(first.pk, actor=b, now=now),
        lambda: roles.confirm_role(second.pk, actor=a, now=now),
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [Forbidden]
    assert Membership.objects.filter(agency=house.ours, role=Role.SUPERVISOR, ended_at=None).count() == 1


def test_two_supervisors_propose_and_attest_about_each_other(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    a, b = house.supervisor, seconds.supervisor
    mine, yours = membership_of(a).pk, membership_of(b).pk
    results = meet(
        lambda: roles.propose_role(yours, actor=a, now=now, role=Role.OFFICER, why="x"),
        lambda: roles.propose_role(mine, actor=b, now=now, role=Role.OFFICER, why="x"),
    )
    assert [type(each) for each in results] == [RoleChange, RoleChange], "the two go together"
    results = meet(lambda: attest([yours], actor=a, now=now), lambda: attest([mine], actor=b, now=now))
    assert [type(each) for each in results] == [list, list]


def test_a_departure_meets_the_suspension_of_the_same_officer(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    left, stopped = meet(
        leaving(house.officer, house.supervisor, now),
        lambda: person_suspended(house, now, actor=house.reviewer),
    )
    assert isinstance(left, Membership), "who is suspended may have left"
    assert isinstance(stopped, Suspension) or stopped.code == "ended"


def test_a_role_change_meets_the_suspension_of_the_same_officer(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    officer = membership_of(house.officer).pk
    change = roles.propose_role(officer, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="x")
    results = meet(
        lambda: roles.confirm_role(change.pk, actor=seconds.supervisor, now=now),
        lambda: person_suspended(house, now, actor=house.reviewer),
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [WrongState]
    assert len(done(*results)) == 1


def test_an_attestation_meets_another_of_the_attester_and_the_same_officer(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    newest = make_person("newest", Role.OFFICER, house.ours, now=now)  # in order after the supervisors
    officer, chief = membership_of(newest).pk, membership_of(house.supervisor).pk
    results = meet(
        lambda: attest([officer], actor=house.supervisor, now=now),
        lambda: attest([officer, chief], actor=house.reviewer, now=now),
        late=0.02,
    )
    assert [type(each) for each in results] == [list, list]


@pytest.mark.parametrize("verb", ["revoke_invitation", "confirm_invitation", "resend"])
def test_an_invitation_meets_the_departure_of_who_acts_on_it(
    house: House, seconds: Seconds, now: Any, invited: Any, meet: Any, verb: str
) -> None:
    """The one who leaves holds open invitations too, so both sides want the person and the invitation."""
    mine = invited(actor=seconds.supervisor, role=Role.SUPERVISOR)
    theirs = invited(email="two@police.example", role=Role.SUPERVISOR)
    wanted = theirs if verb == "confirm_invitation" else mine
    acted, left = meet(
        lambda: getattr(invitations, verb)(wanted.pk, actor=seconds.supervisor, now=now),
        leaving(seconds.supervisor, house.supervisor, now),
    )
    assert isinstance(left, Membership)
    assert isinstance(acted, Invitation | Forbidden | WrongState)
    mine.refresh_from_db()
    assert mine.revoked_at is not None


def test_an_invitation_is_confirmed_while_its_inviter_leaves(
    house: House, seconds: Seconds, now: Any, invited: Any, meet: Any
) -> None:
    mine, other = invited(role=Role.SUPERVISOR), invited(email="two@police.example")
    confirmed, left = meet(
        lambda: invitations.confirm_invitation(mine.pk, actor=seconds.supervisor, now=now),
        leaving(house.supervisor, seconds.supervisor, now),
    )
    assert isinstance(left, Membership)
    assert isinstance(confirmed, Invitation) or confirmed.code == "revoked"
    assert not Invitation.objects.open().filter(pk__in=[mine.pk, other.pk]).exists()


def test_a_link_is_used_while_its_inviter_leaves(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any, meet: Any
) -> None:
    token = handed(invited())
    accepted, left = meet(
        lambda: invitations.accept(token, actor=Actor.anonymous(), now=now, password=PASSWORD),
        leaving(house.supervisor, seconds.supervisor, now),
    )
    assert isinstance(left, Membership)
    assert isinstance(accepted, Membership | NotVisible)


@pytest.mark.parametrize("late", [0.0, 0.05])
def test_nobody_joins_an_agency_once_it_is_stopped(
    house: House, now: Any, invited: Any, handed: Any, meet: Any, late: float
) -> None:
    """Who comes first is let in and stopped with all the others; who comes after finds nothing."""
    token = handed(invited())
    accepted, stopped = meet(
        lambda: invitations.accept(token, actor=Actor.anonymous(), now=now, password=PASSWORD),
        lambda: agency_suspended(house, now),
        paces=(0.15, 0.01),
        late=late,
    )
    assert isinstance(stopped, Suspension)
    assert isinstance(accepted, Membership | NotVisible)
    acts = AuditEvent.objects.filter(event__in=["agencies.invitation_accepted", "agencies.suspended"])
    assert acts.order_by("seq").last().event == "agencies.suspended"  # type: ignore[union-attr]


def test_one_reviewer_stops_an_agency_and_one_of_its_people_in_two_tabs(
    house: House, now: Any, meet: Any
) -> None:
    results = meet(
        lambda: agency_suspended(house, now), lambda: person_suspended(house, now, actor=house.reviewer)
    )
    assert [type(each) for each in results] == [Suspension, Suspension]


def test_many_leave_while_their_agency_is_stopped(house: House, now: Any, meet: Any) -> None:
    left = [membership_of(each).pk for each in (house.second_officer, house.officer)]
    meet(
        lambda: attest([], has_left=left, actor=house.reviewer, now=now),
        lambda: agency_suspended(house, now, house.lead),
        paces=(0.03, 0.1),
    )
    assert not Membership.objects.filter(pk__in=left, ended_at=None).exists()


@pytest.mark.parametrize("stop", [agency_suspended, person_suspended])
def test_a_suspension_meets_the_analyst_at_work_on_what_it_quarantines(
    house: House, now: Any, meet: Any, stop: Any
) -> None:
    """The suspension has a campaign to quarantine besides, whose row of the trail comes last."""
    warnings.drafted(house, now)
    request = cases.submitted(house, now)
    stopped, _claimed = meet(
        lambda: stop(house, now),
        lambda: triage.claim(request.pk, actor=house.analyst, now=now),
        paces=(0.02, 0.08),
    )
    assert isinstance(stopped, Suspension)
    assert CaseRequest.objects.get().quarantined_at is not None


def test_a_departure_meets_a_sign_in_of_one_who_leaves(
    house: House, now: Any, invited: Any, meet: Any
) -> None:
    """The first to leave has an invitation to revoke, which may not be recorded before the second is out."""
    deputy = make_person("deputy", Role.SUPERVISOR, house.ours, now=now)
    invited(actor=deputy)
    left = [membership_of(each).pk for each in (deputy, house.officer)]
    met = {"now": now, "browser": "Firefox", "system": "Linux", "ip": None}
    identity.meet("0" * 64, actor=house.officer, **met)
    meet(
        lambda: attest([], has_left=left, actor=house.supervisor, now=now),
        lambda: identity.meet("1" * 64, actor=house.officer, **met),
        paces=(0.02, 0.15),
    )
    assert not Membership.objects.filter(pk__in=left, ended_at=None).exists()


def test_what_is_released_together_meets_one_that_is_discarded(
    house: House, seconds: Seconds, now: Any, meet: Any
) -> None:
    requests = [cases.submitted(house, now) for _each in range(2)]
    person_suspended(house, now)
    last = max(each.pk for each in requests)
    browser = Browser()
    open_session(browser, house.lead)
    given = {
        "kind": "requests",
        "chosen": [each.pk for each in requests],
        "why": "Read all.",
        "seen": browser.get(reverse("quarantine-list")).context["form"]["seen"].value(),
    }
    later = Membership.objects.get(user_id=seconds.lead.person_id).attested_at.replace(year=2100)
    answer, _discarded = meet(
        lambda: browser.post(reverse("quarantine-release"), given),
        lambda: quarantine.discard(last, actor=seconds.lead, now=now, why="False.", seen=later),
        paces=(0.02, 0.2),
    )
    assert answer.status_code in (302, 404, 409)
