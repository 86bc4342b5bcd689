"""Nothing but enrolment before a second factor: at every address, for every half-open session there is."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client as Browser
from django.urls import reverse

from portal.identity.middleware import ENROLMENT
from portal.models import User
from tests.house.addresses import Address, addresses
from tests.people import PASSWORD, House
from tests.portal.identity.signing import HOME, LOGIN, SECOND, code, factors, signed_in, with_password

ARGUMENTS = {
    "uuid": "01a20586-9893-7008-b016-2fe0f65d1431",
    "int": "1",
    "slug": "some-slug",
    "day": "2026-11-22",
}


def guarded() -> list[Address]:
    return [each for each in addresses() if getattr(each.view, "login_required", True)]


def url_of(address: Address) -> str:
    import re

    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda found: ARGUMENTS.get(found.group(1), "x"), address.pattern)
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)|[\^$]|\\Z", "1", filled)


def reached(browser: Browser) -> dict[str, str]:
    """What lets this browser through: anything but a redirect to the sign-in or the enrolment."""
    found = {}
    barred = (LOGIN, reverse("mfa_activate_totp"))
    for address in guarded():
        answer = browser.get(url_of(address))
        if answer.status_code == 302 and answer["Location"].partition("?")[0] in barred:
            continue
        found[address.name] = str(answer.status_code)
    return found


def test_a_newcomer_reaches_enrolment_only(officer: User) -> None:
    browser = Browser()
    with_password(browser, officer)
    assert set(reached(browser)) <= ENROLMENT


def test_a_password_alone_reaches_nothing_where_there_is_a_factor(officer: User, secret: str) -> None:
    browser = Browser()
    with_password(browser, officer)
    assert set(reached(browser)) <= {"mfa_authenticate"}


def test_a_newcomers_other_session_falls_when_the_factor_comes(officer: User) -> None:
    """Two browsers with the password; one enrols. The other has no factor, and may not stay."""
    other = Browser()
    with_password(other, officer)
    assert other.get(reverse("mfa_activate_totp")).status_code == 200
    Authenticator.objects.create(user=officer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert other.get(reverse("mfa_index"))["Location"].startswith(LOGIN)


def test_a_second_factor_cannot_be_added_by_a_session_that_gave_none(officer: User) -> None:
    other = Browser()
    with_password(other, officer)
    other.get(reverse("mfa_activate_totp"))
    Authenticator.objects.create(user=officer, type=Authenticator.Type.WEBAUTHN, data={"name": "k"})
    from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY

    secret = other.session.get(SECRET_SESSION_KEY)
    other.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert factors(officer) == ["webauthn"]


def test_a_recovery_code_opens_the_portal_and_says_what_to_do(officer: User, secret: str) -> None:
    recovery = RecoveryCodes.activate(officer).generate_codes()[0]
    browser = Browser()
    with_password(browser, officer)
    assert browser.post(SECOND, {"code": recovery}).status_code == 302
    assert browser.get(HOME).status_code == 200


def test_a_factor_that_is_removed_takes_the_other_sessions_with_it(officer: User, secret: str) -> None:
    Authenticator.objects.create(
        user=officer, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": {}}
    )
    lost, here = signed_in(officer, secret), signed_in(officer, secret)
    assert lost.get(HOME).status_code == 200
    here.post(reverse("mfa_deactivate_totp"))
    assert factors(officer) == ["webauthn"]
    assert lost.get(HOME)["Location"].startswith(LOGIN)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
def test_no_method_gets_past_the_gate(officer: User, method: str) -> None:
    browser = Browser()
    with_password(browser, officer)
    answer = getattr(browser, method)(HOME)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("mfa_activate_totp")


def test_a_reset_leaves_the_factors_alone(officer: User, secret: str, house: House) -> None:
    from django.core import mail

    from portal.identity.tasks import mail_password_reset

    RecoveryCodes.activate(officer)
    here = signed_in(officer, secret)
    mail_password_reset(str(officer.pk), "en")
    [link] = [line for line in mail.outbox[0].body.splitlines() if line.startswith("http")]
    thief = Browser()
    page = thief.get(link.removeprefix("http://localhost:8000"), follow=True)
    new = "whoever has the mailbox"
    form = {"password1": new, "password2": new}
    done = thief.post(page.redirect_chain[-1][0], form)
    assert done["Location"] == reverse("account_reset_password_from_key_done")
    assert thief.get(HOME)["Location"].startswith(LOGIN), "a reset signs nobody in"
    assert factors(officer) == ["recovery_codes", "totp"]
    assert here.get(HOME)["Location"].startswith(LOGIN), "and it signs everybody out"
    assert with_password(thief, officer, new)["Location"].startswith(SECOND)
    assert thief.get(HOME)["Location"].startswith(LOGIN)
    assert with_password(Browser(), officer, PASSWORD).status_code == 200
    # The link works once.
    again: Any = Browser().get(link.removeprefix("http://localhost:8000"), follow=True)
    assert "no longer works" in again.content.decode()


def test_a_link_fetched_by_a_mail_scanner_still_works_for_the_person(officer: User) -> None:
    from django.core import mail

    from portal.identity.tasks import mail_password_reset

    mail_password_reset(str(officer.pk), "en")
    [link] = [line for line in mail.outbox[0].body.splitlines() if line.startswith("http")]
    path = link.removeprefix("http://localhost:8000")
    for _ in range(2):
        Browser().head(path)
        Browser().get(path, follow=True)
    assert "password1" in Browser().get(path, follow=True).content.decode()
