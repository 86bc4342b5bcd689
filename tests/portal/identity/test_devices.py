"""A browser once signed in with is known; a new one is told of and waits; a cookie opens nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.access import check_cooled
from portal.identity import flows
from portal.identity.browsers import browser_of
from portal.identity.devices import cookie_name, digest
from portal.identity.people import actor_for
from portal.kernel.errors import Forbidden
from portal.models import AuditEvent, KnownDevice, Notice, User
from portal.models.device import device_label
from portal.models.notice import NoticeKind
from portal.notices.tasks import mail as mail_task
from tests.people import House
from tests.portal.identity.signing import (
    CHROME,
    FIREFOX,
    HOME,
    code,
    events,
    new_app,
    signed_in,
    with_password,
)


def device_of(browser: Browser, user: User) -> KnownDevice:
    token = browser.cookies[cookie_name(user.pk)].value
    return KnownDevice.objects.get(token_sha256=digest(token))


def later(browser: Browser, user: User, secret: str) -> Browser:
    """Signed out, and in again with the same cookie."""
    browser.post(reverse("account_logout"))
    return signed_in(user, secret, browser=browser)


def actor_in(browser: Browser) -> Any:
    return browser.get(HOME).wsgi_request.actor


def test_the_first_device_is_known_without_a_word(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    device = device_of(browser, officer)
    assert (str(device), device.ip, device.is_first) == ("Firefox on Linux", "127.0.0.1", True)
    assert not Notice.objects.filter(kind=NoticeKind.DEVICE_NEW).exists()
    assert actor_in(browser).cooling_until is None, "the new officer's cool-off covers it"
    assert AuditEvent.objects.get(event="people.device_met").data["first"] is True


def test_a_second_one_is_told_and_recorded_and_cools_off(officer: User, secret: str, now: Any) -> None:
    signed_in(officer, secret)
    other = signed_in(officer, secret, agent=CHROME)
    device = device_of(other, officer)
    notice = Notice.objects.get(kind=NoticeKind.DEVICE_NEW)
    assert (notice.person, notice.path) == (officer, reverse("sessions-list"))
    assert events().count("people.device_met") == 2
    actor = actor_in(other)
    assert actor.cooling_until is not None
    assert abs(actor.cooling_until - device.first_seen - timedelta(hours=24)) < timedelta(seconds=1)
    with pytest.raises(Forbidden) as refused:
        check_cooled(actor, timezone.now())
    assert refused.value.code == "cooling-off"
    check_cooled(actor, actor.cooling_until)


def test_the_mail_says_that_it_happened_and_no_more(officer: User, secret: str) -> None:
    signed_in(officer, secret)
    signed_in(officer, secret, agent=CHROME)
    mail_task(str(Notice.objects.get(kind=NoticeKind.DEVICE_NEW).pk))
    [message] = mail.outbox
    assert message.subject == "A new device signed in to your account"
    assert "/account/sessions/" in message.body
    for word in ("Chrome", "Windows", "127.0.0.1", "Firefox"):
        assert word not in message.body


def test_the_same_device_is_met_again_without_a_word(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    first = device_of(browser, officer)
    later(browser, officer, secret)
    again = device_of(browser, officer)
    assert again.pk == first.pk
    assert again.last_seen > first.last_seen
    assert KnownDevice.objects.count() == 1
    assert not Notice.objects.filter(kind=NoticeKind.DEVICE_NEW).exists()


def test_clearing_cookies_only_makes_a_new_device(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    browser.cookies.clear()
    signed_in(officer, secret, browser=browser)
    assert KnownDevice.objects.filter(person=officer).count() == 2
    assert actor_in(browser).cooling_until is not None


def test_the_cool_off_ends_by_itself(officer: User, secret: str) -> None:
    signed_in(officer, secret)
    other = signed_in(officer, secret, agent=CHROME)
    KnownDevice.objects.filter(is_first=False).update(first_seen=timezone.now() - timedelta(hours=25))
    assert actor_in(later(other, officer, secret)).cooling_until is None


def test_the_later_of_both_cool_offs_counts(officer: User) -> None:
    membership = officer.memberships.get()
    for joined_hours_ago, device_hours_left, expected in ((1, 10, 71), (70, 10, 10), (100, None, None)):
        now = timezone.now()
        type(membership).objects.update(joined_at=now - timedelta(hours=joined_hours_ago))
        device_until = now + timedelta(hours=device_hours_left) if device_hours_left else None
        actor = actor_for(officer, device_cooling_until=device_until)
        assert actor is not None
        wanted = now + timedelta(hours=expected) if expected else None
        got = actor.cooling_until
        assert (got is None) if wanted is None else abs(got - wanted) < timedelta(seconds=2)


def test_the_cookie_is_the_persons_alone_and_out_of_reach_of_scripts(officer: User, secret: str) -> None:
    browser = Browser()
    with_password(browser, officer)
    answer = browser.post(reverse("mfa_authenticate"), {"code": code(secret)})
    cookie = answer.cookies[cookie_name(officer.pk)]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert cookie["max-age"] == 400 * 24 * 3600
    assert len(cookie.value) >= 43
    assert str(officer.pk) not in cookie.key
    assert not KnownDevice.objects.filter(token_sha256=cookie.value).exists(), "the table makes no cookie"


def test_a_password_alone_makes_no_device(officer: User, secret: str) -> None:
    browser = Browser()
    assert cookie_name(officer.pk) not in with_password(browser, officer).cookies
    assert not KnownDevice.objects.exists()


def test_a_copied_cookie_of_another_person_gives_nothing(house: House, officer: User, secret: str) -> None:
    victim = signed_in(officer, secret)
    token = victim.cookies[cookie_name(officer.pk)].value
    thief = User.objects.get(pk=house.second_officer.person_id)
    phone = new_app(thief)
    signed_in(thief, phone)  # a first device of their own
    browser = Browser(headers={"user-agent": FIREFOX})
    browser.cookies[cookie_name(officer.pk)] = token
    browser.cookies[cookie_name(thief.pk)] = token
    assert browser.get(HOME).status_code == 302, "it opens nothing"
    signed_in(thief, phone, browser=browser)
    assert device_of(browser, thief).person == thief
    assert browser.cookies[cookie_name(thief.pk)].value != token
    assert actor_in(browser).cooling_until is not None


@pytest.mark.parametrize("token", ["", "x" * 5000, "a\x00b", "<script>", "\xe2\x80\xae"])
def test_a_hostile_cookie_is_no_device(officer: User, secret: str, token: str) -> None:
    browser = Browser(headers={"user-agent": FIREFOX})
    browser.cookies[cookie_name(officer.pk)] = token
    signed_in(officer, secret, browser=browser)
    assert KnownDevice.objects.count() == 1
    assert len(browser.cookies[cookie_name(officer.pk)].value) >= 1


@pytest.mark.django_db(transaction=True)
def test_two_first_devices_at_the_same_instant_are_one_first_and_one_new(officer: User, at_once: Any) -> None:
    actor = actor_for(officer)
    assert actor is not None

    def meet(token: str) -> Any:
        return flows.meet(
            digest(token), actor=actor, now=timezone.now(), browser="", system="", ip="203.0.113.1"
        )

    devices = at_once(lambda: meet("a"), lambda: meet("b"))
    assert sorted(device.is_first for device in devices) == [False, True]
    assert Notice.objects.filter(kind=NoticeKind.DEVICE_NEW).count() == 1
    connection.close()


def test_the_database_keeps_one_first_device_of_a_person(officer: User) -> None:
    now = timezone.now()
    KnownDevice.objects.create(person=officer, token_sha256="a", first_seen=now, last_seen=now, is_first=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        KnownDevice.objects.create(
            person=officer, token_sha256="b", first_seen=now, last_seen=now, is_first=True
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        KnownDevice.objects.create(
            person=officer, token_sha256="c", first_seen=now, last_seen=now - timedelta(1)
        )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iOS",
        ),
        (CHROME + " Edg/140.0.0.0", "Edge on Windows"),
        ("<img src=x onerror=alert(1)> Firefox‮", "Unknown browser"),
        ("Evil/1.0 (Windows NT 10.0; call 911)", "Windows"),
        ("A" * 200_000, "Unknown browser"),
        ("Mozilla/5.0 (" * 20_000, "Unknown browser"),
        ("\x00", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_only_names_we_know_are_shown(sent: str, shown: str) -> None:
    assert device_label(*browser_of(sent)) == shown


def test_a_page_asks_nothing_of_the_devices(officer: User, secret: str) -> None:
    from django.test.utils import CaptureQueriesContext

    browser = signed_in(officer, secret)
    browser.get(HOME)
    with CaptureQueriesContext(connection) as counted:
        browser.get(HOME)
    assert not [each for each in counted if "knowndevice" in each["sql"]]


def test_over_https_the_cookies_belong_to_this_host_alone() -> None:
    assert settings.DEVICE_COOKIE_NAME == "portal_device"  # the tests speak http
    source = (settings.BASE_DIR / "portal" / "settings.py").read_text()
    assert 'DEVICE_COOKIE_NAME = f"{_prefix}portal_device"' in source
    assert '_prefix = "__Host-" if HTTPS else ""' in source
