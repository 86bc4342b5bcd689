"""Any answer at all in a key's place: what takes memory or time is refused before it is taken apart."""

import json
import time
from typing import Any

import pytest
from django.test import Client as Browser
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.identity.credentials import MISREAD, TEXT_MAX, well_formed
from portal.models import User
from tests.portal.identity.signing import FIREFOX, HOME, signed_in
from tests.portal.identity.softkey import (
    ADD,
    FIELDS,
    MORE,
    ODD,
    PRESENT,
    SIGN_IN,
    SITE,
    VERIFIED,
    SoftKey,
    asked_to_add,
    asked_to_sign_in,
    changed,
    sent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolled(officer: User, secret: str) -> SoftKey:
    browser = signed_in(officer, secret)
    key = SoftKey()
    sent(browser, ADD, key.made(asked_to_add(browser)))
    return key


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_was_asked_for_is_a_text(value: Any, enrolled: SoftKey, officer: User) -> None:
    """Within what the browser says for itself: the challenge, the kind, the site."""
    for said in ("challenge", "type", "origin", "crossOrigin"):
        stranger = Browser(headers={"user-agent": FIREFOX})
        credential = enrolled.signed(asked_to_sign_in(stranger), officer.pk)
        client = json.loads(websafe_decode(credential["response"]["clientDataJSON"]))
        words = websafe_encode(json.dumps({**client, said: value}).encode())
        answer = sent(stranger, SIGN_IN, changed(credential, "response.clientDataJSON", words))
        assert answer.status_code in (302, 400)
        assert stranger.get(HOME).status_code == 302


def test_a_stranger_takes_no_memory() -> None:
    """A number where a text belongs was made into so many zeros."""
    for credential in (
        {"rawId": 10**14},
        changed(SoftKey().signed("AAAA", "a"), "response.signature", 10**14),
    ):
        assert sent(Browser(), SIGN_IN, credential).status_code == 302


def test_a_stranger_keeps_no_process_busy() -> None:
    """A list of small numbers is copied once for every number; a megabyte of them took minutes."""
    numbers = (
        SITE + bytes([PRESENT | VERIFIED | MORE]) + bytes(4) + b"\x9a\x00\x0a\x00\x00" + b"\x00" * 650_000
    )
    stranger = Browser(headers={"user-agent": FIREFOX})
    credential = SoftKey().signed(asked_to_sign_in(stranger), "anybody", data=numbers)
    began = time.monotonic()
    assert sent(stranger, SIGN_IN, credential).status_code == 302
    assert time.monotonic() - began < 5


def test_a_body_beyond_a_megabyte_is_refused_unread() -> None:
    assert Browser().post(SIGN_IN, {"credential": "A" * 1_100_000}).status_code == 400


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=40)
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.sampled_from(FIELDS), json_values)
def test_anything_anywhere_is_either_well_formed_or_refused(path: str, value: Any) -> None:
    honest = SoftKey().signed("AAAA", "somebody")
    try:
        kept = well_formed(json.dumps(changed(honest, path, value)))
    except MISREAD:
        return
    assert kept.keys() <= {
        "id",
        "rawId",
        "type",
        "response",
        "authenticatorAttachment",
        "clientExtensionResults",
    }
    assert all(isinstance(part, str) for part in kept["response"].values())


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200) | st.just("[" * TEXT_MAX) | st.just("9" * TEXT_MAX))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(MISREAD):
        well_formed(text)
