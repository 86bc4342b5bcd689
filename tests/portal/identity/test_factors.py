"""What factors are worth: a recovery code confirms nothing, what it let in is on trial, the last stays."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Version
from portal.identity.factors import is_on_trial, proving_types, put_on_trial
from portal.models import AuditEvent, Notice, User
from portal.models.notice import NoticeKind
from tests.campaigns.warnings import approved_by_agency
from tests.people import PASSWORD, House
from tests.portal.identity.signing import (
    FIREFOX,
    HOME,
    LOGIN,
    PROVE,
    SECOND,
    aged,
    code,
    events,
    factors,
    new_app,
    signed_in,
    used_codes_forgotten,
    with_password,
)

REPLACE = reverse("mfa_replace_totp")
REMOVE = reverse("mfa_deactivate_totp")


@pytest.fixture
def reviewer(house: House) -> User:
    return User.objects.get(pk=house.reviewer.person_id)


@pytest.fixture
def phone(reviewer: User) -> str:
    return new_app(reviewer)


@pytest.fixture
def paper(reviewer: User, phone: str) -> list[str]:
    return list(RecoveryCodes.activate(reviewer).generate_codes())


@pytest.fixture
def by_paper(reviewer: User, paper: list[str]) -> Browser:
    """Signed in with the password and a recovery code."""
    browser = Browser(headers={"user-agent": FIREFOX})
    with_password(browser, reviewer)
    assert browser.post(SECOND, {"code": paper[0]}).status_code == 302
    return browser


@pytest.fixture
def version(house: House, now: Any) -> Version:
    return approved_by_agency(house, now)


def approve(browser: Browser, version: Version) -> Any:
    form = {"version": str(version.pk), "sha256": version.sha256, "comment": ""}
    return browser.post(reverse("campaigns-approve", args=[version.campaign_id]), form)


def key_of(user: User, **data: Any) -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": {}, **data}
    )


def enrol_app(browser: Browser, page: str) -> str:
    """Set up an app on that page, as a person with a new phone does; its secret."""
    assert browser.get(page).status_code == 200
    secret = str(browser.session[SECRET_SESSION_KEY])
    answer = browser.post(page, {"code": code(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    used_codes_forgotten()
    return secret


def test_a_recovery_code_lets_in_and_approves_nothing(by_paper: Browser, version: Version) -> None:
    page = by_paper.get(HOME)
    assert page.status_code == 200
    assert "You signed in with a recovery code" in page.content.decode()
    assert approve(by_paper, version)["Location"].startswith(PROVE)


def test_a_recovery_code_is_refused_as_proof_and_not_used_up(
    by_paper: Browser, version: Version, paper: list[str], reviewer: User
) -> None:
    asked = approve(by_paper, version)
    assert "or a recovery code" not in by_paper.get(asked["Location"]).content.decode()
    answer = by_paper.post(PROVE, {"code": paper[1], "next": HOME})
    assert "signs you in, but confirms nothing" in answer.content.decode()
    left = Authenticator.objects.get(user=reviewer, type="recovery_codes").wrap().get_unused_codes()
    assert paper[1] in left
    assert paper[0] not in left


def test_whoever_finds_the_phone_again_confirms_with_it(
    by_paper: Browser, version: Version, phone: str
) -> None:
    approve(by_paper, version)
    by_paper.post(PROVE, {"code": code(phone), "next": HOME})
    assert approve(by_paper, version)["Location"] == reverse("campaigns-view", args=[version.campaign_id])


@pytest.mark.django_db(transaction=True)
def test_an_app_replaced_with_a_recovery_code_proves_only_after_a_day(
    by_paper: Browser, version: Version, reviewer: User, phone: str
) -> None:
    secret = enrol_app(by_paper, REPLACE)
    factor = Authenticator.objects.get(user=reviewer, type="totp")
    assert is_on_trial(factor, timezone.now())
    enrolled = AuditEvent.objects.filter(event="people.second_factor_enrolled").last()
    assert enrolled is not None
    assert enrolled.data == {"kind": "totp", "on_trial": True}
    assert Notice.objects.filter(kind=NoticeKind.FACTORS_CHANGED, person=reviewer).exists()
    assert "On trial" in by_paper.get(reverse("mfa_index")).content.decode()
    refused = approve(by_paper, version)
    assert refused.status_code == 403, "an answer, not a circle"
    assert "was set up with a recovery code" in refused.content.decode()
    # It signs in, and still confirms nothing.
    elsewhere = signed_in(reviewer, secret)
    assert approve(elsewhere, version).status_code == 403
    # A day later it counts.
    factor.data["proves_from"] = (timezone.now() - timedelta(minutes=1)).isoformat()
    factor.save()
    used_codes_forgotten()
    later = signed_in(reviewer, secret)
    assert approve(later, version).status_code == 302
    with_password(by_paper, reviewer)
    assert by_paper.post(SECOND, {"code": code(phone)}).status_code in (200, 302)
    assert "totp" in factors(reviewer)


@pytest.mark.django_db(transaction=True)
def test_a_chain_of_factors_stays_on_trial(by_paper: Browser, reviewer: User) -> None:
    """The replaced app does not vouch for the next one, nor does the flag that it was enrolled here."""
    enrol_app(by_paper, REPLACE)
    second = enrol_app(by_paper, REPLACE)
    assert is_on_trial(Authenticator.objects.get(user=reviewer, type="totp"), timezone.now())
    elsewhere = signed_in(reviewer, second)
    enrol_app(elsewhere, REPLACE)
    assert is_on_trial(Authenticator.objects.get(user=reviewer, type="totp"), timezone.now())
    assert proving_types(reviewer.pk, timezone.now()) == set()


@pytest.mark.django_db(transaction=True)
def test_an_app_replaced_by_its_owner_proves_at_once_and_ends_the_old_phones_sessions(
    reviewer: User, phone: str, version: Version
) -> None:
    old = signed_in(reviewer, phone)
    assert old.get(HOME).status_code == 200
    here = signed_in(reviewer, phone)
    secret = enrol_app(here, REPLACE)
    assert not is_on_trial(Authenticator.objects.get(user=reviewer, type="totp"), timezone.now())
    assert here.get(HOME).status_code == 200
    assert old.get(HOME)["Location"].startswith(LOGIN)
    browser = Browser()
    with_password(browser, reviewer)
    assert browser.post(SECOND, {"code": code(phone)}).status_code == 200, "the old phone opens nothing"
    assert approve(signed_in(reviewer, secret), version).status_code == 302
    assert events().count("people.second_factor_removed") == 1


def test_a_recovery_code_clears_no_other_factor_away(by_paper: Browser, reviewer: User, phone: str) -> None:
    key = key_of(reviewer)
    for target in (
        REMOVE,
        reverse("mfa_remove_webauthn", args=[key.pk]),
        reverse("mfa_generate_recovery_codes"),
    ):
        for answer in (by_paper.get(target), by_paper.post(target)):
            assert answer.status_code == 302, target
            assert "reauthenticate" in answer["Location"], target
    assert factors(reviewer) == ["recovery_codes", "totp", "webauthn"]


def test_after_five_minutes_a_recovery_code_manages_no_factor_either(by_paper: Browser) -> None:
    assert by_paper.get(REPLACE).status_code == 200
    assert aged(by_paper).get(REPLACE)["Location"].startswith(PROVE)


def test_a_recovery_code_opens_once_and_by_nobody_else(
    house: House, reviewer: User, paper: list[str], by_paper: Browser
) -> None:
    again = Browser()
    with_password(again, reviewer)
    assert again.post(SECOND, {"code": paper[0]}).status_code == 200
    lead = User.objects.get(pk=house.lead.person_id)
    new_app(lead)
    other = Browser()
    with_password(other, lead)
    assert other.post(SECOND, {"code": paper[1]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_given_twice_at_once_opens_once(
    reviewer: User, paper: list[str], at_once: Any
) -> None:
    browsers = [Browser(), Browser()]
    for browser in browsers:
        with_password(browser, reviewer)
    answers = at_once(*[lambda each=each: each.post(SECOND, {"code": paper[2]}) for each in browsers])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_code_of_the_app_given_twice_at_once_opens_once(reviewer: User, phone: str, at_once: Any) -> None:
    browsers = [Browser(), Browser()]
    for browser in browsers:
        with_password(browser, reviewer)
    given = code(phone)
    answers = at_once(*[lambda each=each: each.post(SECOND, {"code": given}) for each in browsers])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_last_factor_stays_whatever_it_is(reviewer: User, phone: str, paper: list[str]) -> None:
    browser = signed_in(reviewer, phone)
    assert "cannot deactivate" in browser.post(REMOVE).content.decode()
    assert factors(reviewer) == ["recovery_codes", "totp"]
    key = key_of(reviewer)
    assert browser.post(REMOVE).status_code == 302
    used_codes_forgotten()
    refused = browser.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert refused.status_code == 200
    assert "cannot deactivate" in refused.content.decode()
    assert factors(reviewer) == ["recovery_codes", "webauthn"]


@pytest.mark.django_db(transaction=True)
def test_two_requests_cannot_remove_the_last_two(reviewer: User, phone: str, at_once: Any) -> None:
    keys = [key_of(reviewer), key_of(reviewer)]
    here = signed_in(reviewer, phone)
    here.post(REMOVE)
    assert factors(reviewer) == ["webauthn", "webauthn"]
    at_once(*[lambda key=key: here.post(reverse("mfa_remove_webauthn", args=[key.pk])) for key in keys])
    assert factors(reviewer) == ["webauthn"]
    connection.close()


def test_another_persons_key_is_not_there(house: House, reviewer: User, phone: str) -> None:
    lead = User.objects.get(pk=house.lead.person_id)
    key = key_of(lead)
    browser = signed_in(reviewer, phone)
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert browser.get(reverse(name, args=[key.pk])).status_code == 404
        assert browser.post(reverse(name, args=[key.pk]), {"name": "mine"}).status_code == 404
    assert factors(lead) == ["webauthn"]


def test_removing_a_factor_asks_for_a_fresh_proof(reviewer: User, phone: str) -> None:
    key = key_of(reviewer)
    browser = aged(signed_in(reviewer, phone))
    for target in (REMOVE, reverse("mfa_remove_webauthn", args=[key.pk])):
        assert browser.post(target)["Location"].startswith(PROVE)
    assert factors(reviewer) == ["totp", "webauthn"]


def test_a_password_manages_no_factor(reviewer: User, phone: str) -> None:
    browser = aged(signed_in(reviewer, phone))
    answer = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": REPLACE})
    assert answer["Location"].startswith(PROVE)
    assert browser.get(REPLACE)["Location"].startswith(PROVE)


@pytest.mark.django_db(transaction=True)
def test_a_newcomers_codes_are_shown_once(officer: User) -> None:
    browser = Browser(headers={"user-agent": FIREFOX})
    with_password(browser, officer)
    enrol_app(browser, reverse("mfa_activate_totp"))
    codes = Authenticator.objects.get(user=officer, type="recovery_codes").wrap().get_unused_codes()
    page = reverse("mfa_view_recovery_codes")
    first = browser.get(page).content.decode()
    assert all(each in first for each in codes)
    second = browser.get(page).content.decode()
    assert not any(each in second for each in codes)
    # The first factor counts at once: the officer's cool-off covers it.
    assert proving_types(officer.pk, timezone.now()) == {"totp"}


def test_a_name_of_a_key_is_one_line_of_text(reviewer: User, phone: str) -> None:
    key = key_of(reviewer)
    browser = signed_in(reviewer, phone)
    page = reverse("mfa_edit_webauthn", args=[key.pk])
    for name in ("", " ", "x" * 61, "a\x00b", "safe\u202egnp.exe", "two\nlines"):
        assert browser.post(page, {"name": name}).status_code == 200, name
    assert browser.post(page, {"name": "<b>Blue</b> 鑰匙"}).status_code == 302
    listed = browser.get(reverse("mfa_list_webauthn")).content.decode()
    assert "&lt;b&gt;Blue&lt;/b&gt; 鑰匙" in listed


def test_a_factor_on_trial_beside_a_good_one_is_told(reviewer: User, phone: str, version: Version) -> None:
    put_on_trial(key_of(reviewer), timezone.now())
    assert proving_types(reviewer.pk, timezone.now()) == {"totp"}
    browser = aged(signed_in(reviewer, phone))
    assert approve(browser, version)["Location"].startswith(PROVE), "the app is asked for, not the key"
