"""Answers that a key could sign and no key would: every field of every type, and hostile CBOR.

They fit the challenge and are well signed, so that what is odd in them is met where it does harm: at the
package that takes them apart, at the database, at the next sign-in.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_encode

from portal.identity.credentials import MISREAD
from portal.models import User
from tests.portal.identity.signing import FIREFOX, HOME, signed_in
from tests.portal.identity.softkey import (
    ADD,
    FIELDS,
    KEY,
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

# Parts of the one answer that the other has not.
OF_A_NEW_KEY = {"response.attestationObject"}
OF_A_SIGN_IN = {"response.authenticatorData", "response.signature", "response.userHandle"}


@pytest.fixture
def browser(officer: User, secret: str) -> Browser:
    return signed_in(officer, secret)


def keys() -> list[Authenticator]:
    return list(Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN))


@pytest.fixture
def enrolled(browser: Browser, officer: User) -> SoftKey:
    key = SoftKey()
    answer = sent(browser, ADD, key.made(asked_to_add(browser)))
    assert answer.status_code == 302, answer.context["form"].errors
    return key


def test_an_honest_key_is_enrolled_and_signs_in(enrolled: SoftKey, officer: User) -> None:
    [kept] = keys()
    assert set(kept.data["credential"]) == {
        "id",
        "rawId",
        "type",
        "response",
        "authenticatorAttachment",
        "clientExtensionResults",
    }
    stranger = Browser(headers={"user-agent": FIREFOX})
    sent(stranger, SIGN_IN, enrolled.signed(asked_to_sign_in(stranger), officer.pk))
    assert stranger.get(HOME).status_code == 200


@pytest.mark.parametrize("path", FIELDS)
def test_no_part_of_a_sign_in_may_be_of_another_kind(path: str, enrolled: SoftKey, officer: User) -> None:
    stranger = Browser(headers={"user-agent": FIREFOX})
    for name, value in ODD.items():
        if value is None and path in OF_A_NEW_KEY:
            continue
        credential = enrolled.signed(asked_to_sign_in(stranger), officer.pk)
        answer = sent(stranger, SIGN_IN, changed(credential, path, value))
        assert answer.status_code in (302, 400), name
        assert stranger.get(HOME).status_code == 302, f"{path} was {name}, and let in"


@pytest.mark.parametrize("path", FIELDS)
def test_no_part_of_a_new_key_may_be_of_another_kind(path: str, browser: Browser) -> None:
    for name, value in ODD.items():
        if value is None and path in OF_A_SIGN_IN:
            continue
        credential = changed(SoftKey().made(asked_to_add(browser)), path, value)
        answer = sent(browser, ADD, credential)
        assert answer.status_code in (200, 400), name
        assert not keys(), f"{path} was {name}, and was kept"


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_a_browser_tells_of_itself_is_kept_only_as_it_is_used(value: Any, browser: Browser) -> None:
    """A list where an object belongs would break the page of one's keys for good."""
    for path in (
        "authenticatorAttachment",
        "clientExtensionResults",
        "clientExtensionResults.credProps",
        "clientExtensionResults.credProps.rk",
        "response.transports",
        "unheard-of",
    ):
        answer = sent(browser, ADD, changed(SoftKey().made(asked_to_add(browser)), path, value))
        assert answer.status_code in (200, 302, 400)
        for kept in keys():
            assert "unheard-of" not in kept.data["credential"]
            assert kept.data["credential"]["response"].keys() == {"clientDataJSON", "attestationObject"}
        assert browser.get(reverse("mfa_list_webauthn")).status_code == 200
        Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).delete()


HOSTILE = {
    "nothing": b"",
    "cut off": b"\xa3\x63fmt",
    "cut off in a length": b"\x19\x01",
    "an endless text": b"\x7b" + b"\xff" * 8,
    "an endless list": b"\x9b" + b"\xff" * 8,
    "an endless map": b"\xbb" + b"\xff" * 8,
    "lists in lists": b"\x81" * 12_000,
    "maps in maps": b"\xa1\x00" * 6_000,
    "a list as a key": b"\xa1\x80\x00",
    "of unknown length": b"\x9f\x00\xff",
    "a tag": b"\xc0\x00",
    "a fraction": b"\xf9\x7e\x00",
    "half a character": b"\x63\xed\xa0\x80",
    "no text at all": b"\x62\xff\xfe",
    "something after the end": b"\x00\x00",
    "a number": b"\x00",
    "an empty map": b"\xa0",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=lambda data: data[:6].hex() or "nothing")
