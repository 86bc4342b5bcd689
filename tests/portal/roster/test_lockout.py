"""The locked-out learn why after both factors were right; nobody else learns anything."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone

from portal.agencies.roster.attestation.flows import attest
from portal.models import Membership, User
from tests.people import PASSWORD, House
from tests.portal.roster.conftest import Seconds, membership_of
from tests.portal.test_sign_in import CODE, HOME, LOGIN, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
TERM = timedelta(days=settings.ATTESTATION_DAYS)


@pytest.fixture
def secret(house: House) -> str:
    made = generate_totp_secret()
    TOTP.activate(User.objects.get(pk=house.officer.person_id), made)
    return made


def lock_out(house: House) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(attested_at=timezone.now() - TERM)


def sign_in(house: House, secret: str) -> Any:
    browser = Browser()
    browser.post(LOGIN, {"login": "officer@police.example", "password": PASSWORD})
    browser.post(CODE, {"code": code(secret)})
    return browser


def test_after_both_factors_it_says_why_and_whom_to_ask(
    house: House, seconds: Seconds, secret: str, now: Any
) -> None:
    lock_out(house)
    browser = sign_in(house, secret)
    response = browser.get(HOME)
    text = response.content.decode()
    assert response.status_code == 403
    assert "You are locked out" in text
    for name in (house.supervisor.label, seconds.supervisor.label):
        assert name in text
    assert house.other_supervisor.label not in text.replace("Supervisor Supervisor", "")
    assert browser.get(HOME).status_code == 302, "signed out"


def test_before_the_second_factor_it_says_nothing(house: House, secret: str) -> None:
    expected = Browser().post(LOGIN, {"login": "officer@police.example", "password": PASSWORD})
    lock_out(house)
    browser = Browser()
    response = browser.post(LOGIN, {"login": "officer@police.example", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (expected.status_code, expected["Location"])
    assert "locked out" not in browser.get(CODE).content.decode()
    wrong = Browser().post(LOGIN, {"login": "officer@police.example", "password": "x" * 20})
    assert "locked out" not in wrong.content.decode()


def test_an_open_session_meets_the_reason_at_its_next_page(house: House, secret: str) -> None:
    browser = sign_in(house, secret)
    assert browser.get(HOME).status_code == 200
    lock_out(house)
    assert "You are locked out" in browser.get(HOME).content.decode()


def test_who_is_attested_gets_in_again(house: House, secret: str, now: Any) -> None:
    lock_out(house)
    attest([membership_of(house.officer).pk], actor=house.supervisor, now=now)
    assert sign_in(house, secret).get(HOME).status_code == 200


def test_without_a_supervisor_the_exchange_is_named(house: House, secret: str) -> None:
    lock_out(house)
    Membership.objects.filter(user_id=house.supervisor.person_id).update(suspended_at=timezone.now())
    assert "compliance at the exchange" in sign_in(house, secret).get(HOME).content.decode().lower()


def test_the_suspended_are_told_that_and_no_more(house: House, secret: str) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(suspended_at=timezone.now())
    text = sign_in(house, secret).get(HOME).content.decode()
    assert "You are suspended" in text
    assert house.supervisor.label not in text
