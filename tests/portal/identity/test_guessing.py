"""Guessing is stopped, in all processes together, and a stranger's guesses do not lock the officer out."""

import os
import subprocess
import sys
from typing import Any

import pytest
from allauth.account.internal.userkit import filter_users_by_email
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from portal.identity import guessing
from portal.models import Notice, User
from portal.models.notice import NoticeKind
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
    signed_in,
    used_codes_forgotten,
    with_password,
)

TOO_MANY = "Too many wrong tries"


def guess(user: User, times: int, address: str = "203.0.113.66", typed: str = "wrong") -> Any:
    answer = None
    for _ in range(times):
        answer = Browser().post(LOGIN, {"login": user.email, "password": typed}, REMOTE_ADDR=address)
    return answer


def is_stopped(answer: Any) -> bool:
    return TOO_MANY in answer.content.decode()


def lets_in(answer: Any) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith(SECOND)


def test_five_guesses_from_one_network_are_enough(officer: User, secret: str) -> None:
    assert not is_stopped(guess(officer, 5))
    assert is_stopped(guess(officer, 1))
    assert is_stopped(guess(officer, 1, typed=PASSWORD)), "not even the right one"


def test_a_strangers_guesses_do_not_lock_the_officer_out(officer: User, secret: str) -> None:
    assert is_stopped(guess(officer, 6))
    assert lets_in(with_password(Browser(REMOTE_ADDR="198.51.100.7"), officer))


def test_guesses_spread_over_the_world_are_stopped_for_unknown_browsers_only(
    officer: User, secret: str, settings: Any
) -> None:
    known = signed_in(officer, secret)
    known.post(reverse("account_logout"))
    for number in range(52):
        answer = guess(officer, 1, address=f"203.0.{number}.9")
    assert is_stopped(answer)
    assert is_stopped(guess(officer, 1, address="192.0.2.1", typed=PASSWORD))
    assert lets_in(with_password(known, officer)), "the own device counts for itself"


def test_the_own_device_is_held_to_a_number_too(officer: User, secret: str) -> None:
    known = signed_in(officer, secret)
    known.post(reverse("account_logout"))
    for _ in range(10):
        with_password(known, officer, "wrong")
    assert is_stopped(with_password(known, officer))


def test_another_accounts_device_cookie_spares_nobody(house: House, officer: User, secret: str) -> None:
    thief = signed_in(officer, secret)
    thief.post(reverse("account_logout"))
    victim = User.objects.get(pk=house.supervisor.person_id)
    for _ in range(5):
        with_password(thief, victim, "wrong")
    assert is_stopped(with_password(thief, victim))


def test_right_passwords_are_not_counted(officer: User, secret: str) -> None:
    for _ in range(12):
        assert lets_in(with_password(Browser(), officer))


def test_one_address_in_other_letters_is_the_same_account(officer: User, secret: str) -> None:
    """Upper case and full-width letters: the count is by the account, not by what was typed."""
    spellings = [officer.email.upper(), "officer@ｐｏｌｉｃｅ.example", "officer@POLICE.example"]
    for spelling in [*spellings, officer.email, officer.email]:
        Browser().post(LOGIN, {"login": spelling, "password": "wrong"})
    assert is_stopped(guess(officer, 1, address="127.0.0.1"))


@pytest.mark.parametrize(
    "typed",
    [
        "оfficer@police.example",
        "officer@роlice.example",
        "officer@police.example\u202e",
        "officer@police.exampleⓔ",
    ],
)
def test_a_homoglyph_is_nobody(officer: User, secret: str, typed: str) -> None:
    assert not lets_in(Browser().post(LOGIN, {"login": typed, "password": PASSWORD}))
    assert not filter_users_by_email(typed, for_login=True)


@pytest.mark.parametrize(
    "form",
    [
        {"login": "officer@police.example\x00", "password": PASSWORD},
        {"login": "officer@police.example", "password": PASSWORD + "\x00"},
        {"login": "a" * 100_000 + "@police.example", "password": "x"},
        {"login": "officer@police.example", "password": "x" * 100_000},
        {"login": "'; DROP TABLE portal_user; --", "password": "x"},
        {"login": "", "password": ""},
        {"login": "officer@police.example"},
        {},
    ],
)
def test_hostile_forms_are_refused_on_the_page(officer: User, secret: str, form: dict[str, str]) -> None:
    answer = Browser().post(LOGIN, form)
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_a_password_of_any_length_is_not_hashed(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: bool(hashed.append(len(raw))))
    Browser().post(LOGIN, {"login": officer.email, "password": "x" * 257})
    assert hashed == []
    Browser().post(LOGIN, {"login": officer.email, "password": "x" * 256})
    assert hashed == [256]


def test_a_password_that_could_not_be_typed_again_is_not_taken(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    new = "long " * 60
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post(reverse("account_change_password"), form).status_code == 200
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


def test_a_stranger_costs_the_same_argon2_as_an_officer(
    officer: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hash each: the time of the answer does not tell whether the address is known."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    officer.set_password(PASSWORD)
    officer.save()
    runs: list[str] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify

    def counted_encode(self: Any, *given: Any) -> str:
        runs.append("hash")
        return str(encode(self, *given))

    def counted_verify(self: Any, *given: Any) -> bool:
        runs.append("hash")
        return bool(verify(self, *given))

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted_encode)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted_verify)
    for address in (officer.email, "nobody@police.example", "nobody@else.example"):
        runs.clear()
        answer = Browser().post(LOGIN, {"login": address, "password": "wrong"})
        assert runs == ["hash"], address
        assert answer.context["form"].errors.as_text() == (
            "* __all__\n  * E-mail address and password do not fit together."
        )


