"""A criminal who reads an officer's mail, and a stranger who writes what headers he likes."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from portal.identity.tasks import mail_password_reset
from portal.models import AuditEvent, Notice, User
from portal.models.notice import NoticeKind
from tests.people import PASSWORD, House
from tests.portal.identity.conftest import Clock
from tests.portal.identity.signing import HOME, LOGIN, SECOND, code, events, factors, signed_in, with_password
from tests.portal.identity.test_guessing import is_stopped

RESET = reverse("account_reset_password")
NEW = "whoever has the mailbox"


def mailed(user: User) -> str:
    """The path of the link in the newest mail."""
    mail_password_reset(str(user.pk), "en")
    [link] = [line for line in mail.outbox[-1].body.splitlines() if line.startswith("http")]
    assert link.startswith(f"{settings.BASE_URL}/")
    return link.removeprefix(settings.BASE_URL)


def used(path: str, password: str = NEW) -> Any:
    browser = Browser()
    page = browser.get(path, follow=True)
    if "password1" not in page.content.decode():
        return page
    return browser.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "a b"])
def test_no_host_header_writes_the_link_of_a_reset(host: str, officer: User, monkeypatch: Any) -> None:
    handed: list[Any] = []
    monkeypatch.setattr(mail_password_reset, "delay", lambda *given: handed.append(given))
    assert Browser().post(RESET, {"email": officer.email}, HTTP_HOST=host).status_code == 400
    assert handed == []
    forwarded = {
        "HTTP_X_FORWARDED_HOST": host,
        "HTTP_FORWARDED": f"host={host}",
        "HTTP_X_FORWARDED_PORT": "1",
    }
    assert Browser().post(RESET, {"email": officer.email}, **forwarded).status_code == 302
    assert handed == [(str(officer.pk), "en")], "the worker is told whom, and knows where"
    assert mailed(officer).startswith("/account/")
    assert "evil" not in mail.outbox[-1].body + mail.outbox[-1].subject


def test_the_mailbox_alone_opens_nothing_and_the_owner_sees_it(officer: User, secret: str) -> None:
    """The reset gives a password and no more: no session, no factor, no proof; everybody is signed out."""
    here = signed_in(officer, secret)
    assert used(mailed(officer))["Location"] == reverse("account_reset_password_from_key_done")
    thief = Browser()
    assert with_password(thief, officer, NEW)["Location"].startswith(SECOND)
    for page in (HOME, reverse("mfa_index"), reverse("mfa_activate_totp"), reverse("sessions-list")):
        assert thief.get(page).status_code == 302, page
    assert factors(officer) == ["totp"]
    assert here.get(HOME)["Location"].startswith(LOGIN)
    assert events()[-1] == "people.password_reset"


def test_with_the_mailbox_and_guesses_the_codes_run_out_and_the_owner_is_told(
    officer: User, secret: str
) -> None:
    used(mailed(officer))
    thief = Browser()
    with_password(thief, officer, NEW)
    for number in range(5):
        thief.post(SECOND, {"code": f"{number:06}"})
    assert is_stopped(thief.post(SECOND, {"code": code(secret)}))
    assert Notice.objects.get(kind=NoticeKind.FACTOR_GUESSED).person == officer


def test_a_link_of_a_reset_ends_with_its_time_with_its_use_and_with_another_password(
    officer: User, clock: Clock, monkeypatch: Any
) -> None:
    first, second = mailed(officer), mailed(officer)
    assert used(first).status_code == 302
    assert "no longer works" in used(second).content.decode(), "the password has changed since"
    third = mailed(officer)
    User.objects.filter(pk=officer.pk).update(password=make_password(PASSWORD))
    assert "no longer works" in used(third).content.decode()
    monkeypatch.setattr(settings, "PASSWORD_RESET_TIMEOUT", -1)
    assert "no longer works" in used(mailed(officer)).content.decode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda path, other: path.rstrip("/")[:-1] + "x/",
        lambda path, other: path.replace(path.split("/")[-2].partition("-")[0], other, 1),
        lambda path, other: path.replace(path.split("/")[-2], "x"),
        lambda path, other: path.replace(path.split("/")[-2], "\u202e-\u202e"),
        lambda path, other: path.replace(path.split("/")[-2], "A" * 5000),
    ],
)
def test_a_forged_link_resets_nobody(forge: Any, house: House, officer: User) -> None:
    from allauth.account.utils import user_pk_to_url_str

    other = User.objects.get(pk=house.lead.person_id)
    answer = used(forge(mailed(officer), user_pk_to_url_str(other)))
    assert answer.status_code in (200, 404)
    assert User.objects.get(pk=other.pk).check_password(PASSWORD)
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_made_up_address_gives_no_fresh_guesses(
    proxies: int, officer: User, secret: str, settings: Any
) -> None:
    """Without a proxy the header is not heard; behind one only what that proxy itself put there."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for number in range(6):
        made_up = f"203.0.113.{number}"
        forwarded = made_up if proxies == 0 else f"{made_up}, 198.51.100.66"
        answer = Browser().post(
            LOGIN, {"login": officer.email, "password": "wrong"}, headers={"x-forwarded-for": forwarded}
        )
    assert is_stopped(answer)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\x00"]
)
def test_signing_in_leads_nowhere_else(target: str, officer: User, secret: str) -> None:
    browser = Browser()
    answer = browser.post(
        f"{LOGIN}?next={target}", {"login": officer.email, "password": PASSWORD, "next": target}
    )
    assert "evil" not in answer["Location"].partition("?")[0]
    assert browser.post(SECOND, {"code": code(secret), "next": target})["Location"] == HOME


def test_a_foreign_page_signs_nobody_in_and_asks_for_no_reset(officer: User) -> None:
    """Signed in as somebody else without noticing, a person would type into the criminal's account."""
    careful = Browser(enforce_csrf_checks=True)
    for place, form in (
        (LOGIN, {"login": officer.email, "password": PASSWORD}),
        (RESET, {"email": officer.email}),
        (reverse("mfa_login_webauthn"), {"credential": "{}"}),
    ):
        assert careful.post(place, form).status_code == 403, place
    assert not AuditEvent.objects.filter(event__startswith="people.sign").exists()


@pytest.mark.parametrize("page", ["account_login", "account_reset_password", "agencies-apply"])
def test_no_page_stands_in_a_foreign_frame(page: str, db: None) -> None:
    answer = Browser().get(reverse(page))
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "cookie", ["", "x", "x" * 5000, "\x00", "../../etc/passwd", "' OR ''='", "\xe2\x80\xae"]
)
def test_a_session_cookie_that_nobody_gave_opens_nothing(cookie: str, db: None) -> None:
    browser = Browser()
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert browser.get(HOME)["Location"].startswith(LOGIN)
    assert browser.session.session_key != cookie


def test_without_valkey_no_password_is_tried(officer: User, secret: str, settings: Any) -> None:
    """Nobody can count guesses then, so none is made: not even the right one gets to the second step."""
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": away}
    browser = Browser(raise_request_exception=False)
    answer = with_password(browser, officer)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert settings.SESSION_COOKIE_NAME not in browser.cookies
