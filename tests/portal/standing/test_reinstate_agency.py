"""Reinstating an agency: somebody else does it, nothing is released, its warnings are served again."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import Campaign, DeliveryRevision
from casesupport.models import CaseRequest
from portal.agencies.standing import flows
from portal.identity.people import actor_for
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import Agency, AuditEvent, Notice, Suspension, User
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.portal.standing.stopping import agency_reinstated, agency_suspended

pytestmark = pytest.mark.django_db


def test_a_second_person_lets_it_in_again(house, now):
    suspension = agency_suspended(house, now)
    agency_reinstated(house, now, seen=suspension.pk)
    suspension.refresh_from_db()
    assert Agency.objects.get(pk=house.ours.pk).status == "approved"
    assert (suspension.ended_at, suspension.ended_by_id) == (now, house.lead.person_id)
    assert actor_for(User.objects.get(pk=house.officer.person_id)) is not None


def test_it_releases_nothing(house, now):
    draft, request = warnings.drafted(house, now), cases.submitted(house, now)
    agency_suspended(house, now)
    agency_reinstated(house, now)
    assert Campaign.objects.get(pk=draft.pk).quarantined_at == now
    assert CaseRequest.objects.get(pk=request.pk).quarantined_at == now


def test_it_is_recorded_and_both_houses_are_told(house, now):
    warnings.published(house, now)
    agency_suspended(house, now)
    before = DeliveryRevision.objects.get().revision
    suspension = agency_reinstated(house, now)
    event = AuditEvent.objects.order_by("seq").last()
    assert (event.event, event.data) == (
        "agencies.reinstated",
        {"suspension": str(suspension.pk), "resumed": 1},
    )
    told = Notice.objects.filter(kind="agency-reinstated").values_list("person_id", flat=True)
    assert set(told) == {house.reviewer.person_id, house.supervisor.person_id}
    assert DeliveryRevision.objects.get().revision == before + 1


def test_whoever_suspended_does_not_reinstate(house, now):
    agency_suspended(house, now)
    with pytest.raises(Forbidden) as refused:
        agency_reinstated(house, now, house.reviewer)
    assert refused.value.code == "same-person"
    assert Agency.objects.get(pk=house.ours.pk).status == "suspended"


def test_postgresql_refuses_the_same_person_too(house, now):
    suspension = agency_suspended(house, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.filter(pk=suspension.pk).update(ended_at=now, ended_by_id=house.reviewer.person_id)


@pytest.mark.parametrize("who", ["analyst", "auditor"])
def test_the_exchanges_others_may_not(house, now, who):
    agency_suspended(house, now)
    with pytest.raises(Forbidden):
        agency_reinstated(house, now, getattr(house, who))


def test_its_own_supervisor_is_out_and_may_not(house, now):
    agency_suspended(house, now)
    with pytest.raises(Forbidden) as refused:
        agency_reinstated(house, now, house.supervisor)
    assert refused.value.code == "no-standing"


def test_an_outsider_does_not_find_it(house, now):
    agency_suspended(house, now)
    with pytest.raises(NotVisible):
        agency_reinstated(house, now, house.other_supervisor)


def test_what_is_not_suspended_is_not_reinstated(house, now):
    with pytest.raises(WrongState):
        agency_reinstated(house, now)


def test_another_suspension_than_the_one_seen_is_not_ended(house, now):
    first = agency_suspended(house, now)
    agency_reinstated(house, now)
    agency_suspended(house, now)
    with pytest.raises(Stale):
        agency_reinstated(house, now, seen=first.pk)


def test_it_needs_words(house, now):
    agency_suspended(house, now)
    with pytest.raises(Invalid):
        flows.reinstate_agency(house.ours.pk, actor=house.lead, now=now, why=" ", seen=None)
    assert Agency.objects.get(pk=house.ours.pk).status == "suspended"


def test_a_suspension_is_not_rewritten(house, now):
    suspension = agency_suspended(house, now)
    for change in ({"why": "x"}, {"suspended_at": timezone.now()}, {"reason": "other"}):
        with pytest.raises(Exception, match=r"[Cc]annot|permission denied"), transaction.atomic():
            Suspension.objects.filter(pk=suspension.pk).update(**change)
    with pytest.raises(Exception, match=r"[Cc]annot|permission denied"), transaction.atomic():
        suspension.delete()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_reinstate_once(house, now, at_once):
    from portal.kernel.actor import Role
    from tests.people import make_person

    second_lead = make_person("second-lead", Role.COMPLIANCE_LEAD, None, now=now)
    agency_suspended(house, now)
    results = at_once(
        lambda: agency_reinstated(house, now), lambda: agency_reinstated(house, now, second_lead)
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [WrongState]
    assert AuditEvent.objects.filter(event="agencies.reinstated").count() == 1
