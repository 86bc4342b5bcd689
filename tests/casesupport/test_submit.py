from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from casesupport.intake import flows
from casesupport.intake.content import GivenProcess
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.casesupport.cases import attached, completed, drafted, submitted

pytestmark = pytest.mark.django_db

LETTER = GivenProcess("police_letter", "Cyber Crime Bureau", "CSTCB 9/2026", date(2026, 4, 2))


def submit(case_request, actor, now):
    case_request.refresh_from_db()
    return flows.submit(case_request.pk, actor=actor, now=now, seen_revision=case_request.revision)


@pytest.mark.parametrize("type", ["information", "preservation", "seizure"])
def test_it_reaches_the_exchange(house, now, type):
    case_request = submitted(house, now, type)
    assert (case_request.status, case_request.submitted_at) == (RequestStatus.SUBMITTED, now)
    told = set(Notice.objects.filter(kind="request-submitted").values_list("person_id", flat=True))
    assert told == {house.analyst.person_id, house.lead.person_id}


@pytest.mark.parametrize("type", ["freeze", "emergency"])
def test_a_freeze_and_an_emergency_wait_for_a_supervisor_unseen_by_the_exchange(house, now, type):
    case_request = submitted(house, now, type)
    assert (case_request.status, case_request.submitted_at) == (RequestStatus.AWAITING_COSIGNATURE, None)
    assert not CaseRequest.objects.visible_to(house.analyst).exists()
    told = Notice.objects.filter(kind__startswith="request-")
    assert [(n.person_id, n.kind) for n in told] == [(house.supervisor.person_id, "request-to-cosign")]


def test_it_is_recorded_with_the_digest_of_every_document(house, now):
    case_request = submitted(house, now)
    event = AuditEvent.objects.get(event="requests.submitted")
    assert event.data["documents"] == [document.sha256 for document in case_request.documents.all()]
    assert event.data["revision"] == case_request.revision


@pytest.mark.parametrize(
    ("type", "changes", "field"),
    [
        ("information", {"offence": " "}, "offence"),
        ("information", {"facts": ""}, "facts"),
        ("information", {"necessity": ""}, "necessity"),
        ("information", {"data_categories": ()}, "data_categories"),
        ("information", {"wanted_from": None}, "wanted_from"),
        ("information", {"targets": ()}, "targets"),
        (
            "information",
            {"process": GivenProcess(authority="A court", issued_on=date(2026, 4, 2))},
            "process-instrument",
        ),
        ("emergency", {"imminent_danger": "  "}, "imminent_danger"),
        ("freeze", {"term_days": None}, "term_days"),
        ("freeze", {"term_days": 31, "process": LETTER}, "term_days"),
        ("seizure", {"process": LETTER}, "process-instrument"),
    ],
)
def test_what_the_type_needs_and_lacks_is_named(house, now, type, changes, field):
    case_request = drafted(house, now, type, **changes)
    attached(case_request, house, now)
    with pytest.raises(Invalid) as refused:
        submit(case_request, house.officer, now)
    assert set(refused.value.errors) == {field}
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.DRAFT


def test_the_order_itself_is_needed_but_not_in_an_emergency(house, now):
    with pytest.raises(Invalid) as refused:
        submit(drafted(house, now), house.officer, now)
    assert set(refused.value.errors) == {"document"}
    emergency = drafted(house, now, "emergency", process=GivenProcess())
    assert submit(emergency, house.officer, now).status == RequestStatus.AWAITING_COSIGNATURE


def test_what_changed_after_the_check_is_not_sent(house, now):
    case_request = completed(house, now)
    attached(case_request, house, now, is_instrument=False)
    with pytest.raises(Stale):
        flows.submit(case_request.pk, actor=house.officer, now=now, seen_revision=case_request.revision)


@pytest.mark.parametrize("who", ["outsider", "analyst", "reviewer", "auditor"])
def test_nobody_else_finds_the_draft(house, now, who):
    with pytest.raises(NotVisible):
        submit(completed(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["analyst", "lead", "auditor"])
def test_the_exchange_submits_nothing(house, now, who):
    with pytest.raises(Forbidden):
        submit(submitted(house, now), getattr(house, who), now)


def test_once_is_enough(house, now):
    with pytest.raises(WrongState):
        submit(submitted(house, now), house.officer, now)


def test_the_database_knows_the_lifecycle(house, now):
    case_request = completed(house, now)
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        CaseRequest.objects.filter(pk=case_request.pk).update(status="closed")


def test_the_database_refuses_a_freeze_that_nobody_co_signed(house, now):
    case_request = submitted(house, now, "freeze")
    with pytest.raises(IntegrityError, match="cosigned"), transaction.atomic():
        CaseRequest.objects.filter(pk=case_request.pk).update(status="submitted", submitted_at=now)
    with pytest.raises(IntegrityError, match="cosigned"), transaction.atomic():
        CaseRequest.objects.filter(pk=case_request.pk).update(
            status="submitted", submitted_at=now, cosigned_by=case_request.submitted_by
        )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_submit_once(house, now, at_once):
    case_request = completed(house, now)
    results = at_once(*[lambda: submit(CaseRequest.objects.get(), house.officer, now)] * 2)
    assert sorted(type(each).__name__ for each in results) == ["CaseRequest", "WrongState"]
    assert AuditEvent.objects.filter(event="requests.submitted", subject_id=str(case_request.pk)).count() == 1
