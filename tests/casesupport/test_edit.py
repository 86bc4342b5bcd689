import pytest
from django.db import DatabaseError, transaction

from casesupport.intake import flows
from casesupport.intake.content import GivenTarget
from casesupport.models import CaseRequest, Target
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent
from tests.casesupport.cases import content, drafted, submitted

pytestmark = pytest.mark.django_db


def edit(case_request, actor, now, seen=1, **changes):
    return flows.edit(case_request.pk, actor=actor, now=now, seen_revision=seen, content=content(**changes))


def test_a_colleague_changes_the_draft_and_its_targets(house, now):
    case_request = drafted(house, now)
    saved = edit(
        case_request, house.second_officer, now, facts="New", targets=[GivenTarget("email", "A@B.example")]
    )
    assert (saved.facts, saved.revision) == ("New", 2)
    assert [target.value for target in saved.targets.all()] == ["a@b.example"]


def test_it_is_recorded(house, now):
    edit(drafted(house, now), house.officer, now)
    assert AuditEvent.objects.get(event="requests.edited").data == {"revision": 2, "targets": 2}


def test_what_somebody_else_saved_is_not_overwritten_unseen(house, now):
    case_request = drafted(house, now)
    edit(case_request, house.second_officer, now, facts="Theirs")
    with pytest.raises(Stale):
        edit(case_request, house.officer, now, facts="Mine")
    case_request.refresh_from_db()
    assert case_request.facts == "Theirs"


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst", "lead", "auditor", "reviewer"])
def test_a_draft_is_the_agencys_alone(house, now, who):
    with pytest.raises(NotVisible):
        edit(drafted(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["analyst", "lead", "auditor"])
def test_the_exchange_changes_no_word_of_what_was_submitted(house, now, who):
    with pytest.raises(Forbidden):
        edit(submitted(house, now), getattr(house, who), now)


def test_after_submission_the_words_stand(house, now):
    case_request = submitted(house, now)
    with pytest.raises(WrongState):
        edit(case_request, house.officer, now, seen=case_request.revision)


def test_the_database_says_the_same(house, now):
    case_request = submitted(house, now)
    for table, change in (
        (CaseRequest.objects.filter(pk=case_request.pk), {"facts": "Other"}),
        (Target.objects.filter(case_request=case_request), {"value": "Other"}),
    ):
        with pytest.raises(DatabaseError, match=r"annot|not while"), transaction.atomic():
            table.update(**change)


def test_a_wrong_target_leaves_the_draft_as_it_was(house, now):
    case_request = drafted(house, now)
    with pytest.raises(Invalid):
        edit(case_request, house.officer, now, targets=[GivenTarget("wallet_address", "nonsense", "ETH")])
    assert case_request.targets.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_that_it_is_stale(house, now, at_once):
    case_request = drafted(house, now)
    results = at_once(
        lambda: edit(case_request, house.officer, now, facts="One"),
        lambda: edit(case_request, house.second_officer, now, facts="Two"),
    )
    assert sorted(type(each).__name__ for each in results) == ["CaseRequest", "Stale"]
