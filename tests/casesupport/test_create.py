from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from casesupport import reference
from casesupport.intake import flows
from casesupport.intake.content import GivenProcess, GivenTarget
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest, Target
from portal.audit.chain import verify
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid
from portal.models import AuditEvent
from tests.casesupport.cases import BITCOIN, content, drafted

pytestmark = pytest.mark.django_db


def test_a_draft_holds_what_was_given_and_has_a_reference_that_checks(house, now):
    case_request = drafted(house, now)
    assert case_request.status == RequestStatus.DRAFT
    assert case_request.agency == house.ours
    assert case_request.reference.startswith(f"HK-{now.year}-000001-")
    assert reference.is_reference(case_request.reference)
    first, second = case_request.targets.all()
    assert (first.kind, first.chain, first.value, first.assurance) == (
        "wallet_address",
        "BTC",
        BITCOIN,
        "checksum",
    )
    assert (second.value, second.assurance) == ("40093217", "none")


def test_it_is_recorded_without_any_identifier_of_a_user(house, now):
    case_request = drafted(house, now)
    event = AuditEvent.objects.get(event="requests.created")
    assert (event.subject_type, event.subject_id) == ("caserequest", str(case_request.pk))
    assert event.subject_agency_id == house.ours.pk
    assert BITCOIN not in str(event.data) and BITCOIN not in event.subject_label
    assert verify().is_whole


def test_a_draft_may_be_unfinished(house, now):
    case_request = drafted(house, now, facts="", offence="", targets=(), process=GivenProcess())
    assert case_request.facts == ""


@pytest.mark.parametrize("who", ["analyst", "lead", "auditor", "reviewer"])
def test_only_an_agency_files(house, now, who):
    with pytest.raises(Forbidden):
        flows.create(actor=getattr(house, who), now=now, type="information", content=content())


def test_a_job_files_nothing(house, now):
    with pytest.raises(Forbidden):
        flows.create(actor=Actor.system("job"), now=now, type="information", content=content())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wanted_until": content().wanted_from}, "wanted_until"),
        ({"facts": "x" * 100_000}, "facts"),
        ({"facts": "nul\x00"}, "facts"),
        ({"offence": "x" * 201}, "offence"),
        ({"term_days": 0}, "term_days"),
        ({"data_categories": ("everything",)}, "data_categories"),
        ({"targets": (GivenTarget("wallet_address", BITCOIN[:-1] + "5", "BTC"),)}, "targets"),
        ({"targets": (GivenTarget("uid", "1"), GivenTarget("uid", " 1 "))}, "targets"),
        ({"targets": tuple(GivenTarget("uid", str(number)) for number in range(101))}, "targets"),
        ({"process": GivenProcess(instrument="spell")}, "process-instrument"),
    ],
)
def test_what_cannot_be_right_is_refused_by_field_and_nothing_is_kept(house, now, changes, field):
    with pytest.raises(Invalid) as refused:
        drafted(house, now, **changes)
    assert field in refused.value.errors
    assert not CaseRequest.objects.exists()
    assert not AuditEvent.objects.filter(event="requests.created").exists()


def test_a_legal_process_of_tomorrow_is_refused_by_the_agencys_own_calendar(house, now):
    midnight = now.replace(hour=20, minute=0)  # already the next day in Hong Kong
    there = (midnight + timedelta(hours=8)).date()
    drafted(house, midnight, process=GivenProcess(issued_on=there))
    with pytest.raises(Invalid) as refused:
        drafted(house, midnight, process=GivenProcess(issued_on=there + timedelta(days=1)))
    assert "process-issued_on" in refused.value.errors


def test_an_unknown_type_is_refused(house, now):
    with pytest.raises(Invalid):
        drafted(house, now, type="wish")


def test_the_numbers_run_on_and_begin_anew_with_the_year(house, now):
    new_year = now.replace(year=now.year + 1)
    numbers = [drafted(house, when).reference[3:14] for when in (now, now, new_year)]
    assert numbers == [f"{now.year}-000001", f"{now.year}-000002", f"{now.year + 1}-000001"]


def test_the_database_keeps_type_reference_and_agency_as_they_were(house, now):
    case_request = drafted(house, now)
    for change in ({"type": "freeze"}, {"reference": "HK-2026-999999-A"}, {"agency": house.other}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CaseRequest.objects.filter(pk=case_request.pk).update(**change)


def test_the_database_refuses_a_range_that_ends_before_it_starts(house, now):
    case_request = drafted(house, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseRequest.objects.filter(pk=case_request.pk).update(wanted_until=case_request.wanted_from)


def test_nothing_is_deleted(house, now):
    case_request = drafted(house, now)
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseRequest.objects.filter(pk=case_request.pk)._raw_delete("default")
    assert Target.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers(house, now, at_once):
    made = at_once(*[lambda: drafted(house, now)] * 4)
    assert len({each.reference for each in made}) == 4
