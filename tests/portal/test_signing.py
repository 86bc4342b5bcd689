"""Signatures: over what they say, by keys we know, for one purpose only."""

import base64
import json
from io import StringIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.checks import run_checks
from django.core.management import call_command
from django.urls import reverse

from portal.kernel.signing import BadSignature, Keyring, decoded, public_keys, thumbprint, verify

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()
KIND = "test/thing"


def signed(seeds: list[str], **content: Any) -> tuple[dict[str, Any], str, Keyring]:
    keyring = Keyring(seeds)
    return *keyring.sign(KIND, content), keyring


def test_what_was_signed_verifies() -> None:
    document, signature, keyring = signed([NEW], number=7, name="Zoë 漢")
    keyring.verify(document, signature, typ=KIND)
    verify(document, signature, typ=KIND, keys=public_keys(keyring.jwks()))
    assert document == {"number": 7, "name": "Zoë 漢", "typ": KIND, "key": keyring.key_id}


@pytest.mark.parametrize(
    "change", [{"number": 8}, {"more": 1}, {"number": "7"}, {"number": 7.5}, {"number": float("nan")}]
)
def test_another_content_does_not_verify(change: dict[str, Any]) -> None:
    document, signature, keyring = signed([NEW], number=7)
    with pytest.raises(BadSignature, match="does not fit"):
        keyring.verify(document | change, signature, typ=KIND)


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    document, signature, keyring = signed([NEW])
    with pytest.raises(BadSignature, match="no audit"):
        keyring.verify(document, signature, typ="audit")
    with pytest.raises(BadSignature, match="does not fit"):
        keyring.verify(document | {"typ": "audit"}, signature, typ="audit")


@pytest.mark.parametrize("name", ["typ", "key"])
def test_content_cannot_choose_its_purpose_or_key(name: str) -> None:
    with pytest.raises(ValueError, match="for the keyring"):
        Keyring([NEW]).sign(KIND, {name: "x"})


def test_a_new_first_key_signs_and_the_old_one_still_verifies() -> None:
    document, signature, _ = signed([OLD])
    rotated = Keyring([NEW, OLD])
    rotated.verify(document, signature, typ=KIND)
    assert rotated.sign(KIND, {})[0]["key"] != document["key"]
    with pytest.raises(BadSignature, match="not known"):
        Keyring([NEW]).verify(document, signature, typ=KIND)


@pytest.mark.parametrize("change", [lambda s: s + "=", lambda s: s[:-1], lambda s: s + "AA", lambda s: "",
                                    lambda s: s.replace(s[0], "+", 1), lambda s: s[:-1] + "漢"])  # fmt: skip
def test_a_signature_has_one_spelling(change: Any) -> None:
    document, signature, keyring = signed([NEW])
    with pytest.raises(BadSignature):
        keyring.verify(document, change(signature), typ=KIND)


def test_a_spare_bit_in_the_last_letter_is_another_spelling() -> None:
    _, signature, _ = signed([NEW])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = signature[:-1] + alphabet[alphabet.index(signature[-1]) + 1]
    with pytest.raises(ValueError, match="not base64url"):
        decoded(other)


def test_a_key_is_named_by_its_rfc_7638_thumbprint() -> None:
    # RFC 8037, appendix A.3.
    key = Ed25519PublicKey.from_public_bytes(decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_names_in_a_set_of_keys_are_not_believed() -> None:
    document, signature, keyring = signed([NEW])
    mine = Keyring([OLD]).jwks()
    mine["keys"][0]["kid"] = keyring.key_id
    with pytest.raises(BadSignature, match="not known"):
        verify(document, signature, typ=KIND, keys=public_keys(mine))


@pytest.mark.parametrize(
    "seeds", [[], ["short"], ["AAAA"], [NEW, "?"], [base64.b64encode(b"x" * 33).decode()]]
)
def test_a_bad_key_stops_the_start(settings: Any, seeds: list[str]) -> None:
    settings.SIGNING_KEYS = seeds
    assert "portal.E005" in {error.id for error in run_checks()}


def test_everyone_may_have_the_public_keys_and_nobody_the_private_ones(client: Any, settings: Any) -> None:
    settings.SIGNING_KEYS = [NEW, OLD]
    answer = client.get(reverse("signing-keys"))
    assert answer.status_code == 200
    given = json.loads(answer.content)
    documents = [key["kid"] for key in given["keys"] if key["purpose"] == "documents"]
    assert documents == [Keyring([NEW]).key_id, Keyring([OLD]).key_id]
    snapshots = [key["kid"] for key in given["keys"] if key["purpose"] == "snapshots"]
    assert snapshots == [Keyring(settings.DELIVERY_KEYS).key_id]
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "purpose"} for key in given["keys"])
    said = StringIO()
    call_command("signing_keys", stdout=said)
    assert json.loads(said.getvalue()) == given


def test_a_new_seed_is_one(settings: Any) -> None:
    said = StringIO()
    call_command("signing_keys", "--new", stdout=said)
    assert Keyring([said.getvalue().strip()]).key_id
