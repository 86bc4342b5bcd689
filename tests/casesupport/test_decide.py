import pytest
from django.db import DatabaseError, transaction

from casesupport.lifecycle import RequestStatus
from casesupport.models import Target
from casesupport.triage import flows
from casesupport.triage.flows import Decided
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.kernel.identifiers import new_id
from portal.models import AuditEvent, Notice
from tests.casesupport.cases import BITCOIN, asked, claimed, closed, decisions, submitted
from tests.people import make_person

pytestmark = pytest.mark.django_db


def decide(case_request, actor, now, given=None, note=""):
    given = decisions(case_request) if given is None else given
    return flows.decide(case_request.pk, actor=actor, now=now, decisions=given, note=note)


def test_every_target_is_decided_and_the_case_request_closed(house, now):
    case_request = claimed(house, now)
    first, second = case_request.targets.all()
    decided = decide(
        case_request,
        house.analyst,
        now,
        [
            Decided(first.pk, "produced"),
            Decided(second.pk, "refused", ("too_broad", "not_our_user"), "Ask less."),
        ],
        note="See the two targets.",
    )
    assert (decided.status, decided.closed_at) == (RequestStatus.CLOSED, now)
    assert decided.decision_note == "See the two targets."
    second.refresh_from_db()
    assert (second.decision, second.reasons, second.comment) == (
        "refused",
        ["not_our_user", "too_broad"],
        "Ask less.",
    )
    assert Notice.objects.get(kind="request-decided").person_id == house.officer.person_id


def test_it_is_recorded_by_code_and_without_identifiers(house, now):
    closed(house, now)
    event = AuditEvent.objects.get(event="requests.decided")
    assert [each["decision"] for each in event.data["targets"]] == ["produced", "produced"]
    assert BITCOIN not in str(event.data)


@pytest.mark.parametrize("who", ["outsider", "reviewer"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        decide(claimed(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["officer", "supervisor", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        decide(claimed(house, now), getattr(house, who), now)


def test_another_analyst_is_refused_and_a_lead_may_step_in(house, now):
    case_request = claimed(house, now)
    with pytest.raises(Forbidden):
        decide(case_request, make_person("other-analyst", Role.CASE_ANALYST, None, now=now), now)
    assert decide(case_request, house.lead, now).status == RequestStatus.CLOSED


@pytest.mark.parametrize("make", [submitted, asked, closed])
def test_only_what_is_in_triage_is_decided(house, now, make):
    with pytest.raises(WrongState):
        decide(make(house, now), house.lead, now)


@pytest.mark.parametrize("case", ["none", "one", "twice", "foreign"])
def test_every_target_is_decided_once(house, now, case):
    case_request = claimed(house, now)
    good = decisions(case_request)
    given = {
        "none": [],
        "one": good[:1],
        "twice": [good[0], good[0]],
        "foreign": [good[0], Decided(new_id(), "produced")],
    }[case]
    with pytest.raises(Invalid) as refused:
        decide(case_request, house.analyst, now, given)
    assert "targets" in refused.value.errors
    assert not Target.objects.exclude(decision="").exists()


@pytest.mark.parametrize("decision", ["refused", "no_data", "narrowed", "partly_produced"])
def test_less_than_everything_needs_a_reason_from_the_list(house, now, decision):
    case_request = claimed(house, now)
    with pytest.raises(Invalid):
        decide(case_request, house.analyst, now, decisions(case_request, decision))
    with pytest.raises(Invalid):
        decide(case_request, house.analyst, now, decisions(case_request, decision, ("because",)))
    assert decide(case_request, house.analyst, now, decisions(case_request, decision, ("duplicate",)))


def test_a_decision_that_does_not_exist_is_refused(house, now):
    case_request = claimed(house, now)
    with pytest.raises(Invalid) as refused:
        decide(case_request, house.analyst, now, decisions(case_request, "maybe", ("duplicate",)))
    assert any(name.endswith("-decision") for name in refused.value.errors)


def test_the_database_keeps_a_decision_as_it_was(house, now):
    closed(house, now)
    with pytest.raises(DatabaseError, match="not while"), transaction.atomic():
        Target.objects.update(decision="refused")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_decides(house, now, at_once):
    case_request = claimed(house, now)
    results = at_once(
        lambda: decide(case_request, house.analyst, now),
        lambda: decide(case_request, house.lead, now, decisions(case_request, "refused", ("duplicate",))),
    )
    assert sorted(type(each).__name__ for each in results) == ["CaseRequest", "WrongState"]
    assert AuditEvent.objects.filter(event="requests.decided").count() == 1
    assert len(set(Target.objects.values_list("decision", flat=True))) == 1
