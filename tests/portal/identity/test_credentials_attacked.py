"""What no key ever said: nested, endless, half a character. Each is refused, and none ends in an error."""

import base64
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from portal.models import User
from tests.portal.identity.signing import FIREFOX, SECOND, signed_in, with_password

pytestmark = pytest.mark.django_db

DEEP = "[" * 20_000


def said(client_data: str) -> str:
    """A credential whose own words a browser never wrote."""
    encoded = base64.urlsafe_b64encode(client_data.encode()).decode().rstrip("=")
    response = {"clientDataJSON": encoded, "authenticatorData": "AAAA", "signature": "AAAA"}
    return json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response})


def with_half_a_character() -> str:
    client = {"type": "webauthn.get", "challenge": "a", "origin": settings.BASE_URL, "crossOrigin": False}
    return said(json.dumps(client)).replace('"id": "AAAA"', '"id": "\\ud800"')


CREDENTIALS = {
    "nested": DEEP,
    "nested within": said(DEEP),
    "an endless number": "9" * 10_000,
    "an endless number within": said("9" * 10_000),
    "half a character": '"\\ud800"',
    "half a character within": with_half_a_character(),
    "a text": '"a"',
    "a list": "[{}]",
    "nothing": "null",
    "empty": "{}",
}


@pytest.fixture(params=CREDENTIALS, ids=lambda name: name.replace(" ", "-"))
def credential(request: Any) -> str:
    return CREDENTIALS[request.param]


def refused(browser: Browser, place: str, credential: str) -> None:
    answer = browser.post(place, {"credential": credential, "name": "Key"})
    assert answer.status_code in (200, 302)
    if answer.status_code == 302:
        assert answer["Location"].partition("?")[0] in (reverse("account_login"), place)
    else:
        assert DEEP[:50] not in answer.content.decode()


def test_a_stranger_who_signs_in_with_a_key(credential: str) -> None:
    refused(Browser(), reverse("mfa_login_webauthn"), credential)


def test_the_second_step(credential: str, officer: User, secret: str) -> None:
    browser = Browser(headers={"user-agent": FIREFOX})
    with_password(browser, officer)
    refused(browser, SECOND, credential)
    assert browser.get(reverse("home")).status_code == 302


def test_a_new_key_and_a_fresh_proof(credential: str, officer: User, secret: str) -> None:
    browser = signed_in(officer, secret)
    refused(browser, reverse("mfa_add_webauthn"), credential)
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()
    Authenticator.objects.create(
        user=officer,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "key", "credential": {}},
    )
    place = reverse("mfa_reauthenticate_webauthn")
    refused(browser, place, credential)
