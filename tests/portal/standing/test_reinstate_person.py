"""Reinstating a person: somebody other than who suspended; whom the exchange stopped, it lets in again."""

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from portal.agencies.standing import flows
from portal.identity.people import actor_for
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice, User
from tests.campaigns import warnings
from tests.people import make_person
from tests.portal.standing.stopping import (
    agency_suspended,
    membership_of,
    person_reinstated,
    person_suspended,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["reviewer", "lead"])
def test_compliance_lets_in_whom_a_supervisor_stopped(house, now, who):
    suspension = person_suspended(house, now)
    person_reinstated(house, now, getattr(house, who), seen=suspension.pk)
    suspension.refresh_from_db()
    assert suspension.ended_by_id == getattr(house, who).person_id
    assert actor_for(User.objects.get(pk=house.officer.person_id)) is not None


def test_another_supervisor_may_too(house, now):
    second = make_person("second-chief", Role.SUPERVISOR, house.ours, now=now)
    person_suspended(house, now)
    assert person_reinstated(house, now, second).ended_at == now


def test_the_sessions_that_ended_stay_ended(house, now, browser_of):
    browser = browser_of(house.officer)
    browser.get(reverse("home"))
    person_suspended(house, now)
    person_reinstated(house, now, house.reviewer)
    assert browser.get(reverse("home")).status_code == 302


def test_it_releases_nothing(house, now):
    draft = warnings.drafted(house, now)
    person_suspended(house, now)
    person_reinstated(house, now, house.reviewer)
    assert Campaign.objects.get(pk=draft.pk).quarantined_at == now


def test_it_is_recorded_and_told(house, now):
    suspension = person_suspended(house, now)
    person_reinstated(house, now, house.reviewer)
    event = AuditEvent.objects.order_by("seq").last()
    assert (event.event, event.data) == ("people.reinstated", {"suspension": str(suspension.pk)})
    told = Notice.objects.filter(kind="person-reinstated").values_list("person_id", flat=True)
    assert set(told) == {house.supervisor.person_id, house.lead.person_id}


def test_whoever_suspended_does_not_reinstate(house, now):
    person_suspended(house, now)
    with pytest.raises(Forbidden) as refused:
        person_reinstated(house, now, house.supervisor)
    assert refused.value.code == "same-person"


def test_a_supervisor_does_not_overrule_the_exchange(house, now):
    person_suspended(house, now, actor=house.reviewer)
    with pytest.raises(Forbidden) as refused:
        person_reinstated(house, now, house.supervisor)
    assert refused.value.code == "exchange"
    person_reinstated(house, now, house.lead)


@pytest.mark.parametrize("who", ["second_officer", "analyst", "auditor"])
def test_nobody_else_may(house, now, who):
    person_suspended(house, now)
    with pytest.raises(Forbidden):
        person_reinstated(house, now, getattr(house, who))


def test_nobody_reinstates_oneself(house, now):
    person_suspended(house, now, house.supervisor, house.reviewer)
    with pytest.raises(Forbidden):
        person_reinstated(house, now, house.supervisor, house.supervisor)


def test_people_of_another_agency_are_not_found(house, now):
    person_suspended(house, now)
    with pytest.raises(NotVisible):
        person_reinstated(house, now, house.other_supervisor)


def test_who_is_not_suspended_is_not_reinstated(house, now):
    with pytest.raises(WrongState):
        person_reinstated(house, now, house.reviewer)


def test_another_suspension_than_the_one_seen_is_not_ended(house, now):
    first = person_suspended(house, now)
    person_reinstated(house, now, house.reviewer)
    person_suspended(house, now)
    with pytest.raises(Stale):
        person_reinstated(house, now, house.reviewer, seen=first.pk)


def test_it_needs_words(house, now):
    person_suspended(house, now)
    with pytest.raises(Invalid):
        flows.reinstate_person(
            membership_of(house.officer).pk, actor=house.reviewer, now=now, why="", seen=None
        )


def test_a_reinstated_person_of_a_suspended_agency_stays_out(house, now):
    person_suspended(house, now)
    agency_suspended(house, now)
    person_reinstated(house, now, house.lead)
    assert actor_for(User.objects.get(pk=house.officer.person_id)) is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_reinstate_once(house, now, at_once):
    person_suspended(house, now)
    results = at_once(
        lambda: person_reinstated(house, now, house.reviewer),
        lambda: person_reinstated(house, now, house.lead),
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [WrongState]
