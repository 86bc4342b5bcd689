"""Tokens that somebody else wrote, and answers that belong to another provider or to nobody's question."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client as Browser
from django.urls import reverse

from portal.identity.openid import flows
from portal.models import Agency, User
from tests.people import House
from tests.portal.openid.provider import CLIENT, SECRET, Provider, running
from tests.portal.openid.way import HOME, go, is_in, refused, sign_in


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned(claims: dict[str, Any], provider: Provider, algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'kid': 'one', 'typ': 'JWT'})}.{part(claims)}."


def by_shared_secret(claims: dict[str, Any], provider: Provider) -> str:
    return jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "one"})


def by_public_key(claims: dict[str, Any], provider: Provider) -> str:
    """The key that everyone may have, taken for a shared secret (RFC 8725, section 2.1)."""
    public = provider.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': 'one', 'typ': 'JWT'})}.{part(claims)}"
    seal = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"


FORGED: dict[str, Callable[[dict[str, Any], Provider], Any]] = {
    "alg none": lambda claims, provider: unsigned(claims, provider, "none"),
    "alg None": lambda claims, provider: unsigned(claims, provider, "None"),
    "no signature": lambda claims, provider: unsigned(claims, provider, "RS256"),
    "by the shared secret": by_shared_secret,
    "by the public key": by_public_key,
    "of an unknown key": lambda claims, provider: jwt.encode(
        claims, provider.key, algorithm="RS256", headers={"kid": "two"}
    ),
    "cut off": lambda claims, provider: jwt.encode(
        claims, provider.key, algorithm="RS256", headers={"kid": "one"}
    )[:-20],
    "no token": lambda claims, provider: "",
    "not a text": lambda claims, provider: {"a": 1},
    "nested": lambda claims, provider: "[" * 50_000,
    "a megabyte": lambda claims, provider: "A" * 1_000_000,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=[name.replace(" ", "-") for name in FORGED])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    forge: Any, set_up: Any, officer: User, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(amr_values=["mfa"])
    honest = provider.token

    def token(form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        nonce = provider.codes[form["code"]]["nonce"]
        now = int(time.time())
        claims = {"iss": provider.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        status, answer = honest(form)
        return status, answer | {"id_token": forge(claims | provider.person | {"amr": ["mfa"]}, provider)}

    monkeypatch.setattr(provider, "token", token)
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


@pytest.mark.parametrize("state", ["", "x", "\x00", "x" * 100_000, "../", "null"])
def test_an_answer_to_no_question_is_refused(
    state: str, set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    browser = Browser()
    place, _, query = go(browser, officer.email).partition("?")
    code = re.search(r"code=([^&]+)", query)
    assert code
    assert refused(browser, browser.get(place, {"code": code[1], "state": state}))


def test_an_answer_of_one_provider_is_none_of_another(
    set_up: Any, house: House, officer: User, provider: Provider, now: datetime
) -> None:
    """The mix-up (RFC 9207): the code of ours, brought to the address of the other agency's provider."""
    ours = set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    with running() as other:
        Agency.objects.filter(pk=house.other.pk).update(domains=["polisen.example"])
        given = {"issuer": other.url, "client_id": CLIENT, "client_secret": SECRET}
        theirs = flows.set_provider(house.other.pk, actor=house.lead, now=now, **given)  # type: ignore[arg-type]
        browser = Browser()
        back = go(browser, officer.email)
        assert str(ours.pk) in back
        answer = browser.get(back.replace(str(ours.pk), str(theirs.pk)))
        assert answer.status_code in (401, 403, 404)
        assert not is_in(browser)
        assert other.codes == {}, "nothing was sent there"


@pytest.mark.parametrize("error", ["access_denied", "<script>alert(1)</script>", "x" * 5000, "\x00"])
def test_what_a_provider_says_of_an_error_is_not_shown(
    error: str, set_up: Any, officer: User, provider: Provider
) -> None:
    set_up()
    browser = Browser()
    place, _, query = go(browser, officer.email).partition("?")
    state = re.search(r"state=([^&]+)", query)
    assert state
    answer = browser.get(place, {"error": error, "error_description": error, "state": state[1]})
    assert refused(browser, answer)
    assert "<script>alert" not in answer.content.decode()


def test_a_stranger_at_the_callback_is_refused_and_signed_in_nowhere(
    set_up: Any, officer: User, provider: Provider
) -> None:
    row = set_up()
    for query in ({}, {"code": "x"}, {"state": "x"}, {"error": "access_denied"}):
        browser = Browser()
        answer = browser.get(reverse("openid_connect_callback", args=[row.pk]), query)
        assert refused(browser, answer), query
    assert Browser().get(HOME).status_code == 302
