import pytest
from django.db import DatabaseError, transaction

from casesupport.intake import flows
from casesupport.lifecycle import RequestStatus
from casesupport.models import Message
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Notice
from tests.casesupport.cases import asked, claimed

pytestmark = pytest.mark.django_db


def answer(case_request, actor, now, body="The one of 3 May."):
    return flows.answer(case_request.pk, actor=actor, now=now, body=body)


@pytest.mark.parametrize("who", ["officer", "second_officer", "supervisor"])
def test_any_officer_of_the_agency_answers(house, now, who):
    case_request = asked(house, now)
    message = answer(case_request, getattr(house, who), now)
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.IN_TRIAGE
    assert (message.kind, message.author_id) == ("answer", getattr(house, who).person_id)
    assert Notice.objects.get(kind="question-answered").person_id == house.analyst.person_id


def test_it_is_recorded(house, now):
    answer(asked(house, now), house.officer, now)
    assert AuditEvent.objects.filter(event="requests.answered", actor_id=house.officer.id).count() == 1


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "reviewer"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        answer(asked(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["analyst", "lead", "auditor"])
def test_the_exchange_does_not_answer_itself(house, now, who):
    with pytest.raises(Forbidden):
        answer(asked(house, now), getattr(house, who), now)


def test_without_a_question_there_is_no_answer(house, now):
    with pytest.raises(WrongState):
        answer(claimed(house, now), house.officer, now)


def test_an_empty_answer_is_none(house, now):
    with pytest.raises(Invalid):
        answer(asked(house, now), house.officer, now, body=" ")


def test_what_was_said_stays_said(house, now):
    answer(asked(house, now), house.officer, now)
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.update(body="Something else")
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.all()._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_answers(house, now, at_once):
    case_request = asked(house, now)
    results = at_once(
        lambda: answer(case_request, house.officer, now),
        lambda: answer(case_request, house.second_officer, now),
    )
    assert sorted(type(each).__name__ for each in results) == ["Message", "WrongState"]