def test_a_closed_account_with_the_right_password_is_told_nothing_new(officer: User, secret: str) -> None:
    User.objects.filter(pk=officer.pk).update(is_active=False)
    wrong = with_password(Browser(), officer, "wrong")
    assert wrong.status_code == 200
    right = with_password(Browser(), officer)
    assert right["Location"] == reverse("account_inactive")


def test_a_limit_says_the_same_for_known_and_unknown(officer: User) -> None:
    def answers(address: str) -> list[str]:
        found = []
        for _ in range(7):
            answer = Browser().post(LOGIN, {"login": address, "password": "wrong"}, REMOTE_ADDR="203.0.113.1")
            found.append(answer.context["form"].errors.as_text())
        return found

    known = answers(officer.email)
    cache.clear()
    assert answers("nobody@police.example") == known


SCRIPT = """
import django; django.setup()
from django.core.cache import cache
from django.test import RequestFactory
from portal.identity import guessing
class Nobody: pk = "account"
guessing.filter_users_by_email = lambda *a, **k: []
request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.5")
print(sum(guessing.may_try_password(request, "x@police.example") is not None for _ in range(5)))
"""


@pytest.mark.django_db(transaction=True)
def test_two_processes_count_together(server_environment: dict[str, str]) -> None:
    environment = {**os.environ, **server_environment}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in running]
    allowed = [int(said.split()[-1]) for said, _ in answers if said.split()]
    assert len(allowed) == 2, answers
    assert sum(allowed) == 5


def test_codes_are_guessed_five_times_and_thirty_a_day(officer: User, secret: str) -> None:
    browser = Browser()
    with_password(browser, officer)
    for _ in range(5):
        assert not is_stopped(browser.post(SECOND, {"code": "000000"}))
    assert is_stopped(browser.post(SECOND, {"code": code(secret)}))
    elsewhere = Browser(REMOTE_ADDR="198.51.100.7")
    with_password(elsewhere, officer)
    assert is_stopped(elsewhere.post(SECOND, {"code": code(secret)})), "the account's, wherever it comes from"
    assert "30/d/key" in guessing.LIMITS["second_factor"]


def test_the_person_is_told_that_somebody_has_the_password(officer: User, secret: str) -> None:
    browser = Browser()
    with_password(browser, officer)
    for _ in range(2):
        browser.post(SECOND, {"code": "000000"})
    guessed = Notice.objects.filter(kind=NoticeKind.FACTOR_GUESSED)
    assert not guessed.exists()
    for _ in range(3):
        browser.post(SECOND, {"code": "000000"})
    assert guessed.get().person == officer
    assert events().count("people.second_factor_failed") == 5


def test_guessing_at_the_proof_is_stopped_too(officer: User, secret: str) -> None:
    browser = aged(signed_in(officer, secret))
    for _ in range(5):
        browser.post(PROVE, {"code": "000000", "next": HOME})
    assert is_stopped(browser.post(PROVE, {"code": code(secret), "next": HOME}))
    assert not Notice.objects.filter(kind=NoticeKind.FACTOR_GUESSED).exists(), "they are in already"


@pytest.mark.parametrize("given", ["", "0", "x" * 41, "１２３４５６", "000000\x00", "𝟎𝟎𝟎𝟎𝟎𝟎", "\u202e000000"])
def test_hostile_codes_are_refused_on_the_page(officer: User, secret: str, given: str) -> None:
    RecoveryCodes.activate(officer)
    browser = Browser()
    with_password(browser, officer)
    assert browser.post(SECOND, {"code": given}).status_code == 200
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_the_same_code_is_refused_across_processes_and_in_the_next_period(officer: User, secret: str) -> None:
    """What one process took is in Valkey, where the next one looks."""
    used = code(secret)
    browser = Browser()
    with_password(browser, officer)
    assert browser.post(SECOND, {"code": used}).status_code == 302
    assert [key for key in cache._cache.get_client().keys("*") if b"totp.used" in key]
    other = Browser()
    with_password(other, officer)
    assert other.post(SECOND, {"code": used}).status_code == 200
    assert other.post(SECOND, {"code": used[:3] + " " + used[3:]}).status_code == 200, "nor spelt otherwise"
    used_codes_forgotten()
    for steps in (-1, 1):
        assert other.post(SECOND, {"code": code(secret, steps)}).status_code == 200, "no drift"


def test_resets_are_few_for_one_address_and_say_the_same(officer: User) -> None:
    reset = reverse("account_reset_password")
    for address in (officer.email, "nobody@police.example"):
        statuses = [Browser().post(reset, {"email": address}).status_code for _ in range(7)]
        assert statuses == [302] * 5 + [429] * 2, address


def test_a_session_given_beforehand_is_not_the_one_signed_in(officer: User, secret: str) -> None:
    fixed = Browser(headers={"user-agent": FIREFOX})
    fixed.get(LOGIN)
    session = fixed.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    victim = Browser(headers={"user-agent": FIREFOX})
    victim.cookies["portal_session"] = planted
    signed_in(officer, secret, browser=victim)
    assert victim.session.session_key != planted
    attacker = Browser(headers={"user-agent": FIREFOX})
    attacker.cookies["portal_session"] = planted
    assert attacker.get(HOME).status_code == 302
