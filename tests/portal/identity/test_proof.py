"""An act that needs a fresh second factor: set aside whole, done once, by the same person, and only then."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Version
from portal.models import AuditEvent, User
from tests.campaigns.warnings import approved_by_agency
from tests.people import PASSWORD, House
from tests.portal.identity.conftest import Clock
from tests.portal.identity.signing import (
    FIREFOX,
    HOME,
    PROVE,
    aged,
    code,
    events,
    new_app,
    signed_in,
    used_codes_forgotten,
)

COMMENT = 'Geprüft – 已核對 ‏שלום‏ & <b>bold</b> "quotes" + plus % ; 🛡'


@pytest.fixture
def reviewer(house: House) -> User:
    return User.objects.get(pk=house.reviewer.person_id)


@pytest.fixture
def phone(reviewer: User) -> str:
    return new_app(reviewer)


@pytest.fixture
def version(house: House, now: datetime) -> Version:
    return approved_by_agency(house, now)


@pytest.fixture
def stale(reviewer: User, phone: str) -> Browser:
    """Signed in with both factors, ten minutes ago."""
    return aged(signed_in(reviewer, phone))


def address(version: Version) -> str:
    return reverse("campaigns-approve", args=[version.campaign_id])


def approve(browser: Browser, version: Version, **more: str) -> Any:
    form = {"version": str(version.pk), "sha256": version.sha256, "comment": COMMENT, **more}
    page = reverse("campaigns-review", args=[version.campaign_id])
    return browser.post(address(version), form, headers={"referer": f"http://testserver{page}"})


def prove(browser: Browser, answer: Any, given: str) -> Any:
    """Give the code on the page that asked for it; a browser then sends the form on where it is told to."""
    following = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    return browser.post(PROVE, {"code": given, "next": following})


def sent_on(browser: Browser, redirected: Any, given: str, following: str) -> Any:
    assert redirected.status_code == 307
    return browser.post(redirected["Location"], {"code": given, "next": following})


def approvals() -> Any:
    return AuditEvent.objects.filter(event="campaigns.approved").order_by("seq")


def test_the_act_waits_for_the_factor_and_is_then_done_with_everything_typed(
    stale: Browser, version: Version, phone: str
) -> None:
    asked = approve(stale, version)
    assert asked.status_code == 302
    assert asked["Location"].startswith(PROVE)
    assert approvals().count() == 1, "the agency's own"
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    assert f'name="next" value="{following}"' in stale.get(asked["Location"]).content.decode()
    done = sent_on(stale, prove(stale, asked, given), given, following)
    assert done.status_code == 302
    assert done["Location"] == reverse("campaigns-view", args=[version.campaign_id])
    act = approvals().last()
    assert act.why == COMMENT
    assert act.actor_label.startswith("Reviewer")
    trail = stale.session["trail"]
    assert act.session == trail
    assert "people.proved" in events()
    proved = AuditEvent.objects.get(event="people.proved")
    assert proved.session == trail, "one session, though its key is new"


def test_it_is_done_in_one_go_for_a_browser(stale: Browser, version: Version, phone: str) -> None:
    asked = approve(stale, version)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    last = stale.post(PROVE, {"code": code(phone), "next": following}, follow=True)
    assert [status for _, status in last.redirect_chain] == [307, 302]
    assert last.status_code == 200
    assert approvals().count() == 2


def test_it_is_done_once_however_often_it_is_sent(stale: Browser, version: Version, phone: str) -> None:
    asked = approve(stale, version)
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    told = prove(stale, asked, given)
    sent_on(stale, told, given, following)
    # Reload of the last page, then the back button and the same code page again.
    again = stale.post(told["Location"], {"code": given, "next": following})
    assert again.status_code == 302
    assert again["Location"] == following
    back = stale.get(following)
    assert back["Location"] == reverse("campaigns-review", args=[version.campaign_id])
    used_codes_forgotten()
    assert stale.post(PROVE, {"code": code(phone), "next": following})["Location"] == following
    assert approvals().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_do_it_once(
    reviewer: User, phone: str, version: Version, at_once: Any
) -> None:
    browser = aged(signed_in(reviewer, phone))
    asked = approve(browser, version)
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    told = prove(browser, asked, given)
    twins = [Browser(headers={"user-agent": FIREFOX}), Browser(headers={"user-agent": FIREFOX})]
    for twin in twins:
        twin.cookies = browser.cookies.copy()
    answers = at_once(
        *[lambda twin=twin: twin.post(told["Location"], {"code": given, "next": following}) for twin in twins]
    )
    targets = sorted(answer["Location"] for answer in answers)
    assert targets == sorted([following, reverse("campaigns-view", args=[version.campaign_id])])
    assert approvals().count() == 2
    connection.close()


def test_a_wrong_code_loses_nothing(stale: Browser, version: Version, phone: str) -> None:
    asked = approve(stale, version)
    wrong = prove(stale, asked, code(phone, steps=-20))
    assert wrong.status_code == 200
    assert approvals().count() == 1
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    sent_on(stale, prove(stale, asked, given), given, following)
    assert approvals().last().why == COMMENT


def test_two_acts_that_wait_are_not_mistaken_for_each_other(
    stale: Browser, house: House, now: datetime, phone: str
) -> None:
    first, second = approved_by_agency(house, now), approved_by_agency(house, now)
    asked, asked_later = approve(stale, first), approve(stale, second)
    assert asked_later["Location"] != asked["Location"]
    assert prove(stale, asked, code(phone))["Location"] == address(first)


def test_an_abandoned_act_is_not_done_by_a_later_proof(stale: Browser, version: Version, phone: str) -> None:
    approve(stale, version)
    later = stale.post(PROVE, {"code": code(phone), "next": HOME})
    assert (later.status_code, later["Location"]) == (302, HOME)
    assert approvals().count() == 1


def test_it_waits_ten_minutes_at_most(stale: Browser, version: Version, phone: str, clock: Clock) -> None:
    asked = approve(stale, version)
    clock.pass_by(minutes=11)
    given = code(phone)
    answer = prove(stale, asked, given)
    assert answer.status_code == 302
    assert approvals().count() == 1
    assert "waited too long" in stale.get(answer["Location"], follow=True).content.decode()


def test_a_password_never_satisfies(stale: Browser, version: Version) -> None:
    asked = approve(stale, version)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    by_password = stale.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": following})
    assert by_password["Location"].startswith(PROVE)
    assert approvals().count() == 1
    assert approve(stale, version)["Location"].startswith(PROVE)


def test_the_next_address_cannot_leave_the_site(stale: Browser, phone: str) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        answer = stale.post(PROVE, {"code": code(phone), "next": target})
        assert answer["Location"] == HOME, target
        used_codes_forgotten()
