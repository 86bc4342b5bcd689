"""A provider that lies, and a thief in between: nobody gets in."""

import re
import time
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from portal.models import AuditEvent, User
from tests.portal.openid.provider import Provider, key_pair
from tests.portal.openid.way import HOME, go, refused, sign_in


def test_another_subject_with_a_linked_persons_address_is_refused_and_recorded(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    sign_in(Browser(), officer.email)
    provider.person["sub"] = "s-2"
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))
    event = AuditEvent.objects.get(event="people.provider_refused")
    assert event.data["problem"] == "other-subject"


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": ["portal", "another"]},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": "another than beside it"},
        {"sub": None},
    ],
)
def test_a_token_that_does_not_hold_is_refused(
    lies: dict[str, Any], set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    provider.lies = lies
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


def test_a_token_signed_by_another_key_is_refused(set_up: Any, officer: User, provider: Provider) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    provider.signing_key = key_pair()
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    browser, thief = Browser(), Browser()
    back = go(browser, officer.email)
    assert refused(thief, thief.get(back))
    assert browser.get(back)["Location"] == HOME
    browser.post(reverse("account_logout"))
    assert refused(browser, browser.get(back))


def test_a_stolen_code_is_worth_nothing_in_ones_own_sign_in(
    set_up: Any, officer: User, provider: Provider
) -> None:
    """The code of one sign-in, put into another: PKCE and the nonce are of another browser."""
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    victim, thief = Browser(), Browser()
    stolen = re.search(r"code=([^&]+)", go(victim, officer.email))
    assert stolen
    own = go(thief, officer.email)
    assert refused(thief, thief.get(re.sub(r"code=[^&]+", f"code={stolen[1]}", own)))


def test_a_token_endpoint_that_points_elsewhere_is_not_followed(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.redirect_tokens = True
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))
