import pytest

from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from casesupport.triage import flows
from portal.kernel.errors import Forbidden, NotVisible, WrongState
from portal.models import AuditEvent
from tests.casesupport.cases import claimed, completed, submitted

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["analyst", "lead"])
def test_it_is_the_analysts_now(house, now, who):
    case_request = flows.claim(submitted(house, now).pk, actor=getattr(house, who), now=now)
    assert case_request.status == RequestStatus.IN_TRIAGE
    assert case_request.assigned_to_id == getattr(house, who).person_id


def test_it_is_recorded(house, now):
    case_request = claimed(house, now)
    event = AuditEvent.objects.get(event="requests.claimed")
    assert (event.subject_id, event.actor_id) == (str(case_request.pk), house.analyst.id)


@pytest.mark.parametrize("who", ["outsider", "reviewer"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        flows.claim(submitted(house, now).pk, actor=getattr(house, who), now=now)


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        flows.claim(submitted(house, now).pk, actor=getattr(house, who), now=now)


def test_a_draft_is_not_there_to_be_claimed(house, now):
    with pytest.raises(NotVisible):
        flows.claim(completed(house, now).pk, actor=house.analyst, now=now)


def test_what_is_claimed_is_taken(house, now):
    with pytest.raises(WrongState):
        flows.claim(claimed(house, now).pk, actor=house.lead, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_it(house, now, at_once):
    case_request = submitted(house, now)
    results = at_once(
        lambda: flows.claim(case_request.pk, actor=house.analyst, now=now),
        lambda: flows.claim(case_request.pk, actor=house.lead, now=now),
    )
    assert sorted(type(each).__name__ for each in results) == ["CaseRequest", "WrongState"]
    winner = next(each for each in results if isinstance(each, CaseRequest))
    assert CaseRequest.objects.get().assigned_to_id == winner.assigned_to_id
    assert AuditEvent.objects.filter(event="requests.claimed").count() == 1