def test_hostile_cbor_is_no_key(data: bytes, browser: Browser, officer: User) -> None:
    """As the whole attestation, as its data, and as what stands behind the data."""
    whole = {"attestation": data}
    within = {"attestation": cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})}
    behind = {"flags": PRESENT | VERIFIED | KEY | MORE, "tail": data}
    as_key = {"attestation": cbor.encode({"fmt": "none", "attStmt": {}, "authData": with_key(data)})}
    for changes in (whole, within, as_key, behind):
        assert sent(browser, ADD, SoftKey().made(asked_to_add(browser), **changes)).status_code in (200, 302)
    # What stands behind may be any one value: the standard lets a key say more.
    well_read = False
    with suppress(*MISREAD):
        well_read = bool(data) and cbor.decode(data) is not None
    assert len(keys()) == int(well_read)
    assert browser.get(reverse("mfa_list_webauthn")).status_code == 200


def with_key(data: bytes) -> bytes:
    return SITE + bytes([PRESENT | VERIFIED | KEY]) + bytes(4) + bytes(16) + b"\x00\x04aaaa" + data


@pytest.mark.parametrize("data", HOSTILE.values(), ids=lambda data: data[:6].hex() or "nothing")
def test_hostile_cbor_signs_nobody_in(data: bytes, enrolled: SoftKey, officer: User) -> None:
    stranger = Browser(headers={"user-agent": FIREFOX})
    more = SITE + bytes([PRESENT | VERIFIED | KEY | MORE]) + bytes(4) + data
    for signed in (data, SITE + data, more):
        credential = enrolled.signed(asked_to_sign_in(stranger), officer.pk, data=signed or b"\x00")
        assert sent(stranger, SIGN_IN, credential).status_code == 302
        assert stranger.get(HOME).status_code == 302


LYING_KEYS: dict[str, Callable[[SoftKey], dict[str, Any]]] = {
    "without a key": lambda key: {"flags": PRESENT | VERIFIED},
    "by another key's name": lambda key: {"named": b"another"},
    "without a name": lambda key: {"key_id": b""},
    "with an endless name": lambda key: {"key_id": b"a" * 5000},
    "of a kind that nobody can verify": lambda key: {"public": CoseKey({1: 2, 3: -65000})},
    "on another curve": lambda key: {"public": CoseKey({**key.public, -1: 3})},
    "off its curve": lambda key: {"public": CoseKey({**key.public, -2: b"\x01" * 32})},
    "with numbers that are none": lambda key: {"public": CoseKey({**key.public, -2: "x", -3: []})},
    "with a part missing": lambda key: {"public": CoseKey({1: 2, 3: -7})},
    "an RSA key of no length": lambda key: {"public": CoseKey({1: 3, 3: -257, -1: b"", -2: b""})},
    "of nobody verified": lambda key: {"flags": PRESENT | KEY},
    "of nobody present": lambda key: {"flags": VERIFIED | KEY},
}


@pytest.mark.parametrize("lie", LYING_KEYS.values(), ids=[name.replace(" ", "-") for name in LYING_KEYS])
def test_a_key_that_could_never_open_is_not_enrolled(lie: Any, browser: Browser) -> None:
    key = SoftKey()
    page = sent(browser, ADD, key.made(asked_to_add(browser), **lie(key)))
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not keys()


def test_a_key_enrolled_by_one_account_is_not_enrolled_by_another_spelling(
    enrolled: SoftKey, browser: Browser
) -> None:
    made = enrolled.made(asked_to_add(browser))
    spelt = made["rawId"][:-1] + chr(ord(made["rawId"][-1]) + 1)
    for other in ({"rawId": spelt, "id": spelt}, {"rawId": made["rawId"] + "=="}):
        sent(browser, ADD, {**made, **other})
        assert len(keys()) == 1
    page = sent(browser, ADD, made)
    assert "registered already" in page.content.decode()


@pytest.mark.parametrize(
    "handle",
    ["\udc80".encode("utf-8", "surrogatepass"), b"0", b"-1", b"9" * 60, b"\x00", b"../admin", b"\xff"],
)
def test_a_user_handle_that_names_nobody(handle: bytes, enrolled: SoftKey, officer: User) -> None:
    stranger = Browser(headers={"user-agent": FIREFOX})
    credential = enrolled.signed(asked_to_sign_in(stranger), officer.pk)
    answer = sent(stranger, SIGN_IN, changed(credential, "response.userHandle", websafe_encode(handle)))
    assert answer.status_code == 302
    assert stranger.get(HOME).status_code == 302
