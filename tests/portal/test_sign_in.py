"""Signing in, through the real pages: a password, then a second factor, and nothing before both."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.identity.middleware import ENROLLED
from portal.identity.tasks import record_failed_sign_in
from portal.models import Agency, AuditEvent, Membership, User
from tests.people import PASSWORD, House

LOGIN = reverse("account_login")
CODE = reverse("mfa_authenticate")
HOME = reverse("home")
ENROL = reverse("mfa_activate_totp")


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def officer(house: House) -> User:
    return User.objects.get(pk=house.officer.person_id)


@pytest.fixture
def secret(officer: User) -> str:
    """The officer has an authenticator app."""
    secret = generate_totp_secret()
    TOTP.activate(officer, secret)
    return secret


def code(secret: str, steps: int = 0) -> str:
    """A code is good for its half minute only: at the very end of one, wait for the next."""
    if (left := 30 - time.time() % 30) < 3:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def with_password(browser: Browser, user: User, password: str = PASSWORD) -> Any:
    return browser.post(LOGIN, {"login": user.email, "password": password})


def signed_in(user: User, secret: str) -> Browser:
    browser = Browser()
    with_password(browser, user)
    assert browser.post(CODE, {"code": code(secret)})["Location"] == HOME
    return browser


def events() -> list[str]:
    return list(
        AuditEvent.objects.filter(event__startswith="people.").order_by("seq").values_list("event", flat=True)
    )


def test_a_password_and_a_code_open_the_portal(client: Browser, officer: User, secret: str) -> None:
    assert with_password(client, officer)["Location"].startswith(CODE)
    assert client.get(HOME)["Location"].startswith(LOGIN), "not before the code"
    assert client.post(CODE, {"code": code(secret)})["Location"] == HOME
    assert client.get(HOME).status_code == 200
    assert events() == ["people.signed_in", "people.device_met"]


@pytest.mark.django_db
def test_an_agency_without_access_is_shown_where_to_apply(client: Browser) -> None:
    assert f'href="{reverse("agencies-apply")}"' in client.get(LOGIN).content.decode()


@pytest.mark.parametrize("steps", [-10, 10])
def test_a_wrong_or_old_code_opens_nothing(client: Browser, officer: User, secret: str, steps: int) -> None:
    with_password(client, officer)
    assert client.post(CODE, {"code": code(secret, steps)}).status_code == 200
    assert client.get(HOME).status_code == 302


def test_a_code_opens_once(officer: User, secret: str) -> None:
    used = code(secret)
    first, second = Browser(), Browser()
    with_password(first, officer)
    with_password(second, officer)
    assert first.post(CODE, {"code": used}).status_code == 302
    assert second.post(CODE, {"code": used}).status_code == 200
    assert second.get(HOME)["Location"].startswith(LOGIN)


def test_a_recovery_code_opens_once(officer: User, secret: str) -> None:
    recovery = RecoveryCodes.activate(officer).generate_codes()[0]
    for expected in (302, 200):
        browser = Browser()
        with_password(browser, officer)
        assert browser.post(CODE, {"code": recovery}).status_code == expected


@pytest.mark.django_db(transaction=True)
def test_without_a_second_factor_only_its_enrolment_is_reachable(client: Browser, officer: User) -> None:
    assert with_password(client, officer).status_code == 302
    for name in ("home", "campaigns-list", "requests-list", "account_change_password", "sessions-list"):
        assert client.get(reverse(name))["Location"] == ENROL, name
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(ENROL).context["form"].secret
    assert client.post(ENROL, {"code": "000000"}).status_code == 200
    assert client.get(HOME)["Location"] == ENROL
    assert client.post(ENROL, {"code": code(secret)}).status_code == 302
    assert client.get(HOME).status_code == 200
    assert "people.second_factor_enrolled" in events()


def test_the_secret_is_kept_encrypted(officer: User, secret: str) -> None:
    kept = Authenticator.objects.get(user=officer).data["secret"]
    assert secret not in kept
    assert kept.startswith("gAAAA")  # a Fernet token


def test_the_last_factor_stays(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    browser.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=officer, type=Authenticator.Type.TOTP).exists()


def test_what_guards_the_factors_does_not_open_to_a_password(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    session = browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [each | {"at": each["at"] - 3600} for each in records]
    session.save()
    page = reverse("mfa_add_webauthn")
    assert browser.get(page).status_code == 302
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert browser.get(page).status_code == 302
    assert browser.get(page, follow=True).redirect_chain[-1][0].startswith(reverse("mfa_reauthenticate"))


def test_the_session_is_a_new_one_after_signing_in(client: Browser, officer: User, secret: str) -> None:
    client.get(LOGIN)
    with_password(client, officer)
    before = client.session.session_key
    response = client.post(CODE, {"code": code(secret)})
    assert client.session.session_key != before
    cookie = response.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"], "it ends with the browser"


def test_a_stranger_and_a_wrong_password_get_the_same_answer(
    client: Browser, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks: list[tuple[Any, ...]] = []
    monkeypatch.setattr(record_failed_sign_in, "delay", lambda *given: tasks.append(given))
    wrong = client.post(LOGIN, {"login": officer.email, "password": "wrong"})
    unknown = client.post(LOGIN, {"login": "nobody@police.example", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert [len(task) for task in tasks] == [5, 5], "the same work for both"
    for task in tasks:
        record_failed_sign_in(*task)
    # What strangers type is not kept.
    assert events() == ["people.sign_in_failed"]


def test_guessing_is_stopped_even_before_the_right_password(
    client: Browser, officer: User, secret: str
) -> None:
    for attempt in range(12):
        client.post(LOGIN, {"login": officer.email, "password": f"guess {attempt}"})
    response = with_password(client, officer)
    assert response.status_code in (200, 429)
    assert client.get(CODE)["Location"].startswith(LOGIN)


def test_guessing_codes_is_stopped_too(client: Browser, officer: User, secret: str) -> None:
    with_password(client, officer)
    for attempt in range(12):
        client.post(CODE, {"code": f"{attempt:06}"})
    client.post(CODE, {"code": code(secret)})
    assert client.get(HOME).status_code == 302


@pytest.mark.parametrize("ending", ["agency suspended", "role ended", "account closed"])
def test_whoever_loses_the_standing_is_out_at_the_next_page(
    house: House, officer: User, secret: str, ending: str
) -> None:
    browser = signed_in(officer, secret)
    if ending == "agency suspended":
        Agency.objects.filter(pk=house.ours.pk).update(status="suspended")
    elif ending == "role ended":
        Membership.objects.filter(user=officer).update(ended_at=timezone.now())
    else:
        User.objects.filter(pk=officer.pk).update(is_active=False)
    assert browser.get(HOME).status_code == (302 if ending == "account closed" else 403)
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_a_person_of_a_suspended_agency_cannot_come_back(house: House, officer: User, secret: str) -> None:
    Agency.objects.filter(pk=house.ours.pk).update(status="suspended")
    browser = Browser()
    with_password(browser, officer)
    browser.post(CODE, {"code": code(secret)})
    assert "Your agency has no access" in browser.get(HOME).content.decode()
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_signing_out_ends_the_session_and_is_recorded(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    kept = browser.session.session_key
    browser.post(reverse("account_logout"))
    assert browser.get(HOME)["Location"].startswith(LOGIN)
    stolen = Browser()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert stolen.get(HOME).status_code == 302
    assert events()[-1] == "people.signed_out"


@pytest.mark.django_db(transaction=True)
def test_another_session_can_be_ended_from_here(officer: User, secret: str) -> None:
    here, there = Browser(headers={"user-agent": "here"}), Browser(headers={"user-agent": "there"})
    for browser in (here, there):
        browser.force_login(officer)
        session = browser.session
        session[ENROLLED] = True
        session.save()
        assert browser.get(HOME).status_code == 200
    here.post(reverse("sessions-end-others"))
    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 302


def test_activity_is_noted_once_a_minute_and_another_browser_at_once(officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    browser.get(HOME)
    with CaptureQueriesContext(connection) as counted:
        browser.get(HOME)
    assert not [each["sql"] for each in counted if "usersessions" in each["sql"]]
    browser.get(HOME, headers={"user-agent": "stolen"})
    assert UserSession.objects.get().user_agent == "stolen"


def test_a_page_of_a_person_is_not_kept_by_the_browser(officer: User, secret: str) -> None:
    assert "no-store" in signed_in(officer, secret).get(HOME)["Cache-Control"]


def test_nobody_signs_up(client: Browser, db: None) -> None:
    assert client.get("/account/signup/").status_code in (302, 404)
    assert client.post("/account/signup/", {"email": "a@b.example", "password1": PASSWORD}).status_code in (
        302,
        404,
    )
    assert not User.objects.exists()
