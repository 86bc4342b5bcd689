"""An agency lapses: by compliance at any time, by the scheduler after half a year without anybody."""

from datetime import timedelta

import pytest
from django.conf import settings

from campaigns.models import Campaign
from portal.agencies.standing import flows
from portal.agencies.standing.idle import idle_at
from portal.agencies.standing.tasks import lapse_idle
from portal.identity.people import actor_for
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import Agency, AuditEvent, Membership, Notice, User
from tests.campaigns import warnings
from tests.people import make_agency
from tests.portal.standing.stopping import agency_reinstated, agency_suspended, membership_of

pytestmark = pytest.mark.django_db
TERM = timedelta(days=settings.ATTESTATION_DAYS)
IDLE = timedelta(days=settings.AGENCY_LAPSE_DAYS)


def lapsed(house, now, actor=None, why="They told us that the unit is closed."):
    return flows.lapse_agency(house.ours.pk, actor=actor or house.reviewer, now=now, why=why)


@pytest.fixture
def later(house, now, monkeypatch):
    """When everybody of ours has been out of term for exactly so long, and nobody is new any more."""
    moment = membership_of(house.officer).attested_until + IDLE
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    return moment


@pytest.mark.parametrize("who", ["reviewer", "lead"])
def test_compliance_ends_its_standing(house, now, who):
    draft = warnings.drafted(house, now)
    lapsed(house, now, getattr(house, who))
    assert Agency.objects.get(pk=house.ours.pk).status == "lapsed"
    assert Campaign.objects.get(pk=draft.pk).quarantined_at == now
    assert actor_for(User.objects.get(pk=house.officer.person_id)) is None
    event = AuditEvent.objects.order_by("seq").last()
    assert (event.event, event.data["campaigns"]) == ("agencies.lapsed", 1)
    assert Notice.objects.filter(kind="agency-lapsed").count() == 1


def test_a_suspended_one_lapses_and_is_reinstated_by_nobody(house, now):
    suspension = agency_suspended(house, now)
    lapsed(house, now, house.reviewer)
    suspension.refresh_from_db()
    assert (suspension.ended_at, suspension.ended_by_id) == (now, None)
    with pytest.raises(WrongState):
        agency_reinstated(house, now)


@pytest.mark.parametrize("who", ["officer", "supervisor", "analyst", "auditor"])
def test_nobody_else_may(house, now, who):
    with pytest.raises(Forbidden):
        lapsed(house, now, getattr(house, who))


def test_an_outsider_does_not_find_it(house, now):
    with pytest.raises(NotVisible):
        lapsed(house, now, house.other_supervisor)


def test_it_does_not_lapse_twice(house, now):
    lapsed(house, now)
    with pytest.raises(WrongState):
        lapsed(house, now)


def test_it_needs_words(house, now):
    with pytest.raises(Invalid):
        lapsed(house, now, why="")


@pytest.mark.parametrize(("seconds", "lapses"), [(-1, False), (0, True), (1, True)])
def test_the_scheduler_counts_from_the_last_moment_that_anybody_got_in(house, later, seconds, lapses):
    assert (house.ours in idle_at(later + timedelta(seconds=seconds))) is lapses


def test_the_job_lets_the_idle_one_lapse_and_no_other(house, later):
    Membership.objects.filter(user_id=house.outsider.person_id).update(
        attested_at=later, attested_by_id=house.other_supervisor.person_id
    )
    assert lapse_idle() == 1
    assert Agency.objects.get(pk=house.ours.pk).status == "lapsed"
    assert Agency.objects.get(pk=house.other.pk).status == "approved"
    event = AuditEvent.objects.get(event="agencies.lapsed")
    assert (event.actor_kind, event.actor_id) == ("system", "lapse")
    assert lapse_idle() == 0


def test_one_attested_person_keeps_it(house, later):
    Membership.objects.filter(user_id=house.officer.person_id).update(attested_at=later - TERM)
    assert house.ours not in idle_at(later)


@pytest.mark.parametrize("ended", ["suspended_at", "ended_at"])
def test_who_is_suspended_or_gone_keeps_nothing(house, now, later, ended):
    """Attested to the end, but out since long before."""
    for membership in Membership.objects.filter(agency=house.ours):
        Membership.objects.filter(pk=membership.pk).update(attested_at=later, **{ended: later - IDLE})
    assert house.ours in idle_at(later)


def test_a_reinstated_agency_has_the_whole_time_again(house, later):
    agency_suspended(house, later)
    agency_reinstated(house, later)
    assert house.ours not in idle_at(later)
    assert house.ours in idle_at(later + IDLE)


def test_a_newly_approved_one_without_anybody_has_it_too(house, now):
    empty = make_agency("empty", now=now, domain="empty.example")
    assert empty not in idle_at(now + IDLE - timedelta(seconds=1))
    assert empty in idle_at(now + IDLE + timedelta(days=1))


def test_a_job_that_comes_too_late_does_nothing(house, now):
    with pytest.raises(WrongState):
        lapsed(house, now, Actor.system("lapse"))
    assert Agency.objects.get(pk=house.ours.pk).status == "approved"
