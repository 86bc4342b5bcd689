"""Departing: the role, the sessions and the ways to sign in end in one transaction."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from portal.agencies.roster.departure.flows import depart
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, User
from tests.people import PASSWORD, House, open_session
from tests.portal.roster.conftest import Seconds, membership_of
from tests.portal.test_sign_in import LOGIN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]


def leave(who: Any, by: Any, now: Any, why: str = "Moved to another unit.") -> Any:
    return depart(membership_of(who).pk, actor=by, now=now, why=why)


def test_everything_ends_at_once(house: House, now: Any) -> None:
    browser = Browser()
    open_session(browser, house.officer)
    assert browser.get(reverse("home")).status_code == 200
    user = User.objects.get(pk=house.officer.person_id)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    membership = leave(house.officer, house.supervisor, now)
    assert membership.ended_at == now
    assert browser.get(reverse("home")).status_code == 302
    assert not UserSession.objects.filter(user=user).exists()
    assert not Authenticator.objects.filter(user=user).exists()
    user.refresh_from_db()
    assert not user.is_active
    assert not user.has_usable_password()
    again = Browser().post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert again.status_code == 200, "no way in, and nothing said of why"


def test_it_is_recorded(house: House, now: Any) -> None:
    membership = leave(house.officer, house.supervisor, now)
    event = AuditEvent.objects.get(event="agencies.departed")
    assert (event.actor_id, event.subject_id, event.why) == (
        house.supervisor.id,
        str(membership.pk),
        "Moved to another unit.",
    )
    assert event.subject_label == house.officer.label


def test_what_is_rolled_back_ends_nothing(house: House, now: Any) -> None:
    browser = Browser()
    open_session(browser, house.officer)
    with transaction.atomic():
        leave(house.officer, house.supervisor, now)
        transaction.set_rollback(True)
    assert browser.get(reverse("home")).status_code == 200


def test_who_may_say_so(house: House, seconds: Seconds, now: Any) -> None:
    with pytest.raises(NotVisible):
        leave(house.officer, house.other_supervisor, now)
    for by in (house.second_officer, house.analyst, house.auditor):
        with pytest.raises(Forbidden):
            leave(house.officer, by, now)
    with pytest.raises(Forbidden):
        leave(house.analyst, house.reviewer, now)
    leave(house.officer, house.reviewer, now)
    leave(house.analyst, house.lead, now)
    leave(house.lead, seconds.lead, now)


def test_nobody_leaves_twice(house: House, now: Any) -> None:
    membership = leave(house.officer, house.supervisor, now)
    with pytest.raises(WrongState):
        depart(membership.pk, actor=house.supervisor, now=now, why="Again.")


@pytest.mark.parametrize("why", ["", "  ", "x" * 100_000, "\x00"])
def test_a_reason_is_given(house: House, now: Any, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        leave(house.officer, house.supervisor, now, why)
    assert set(refused.value.errors) == {"why"}


def test_the_last_supervisor_and_the_last_lead_stay(house: House, now: Any) -> None:
    for who, by in ((house.supervisor, house.lead), (house.lead, house.lead)):
        with pytest.raises(WrongState) as refused:
            leave(who, by, now)
        assert refused.value.code == "last-of-role"


@pytest.mark.django_db(transaction=True)
def test_of_two_last_supervisors_who_leave_at_once_one_stays(
    house: House, seconds: Seconds, now: Any, at_once: Any
) -> None:
    results = at_once(
        lambda: leave(house.supervisor, house.reviewer, now),
        lambda: leave(seconds.supervisor, house.lead, now),
    )
    assert sorted(type(each).__name__ for each in results) == ["Membership", "WrongState"]


@pytest.mark.django_db(transaction=True)
def test_of_two_supervisors_who_end_each_other_at_once_one_stays(
    house: House, seconds: Seconds, now: Any, at_once: Any
) -> None:
    results = at_once(
        lambda: leave(house.supervisor, seconds.supervisor, now),
        lambda: leave(seconds.supervisor, house.supervisor, now),
    )
    assert sorted(type(each).__name__ for each in results) in (
        ["Forbidden", "Membership"],
        ["Membership", "WrongState"],
    )


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_departure(house: House, now: Any, at_once: Any) -> None:
    membership = membership_of(house.officer)
    results = at_once(*[lambda: depart(membership.pk, actor=house.supervisor, now=now, why="Left.")] * 2)
    assert sorted(type(each).__name__ for each in results) == ["Membership", "WrongState"]
    assert AuditEvent.objects.filter(event="agencies.departed").count() == 1


def test_the_page_says_what_ends(house: House, sign_in: Any) -> None:
    browser = sign_in(house.supervisor)
    url = reverse("roster-depart", args=[membership_of(house.officer).pk])
    assert house.officer.label in browser.get(url).content.decode()
    assert browser.post(url, {"why": ""}).status_code == 422
    assert browser.post(url, {"why": "Retired."}).status_code == 302
    assert browser.get(url).status_code == 409
