import pytest

from casesupport.intake import flows
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent
from tests.casesupport.cases import asked, claimed, closed, completed, decisions, submitted

pytestmark = pytest.mark.django_db


def withdraw(case_request, actor, now, why="Filed twice."):
    return flows.withdraw(case_request.pk, actor=actor, now=now, why=why)


@pytest.mark.parametrize("make", [completed, submitted, claimed, asked])
def test_until_it_is_decided_it_can_be_withdrawn(house, now, make):
    case_request = withdraw(make(house, now), house.officer, now)
    assert (case_request.status, case_request.closed_at) == (RequestStatus.WITHDRAWN, now)


def test_a_supervisor_withdraws_instead_of_co_signing_and_the_exchange_never_sees_it(house, now):
    withdraw(submitted(house, now, "freeze"), house.supervisor, now)
    assert not CaseRequest.objects.visible_to(house.analyst).exists()


def test_it_is_recorded_with_its_reason_and_where_it_stood(house, now):
    withdraw(claimed(house, now), house.officer, now)
    event = AuditEvent.objects.get(event="requests.withdrawn")
    assert (event.why, event.data) == ("Filed twice.", {"from": "in_triage"})


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "reviewer"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        withdraw(submitted(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["analyst", "lead", "auditor"])
def test_the_exchange_withdraws_nothing(house, now, who):
    with pytest.raises(Forbidden):
        withdraw(submitted(house, now), getattr(house, who), now)


def test_what_is_decided_stays_decided(house, now):
    with pytest.raises(WrongState):
        withdraw(closed(house, now), house.officer, now)


def test_a_reason_is_needed(house, now):
    with pytest.raises(Invalid):
        withdraw(submitted(house, now), house.officer, now, why=" ")


@pytest.mark.django_db(transaction=True)
def test_withdrawn_and_decided_at_once_one_holds(house, now, at_once):
    from casesupport.triage import flows as triage

    case_request = claimed(house, now)
    results = at_once(
        lambda: withdraw(case_request, house.officer, now),
        lambda: triage.decide(
            case_request.pk, actor=house.analyst, now=now, decisions=decisions(case_request)
        ),
    )
    assert sorted(type(each).__name__ for each in results) == ["CaseRequest", "WrongState"]
