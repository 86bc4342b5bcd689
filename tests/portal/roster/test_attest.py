"""Attesting: by somebody else, all or nothing, also after the term; and reminders, each once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.agencies.roster.attestation import flows
from portal.agencies.roster.attestation.reminders import remind
from portal.agencies.roster.departure.flows import depart
from portal.identity.people import actor_for
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Membership, Notice, User
from tests.people import House
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
TERM = timedelta(days=settings.ATTESTATION_DAYS)


def attested(actor: Actor, at: datetime) -> Membership:
    """As if this person had been attested then."""
    Membership.objects.filter(user_id=actor.person_id).update(attested_at=at, reminded=None)
    return membership_of(actor)


def attest(who: Actor, by: Actor, now: datetime, **given: Any) -> list[Membership]:
    return flows.attest([membership_of(who).pk], actor=by, now=now, **given)


def user(actor: Actor) -> User:
    return User.objects.get(pk=actor.person_id)


def told(kind: str) -> list[Any]:
    return sorted(Notice.objects.filter(kind=kind).values_list("person_id", flat=True))


def test_a_new_term_begins(house: House, now: Any) -> None:
    attest(house.officer, house.supervisor, now)
    membership = membership_of(house.officer)
    assert (membership.attested_at, membership.attested_by_id) == (now, house.supervisor.person_id)
    event = AuditEvent.objects.get(event="agencies.attested")
    assert (event.actor_id, event.subject_id) == (house.supervisor.id, str(membership.pk))


def test_whose_term_has_ended_is_locked_out_and_can_be_attested_again(house: House, now: Any) -> None:
    attested(house.officer, now - TERM - timedelta(days=1))
    assert actor_for(user(house.officer)) is None
    attest(house.officer, house.supervisor, now)
    assert actor_for(user(house.officer)) is not None


def test_the_term_ends_exactly_at_its_end(house: House, now: Any) -> None:
    membership = attested(house.officer, now - TERM)
    assert not membership.is_open_at(now)
    assert membership.is_open_at(now - timedelta(microseconds=1))


def test_a_term_over_a_leap_day_and_a_change_of_clocks_has_as_many_hours(house: House) -> None:
    for began in (datetime(2028, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, 1, 30, tzinfo=UTC)):
        membership = attested(house.officer, began)
        assert membership.attested_until - began == timedelta(hours=24 * settings.ATTESTATION_DAYS)


def test_nobody_attests_the_own_role(house: House, seconds: Seconds, now: Any) -> None:
    for actor in (house.supervisor, house.lead):
        with pytest.raises(Forbidden) as refused:
            attest(actor, actor, now)
        assert refused.value.code == "own-role"
    with pytest.raises(Forbidden):
        flows.attest(
            [membership_of(each).pk for each in (house.officer, house.supervisor)],
            actor=house.supervisor,
            now=now,
        )
    assert not AuditEvent.objects.filter(event="agencies.attested").exists(), "all or nothing"
    mine = membership_of(house.officer)
    with pytest.raises(IntegrityError, match="attested_by_another"), transaction.atomic():
        Membership.objects.filter(pk=mine.pk).update(attested_by_id=mine.user_id)


def test_supervisors_are_attested_by_another_one_or_by_compliance(
    house: House, seconds: Seconds, now: Any
) -> None:
    for by in (seconds.supervisor, house.reviewer, house.lead):
        attest(house.supervisor, by, now)
    for by in (house.officer, house.analyst, house.auditor):
        with pytest.raises(Forbidden):
            attest(house.supervisor, by, now)


def test_people_of_the_exchange_are_attested_by_a_lead(house: House, seconds: Seconds, now: Any) -> None:
    for who in (house.analyst, house.reviewer):
        attest(who, house.lead, now)
    attest(house.lead, seconds.lead, now)
    with pytest.raises(Forbidden):
        attest(house.analyst, house.reviewer, now)
    with pytest.raises(NotVisible):
        attest(house.analyst, house.supervisor, now)


def test_another_agencys_people_are_not_there(house: House, now: Any) -> None:
    with pytest.raises(NotVisible):
        flows.attest(
            [membership_of(house.officer).pk, membership_of(house.outsider).pk],
            actor=house.supervisor,
            now=now,
        )


def test_who_has_left_departs_in_the_same_act(house: House, now: Any) -> None:
    stays, leaves = membership_of(house.officer), membership_of(house.second_officer)
    flows.attest([stays.pk], has_left=[leaves.pk], actor=house.supervisor, now=now)
    leaves.refresh_from_db()
    assert leaves.ended_at == now
    assert AuditEvent.objects.filter(event="agencies.departed", subject_id=str(leaves.pk)).exists()
    with pytest.raises(WrongState):
        flows.attest([stays.pk, leaves.pk], actor=house.supervisor, now=now)


@pytest.mark.parametrize("both", [True, False])
def test_an_answer_says_one_thing(house: House, now: Any, both: bool) -> None:
    ids = [membership_of(house.officer).pk] if both else []
    with pytest.raises(Invalid):
        flows.attest(ids, has_left=ids, actor=house.supervisor, now=now)


def test_a_suspended_person_is_reinstated_first(house: House, now: Any) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(suspended_at=now)
    with pytest.raises(WrongState):
        attest(house.officer, house.supervisor, now)


@pytest.mark.django_db(transaction=True)
def test_attesting_somebody_who_leaves_at_once_revives_nobody(
    house: House, seconds: Seconds, now: Any, at_once: Any
) -> None:
    membership = membership_of(house.officer)
    results = at_once(
        lambda: flows.attest([membership.pk], actor=house.supervisor, now=now),
        lambda: depart(membership.pk, actor=seconds.supervisor, now=now, why="Left."),
    )
    membership.refresh_from_db()
    assert membership.ended_at == now
    assert not isinstance(results[1], Exception)
    assert isinstance(results[0], list | WrongState)


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_who_attest_each_other_at_once_do_not_lock_up(
    house: House, seconds: Seconds, now: Any, at_once: Any
) -> None:
    results = at_once(
        lambda: attest(house.supervisor, seconds.supervisor, now),
        lambda: attest(seconds.supervisor, house.supervisor, now),
    )
    assert [type(each) for each in results] == [list, list]


def test_the_page_asks_shows_the_answers_and_acts(house: House, now: Any, sign_in: Any) -> None:
    due = attested(house.officer, now - TERM + timedelta(days=8))
    other = attested(house.second_officer, now)
    browser = sign_in(house.supervisor)
    url = reverse("roster-attest")
    page = browser.get(url).content.decode()
    assert house.officer.label in page
    assert house.second_officer.label not in page, "not due"
    assert house.second_officer.label in browser.get(url, {"all": "1"}).content.decode()
    assert browser.post(url, {"step": "check"}).status_code == 422
    answers = {f"person-{due.pk}": "here", f"person-{other.pk}": "left"}
    check = browser.post(url, answers | {"step": "check"})
    assert check.status_code == 200
    assert "Check your answers" in check.content.decode()
    assert membership_of(house.second_officer), "nothing is done yet"
    again = browser.post(url, answers | {"step": "change"}).content.decode()
    assert again.count(" checked") == 2
    assert browser.post(url, answers | {"step": "confirm"}).status_code == 302
    assert membership_of(house.officer).attested_at >= now
    assert not Membership.objects.filter(pk=other.pk, ended_at=None).exists()
    assert browser.post(url, answers | {"step": "confirm"}).status_code in (404, 409), "the second click"


def test_the_page_shows_nobody_themselves(house: House, sign_in: Any) -> None:
    page = sign_in(house.supervisor).get(reverse("roster-attest"), {"all": "1"}).content.decode()
    assert f"person-{membership_of(house.supervisor).pk}" not in page


def test_hostile_answers_are_no_answers(house: House, sign_in: Any) -> None:
    browser = sign_in(house.supervisor)
    for answers in (
        {"person-x": "here"},
        {"person-": "left"},
        {f"person-{membership_of(house.officer).pk}": "boss"},
        {f"person-{membership_of(house.supervisor).pk}": "here"},
        {f"person-{membership_of(house.outsider).pk}": "left"},
    ):
        assert browser.post(reverse("roster-attest"), answers | {"step": "confirm"}).status_code == 422
    assert membership_of(house.outsider)


# --- reminders --------------------------------------------------------------------------------------


def test_each_threshold_is_spoken_of_once(house: House, now: Any) -> None:
    attested(house.officer, now - TERM + timedelta(days=29))
    assert remind(now=now - timedelta(seconds=1)) == 0
    assert remind(now=now) == 1
    assert remind(now=now) == 0, "a job that runs twice"
    assert told("attestation-own") == [house.officer.person_id]
    assert told("attestation-due") == [house.supervisor.person_id]
    assert remind(now=now + timedelta(days=19)) == 1
    assert remind(now=now + timedelta(days=20)) == 0
    assert len(told("attestation-own")) == 2
    event = AuditEvent.objects.filter(event="agencies.attestation_reminded").order_by("seq")
    assert [each.data["days"] for each in event] == [29, 10]


def test_a_job_that_was_down_makes_up_for_the_nearest_one_only(house: House, now: Any) -> None:
    attested(house.officer, now - TERM + timedelta(days=4))
    assert remind(now=now) == 1
    assert remind(now=now + timedelta(hours=1)) == 0
    assert membership_of(house.officer).reminded == 10


def test_past_the_end_nobody_is_reminded_and_a_new_term_is_reminded_anew(house: House, now: Any) -> None:
    attested(house.officer, now - TERM)
    assert remind(now=now) == 0
    attest(house.officer, house.supervisor, now)
    assert remind(now=now + TERM - timedelta(days=20)) >= 1


def test_the_only_supervisor_is_compliances_to_attest(house: House, now: Any) -> None:
    attested(house.supervisor, now - TERM + timedelta(days=9))
    assert remind(now=now) == 1
    assert told("attestation-own") == [house.supervisor.person_id]
    assert told("attestation-due") == sorted([house.reviewer.person_id, house.lead.person_id])


def test_a_second_supervisor_is_told_and_compliance_left_in_peace(
    house: House, seconds: Seconds, now: Any
) -> None:
    attested(house.supervisor, now - TERM + timedelta(days=9))
    remind(now=now)
    assert told("attestation-due") == [seconds.supervisor.person_id]


def test_whoever_keeps_a_roster_is_told_once_for_many(house: House, now: Any) -> None:
    for who in (house.officer, house.second_officer):
        attested(who, now - TERM + timedelta(days=9))
    assert remind(now=now) == 2
    assert told("attestation-due") == [house.supervisor.person_id]


def test_a_lead_is_another_leads_to_attest(house: House, seconds: Seconds, now: Any) -> None:
    attested(house.lead, now - TERM + timedelta(days=9))
    remind(now=now)
    assert told("attestation-due") == [seconds.lead.person_id]


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_remind_once(house: House, now: Any, at_once: Any) -> None:
    attested(house.officer, now - TERM + timedelta(days=9))
    assert sorted(at_once(lambda: remind(now=now), lambda: remind(now=now))) == [0, 1]
