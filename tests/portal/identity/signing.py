"""Signing in through the real pages, with made-up phones."""

import time
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.models import AuditEvent, User
from tests.people import PASSWORD

LOGIN = reverse("account_login")
SECOND = reverse("mfa_authenticate")
PROVE = reverse("mfa_reauthenticate")
HOME = reverse("home")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)


def new_app(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, steps: int = 0) -> str:
    """A code is good for its half minute only: at the very end of one, wait for the next."""
    if (left := 30 - time.time() % 30) < 3:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def used_codes_forgotten() -> None:
    """As if a half minute had gone by: the same code may be given again."""
    cache.delete_many([key for key in _keys() if "mfa.totp.used" in key])


def _keys() -> list[str]:
    client = cache._cache.get_client()
    return [key.decode().split(":", 2)[2] for key in client.keys("*")]


def with_password(browser: Browser, user: User, password: str = PASSWORD, **extra: Any) -> Any:
    return browser.post(LOGIN, {"login": user.email, "password": password}, **extra)


def signed_in(user: User, secret: str, *, browser: Browser | None = None, agent: str = FIREFOX) -> Browser:
    browser = browser or Browser(headers={"user-agent": agent})
    with_password(browser, user)
    answer = browser.post(SECOND, {"code": code(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    used_codes_forgotten()
    return browser


def aged(browser: Browser, minutes: float = 10) -> Browser:
    """As if the session had proved its factor so long ago."""
    session = browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [each | {"at": each["at"] - minutes * 60} for each in records]
    session.save()
    return browser


def left_alone(browser: Browser, minutes: float = 45) -> None:
    """As if nobody had opened a page in this session for so long."""
    key = browser.session.session_key
    cache.delete(f"session-seen.{key}")
    seen = timezone.now() - timedelta(minutes=minutes)
    UserSession.objects.filter(session_key=key).update(last_seen_at=seen)


def events(prefix: str = "people.") -> list[str]:
    found = AuditEvent.objects.filter(event__startswith=prefix).order_by("seq")
    return list(found.values_list("event", flat=True))


def factors(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
