"""A passkey alone signs in; it opens no door that is shut, and tells a stranger nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.models import Agency, Membership, SignInProvider, User
from tests.people import House
from tests.portal.identity.signing import FIREFOX, HOME, LOGIN, new_app, signed_in
from tests.portal.identity.softkey import ADD, SIGN_IN, SoftKey, asked_to_add, asked_to_sign_in, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(officer: User, secret: str) -> SoftKey:
    """The officer's."""
    key = SoftKey()
    browser = signed_in(officer, secret)
    sent(browser, ADD, key.made(asked_to_add(browser)))
    return key


def by_key(key: SoftKey, person_id: Any) -> tuple[Browser, Any]:
    browser = Browser(headers={"user-agent": FIREFOX})
    return browser, sent(browser, SIGN_IN, key.signed(asked_to_sign_in(browser), person_id))


def suspend_the_person(user: User) -> None:
    Membership.objects.filter(user=user).update(suspended_at=timezone.now())


def suspend_the_agency(user: User) -> None:
    Agency.objects.filter(memberships__user=user).update(status="suspended")


def end_the_role(user: User) -> None:
    Membership.objects.filter(user=user).update(ended_at=timezone.now())


def close_the_account(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize(
    "stop",
    [suspend_the_person, suspend_the_agency, end_the_role, close_the_account],
    ids=lambda f: f.__name__,
)
def test_whoever_lost_the_way_in_has_none_by_passkey(
    stop: Callable[[User], None], officer: User, key: SoftKey
) -> None:
    stop(officer)
    browser, _answer = by_key(key, officer.pk)
    for _ in range(2):
        page = browser.get(HOME)
        assert page.status_code in (302, 403)
    assert page["Location"].startswith(LOGIN), "signed out with it"


def test_where_the_provider_is_the_only_way_in_a_passkey_is_none(
    house: House, officer: User, key: SoftKey
) -> None:
    SignInProvider.objects.create(
        agency=house.ours,
        issuer="https://login.police.example",
        client_id="portal",
        client_secret="",
        set_at=timezone.now(),
        is_required=True,
    )
    browser, answer = by_key(key, officer.pk)
    assert answer["Location"] == reverse("account_agency")
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_known_and_unknown_accounts_get_the_same_answer_to_a_wrong_key(
    house: House, officer: User, key: SoftKey
) -> None:
    """Whoever sends made-up handles learns neither who has an account nor who has a passkey."""
    stranger = SoftKey(b"a key of nobody!")
    told = []
    for person_id in (officer.pk, house.lead.person_id, house.ours.pk):
        browser, answer = by_key(stranger, person_id)
        page = browser.get(answer["Location"]).content.decode()
        told.append((answer.status_code, answer["Location"], page.count("Incorrect"), len(page)))
    assert told[0] == told[1] == told[2]


def test_one_key_is_not_enrolled_for_two_accounts(house: House, key: SoftKey) -> None:
    """So nobody approves what he or she wrote with the same key under another name."""
    lead = User.objects.get(pk=house.lead.person_id)
    browser = signed_in(lead, new_app(lead))
    page = sent(browser, ADD, key.made(asked_to_add(browser)))
    assert "registered already" in page.content.decode()
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1


def test_an_answer_is_good_for_the_challenge_of_its_own_browser(officer: User, key: SoftKey) -> None:
    """A thief who gets hold of what a key signed elsewhere cannot send it from here."""
    victim, thief = Browser(headers={"user-agent": FIREFOX}), Browser(headers={"user-agent": FIREFOX})
    stolen = key.signed(asked_to_sign_in(victim), officer.pk)
    sent(thief, SIGN_IN, stolen)
    assert thief.get(HOME).status_code == 302, "no challenge was asked for here"
    asked_to_sign_in(thief)
    sent(thief, SIGN_IN, stolen)
    assert thief.get(HOME).status_code == 302, "another challenge was"
    sent(victim, SIGN_IN, stolen)
    assert victim.get(HOME).status_code == 200


def test_what_a_key_signed_for_an_enrolment_signs_nobody_in(officer: User, key: SoftKey) -> None:
    browser = Browser(headers={"user-agent": FIREFOX})
    challenge = asked_to_sign_in(browser)
    answer = key.signed(challenge, officer.pk)
    answer["response"]["clientDataJSON"] = key.made(challenge)["response"]["clientDataJSON"]
    sent(browser, SIGN_IN, answer)
    assert browser.get(HOME).status_code == 302
