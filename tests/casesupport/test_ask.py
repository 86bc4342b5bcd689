import pytest

from casesupport.lifecycle import RequestStatus
from casesupport.models import Message
from casesupport.triage import flows
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Notice
from tests.casesupport.cases import asked, claimed, submitted
from tests.people import make_person

pytestmark = pytest.mark.django_db


def test_the_question_is_with_the_agency(house, now):
    case_request = asked(house, now)
    assert case_request.status == RequestStatus.AWAITING_AGENCY
    message = Message.objects.get()
    assert (message.kind, message.body, message.author_id) == (
        "question",
        "Which account is meant?",
        house.analyst.person_id,
    )
    assert Notice.objects.get(kind="question-asked").person_id == house.officer.person_id


def test_it_is_recorded_without_the_words(house, now):
    asked(house, now)
    event = AuditEvent.objects.get(event="requests.asked")
    assert event.data == {"message": str(Message.objects.get().pk)}
    assert event.why == ""


@pytest.mark.parametrize("who", ["outsider", "reviewer"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        flows.ask(claimed(house, now).pk, actor=getattr(house, who), now=now, body="Why?")


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        flows.ask(claimed(house, now).pk, actor=getattr(house, who), now=now, body="Why?")


def test_another_analyst_is_refused_and_a_lead_may_step_in(house, now):
    case_request = claimed(house, now)
    other = make_person("other-analyst", Role.CASE_ANALYST, None, now=now)
    with pytest.raises(Forbidden):
        flows.ask(case_request.pk, actor=other, now=now, body="Why?")
    assert (
        flows.ask(case_request.pk, actor=house.lead, now=now, body="Why?").author_id == house.lead.person_id
    )


def test_what_nobody_claimed_is_not_asked_about(house, now):
    with pytest.raises(Forbidden):
        flows.ask(submitted(house, now).pk, actor=house.analyst, now=now, body="Why?")
    with pytest.raises(WrongState):
        flows.ask(asked(house, now).pk, actor=house.analyst, now=now, body="Why?")


@pytest.mark.parametrize("body", ["", "  \n ", "\x00", "x" * 10_001])
def test_a_question_says_something_and_not_too_much(house, now, body):
    case_request = claimed(house, now)
    with pytest.raises(Invalid):
        flows.ask(case_request.pk, actor=house.analyst, now=now, body=body)
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.IN_TRIAGE


@pytest.mark.django_db(transaction=True)
def test_sent_twice_it_is_asked_once(house, now, at_once):
    case_request = claimed(house, now)
    results = at_once(*[lambda: flows.ask(case_request.pk, actor=house.analyst, now=now, body="Why?")] * 2)
    assert sorted(type(each).__name__ for each in results) == ["Message", "WrongState"]
    assert Message.objects.count() == 1
