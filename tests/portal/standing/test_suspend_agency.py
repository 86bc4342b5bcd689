"""Suspending an agency: everything in one transaction, by one person, and only by compliance."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from campaigns.models import Campaign, DeliveryRevision
from casesupport.models import CaseRequest
from portal.agencies.standing import flows
from portal.agencies.standing.reach import reach_of
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import Agency, AuditEvent, Notice, Suspension
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.portal.standing.stopping import WHY, agency_suspended

pytestmark = pytest.mark.django_db
HOME = reverse("home")


def quarantined(model: Any) -> set[Any]:
    return set(model.objects.filter(quarantined_at__isnull=False).values_list("pk", flat=True))


@pytest.mark.parametrize("who", ["reviewer", "lead"])
def test_one_person_of_compliance_stops_it_all(house, now, who):
    draft, waiting = warnings.drafted(house, now), warnings.approved_by_agency(house, now)
    live = warnings.published(house, now)
    begun, open_request, closed = cases.drafted(house, now), cases.asked(house, now), cases.closed(house, now)
    suspension = agency_suspended(house, now, getattr(house, who))
    assert Agency.objects.get(pk=house.ours.pk).status == "suspended"
    assert quarantined(Campaign) == {draft.pk, waiting.campaign_id}
    assert quarantined(CaseRequest) == {begun.pk, open_request.pk}
    assert not {live.campaign_id, closed.pk} & (quarantined(Campaign) | quarantined(CaseRequest))
    assert suspension.reach == {"sessions": 0, "campaigns": 2, "warnings": 1, "requests": 2}


def test_another_agencys_things_are_left_alone(house, now):
    from campaigns.authoring import flows as authoring

    theirs = authoring.create(
        actor=house.outsider, now=now, audience=warnings.audience(now), text=warnings.text()
    )
    agency_suspended(house, now)
    theirs.refresh_from_db()
    assert theirs.quarantined_at is None


def test_every_session_of_its_people_ends_and_no_other(house, now, browser_of):
    inside = [browser_of(each) for each in (house.officer, house.second_officer, house.supervisor)]
    bystanders = [browser_of(each) for each in (house.outsider, house.lead)]
    assert {each.get(HOME).status_code for each in inside + bystanders} == {200}
    suspension = agency_suspended(house, now)
    assert suspension.reach["sessions"] == 3
    assert {each.get(HOME).status_code for each in inside} == {302}
    assert {each.get(HOME).status_code for each in bystanders} == {200}


def test_it_is_recorded_with_its_counts_and_on_each_thing(house, now):
    draft = warnings.drafted(house, now)
    request = cases.drafted(house, now)
    suspension = agency_suspended(house, now)
    event = AuditEvent.objects.get(event="agencies.suspended")
    assert event == AuditEvent.objects.order_by("seq").last(), "recorded last"
    assert event.why == WHY
    assert event.data == {
        "suspension": str(suspension.pk), "reason": "mailbox",
        "sessions": 0, "campaigns": 1, "warnings": 0, "requests": 1,
    }  # fmt: skip
    on_things = AuditEvent.objects.filter(event__endswith=".quarantined").values_list(
        "event", "subject_id", "subject_label", "subject_agency_id"
    )
    assert set(on_things) == {
        ("campaigns.quarantined", str(draft.pk), draft.title, house.ours.pk),
        ("requests.quarantined", str(request.pk), request.reference, house.ours.pk),
    }


def test_compliance_is_told_and_nobody_of_the_agency(house, now):
    agency_suspended(house, now)
    told = Notice.objects.filter(kind="agency-suspended").values_list("person_id", flat=True)
    assert set(told) == {house.lead.person_id}, "not the one who did it"


def test_delivery_is_told_to_look_again(house, now):
    warnings.published(house, now)
    before = DeliveryRevision.objects.get().revision
    agency_suspended(house, now)
    assert DeliveryRevision.objects.get().revision == before + 1


def test_what_the_page_foretold_is_what_is_done(house, now):
    warnings.drafted(house, now)
    warnings.published(house, now)
    cases.completed(house, now)
    foretold = reach_of(agency=house.ours)
    assert agency_suspended(house, now).reach == foretold


@pytest.mark.parametrize("who", ["officer", "supervisor", "analyst", "auditor"])
def test_nobody_else_may(house, now, who):
    with pytest.raises(Forbidden):
        agency_suspended(house, now, getattr(house, who))


def test_an_outsider_does_not_even_find_it(house, now):
    with pytest.raises(NotVisible):
        agency_suspended(house, now, house.other_supervisor)


def test_it_cannot_be_suspended_twice(house, now):
    agency_suspended(house, now)
    with pytest.raises(WrongState):
        agency_suspended(house, now, house.lead)


@pytest.mark.parametrize(
    ("reason", "why", "field"),
    [
        ("", WHY, "reason"),
        ("revenge", WHY, "reason"),
        ("mailbox", "", "why"),
        ("mailbox", " \n ", "why"),
        ("mailbox", "x" * 2001, "why"),
        ("mailbox", "\u202eliame", "why"),
        ("mailbox", "a\x00b", "why"),
    ],
)
def test_it_needs_a_reason_from_the_list_and_words(house, now, reason, why, field):
    with pytest.raises(Invalid) as refused:
        flows.suspend_agency(house.ours.pk, actor=house.reviewer, now=now, reason=reason, why=why)
    assert list(refused.value.errors) == [field]
    assert Agency.objects.get(pk=house.ours.pk).status == "approved"


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_did_nothing(house, now, browser_of, monkeypatch):
    browser = browser_of(house.officer)
    browser.get(HOME)
    draft = warnings.drafted(house, now)

    def dies(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("portal.agencies.standing.flows.record", dies)
    with pytest.raises(ConnectionError):
        agency_suspended(house, now)
    draft.refresh_from_db()
    assert Agency.objects.get(pk=house.ours.pk).status == "approved"
    assert draft.quarantined_at is None
    assert not Suspension.objects.exists()
    assert browser.get(HOME).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_suspension(house, now, at_once):
    results = at_once(lambda: agency_suspended(house, now), lambda: agency_suspended(house, now, house.lead))
    assert sorted(type(each) for each in results if isinstance(each, Exception)) == [WrongState]
    assert Suspension.objects.count() == 1


def test_a_big_agency_costs_no_more_statements(house, now, django_assert_max_num_queries):
    for _ in range(12):
        warnings.drafted(house, now)
        cases.drafted(house, now)
    with django_assert_max_num_queries(40):
        assert agency_suspended(house, now).reach["campaigns"] == 12


def test_postgresql_lets_nobody_lift_it_behind_the_flows(house, now):
    agency_suspended(house, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.filter(pk=house.ours.pk).update(status="approved")


def test_postgresql_lets_nothing_begin_at_a_suspended_agency(house, now):
    draft = cases.drafted(house, now)
    agency_suspended(house, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseRequest(
            reference="X", agency=house.ours, type="information", created_by_id=draft.created_by_id,
            created_at=now, changed_at=now,
        ).save(force_insert=True)  # fmt: skip
