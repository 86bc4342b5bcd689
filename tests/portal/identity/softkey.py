"""A security key made of Python: whatever a key can sign, and whatever no key would."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestedCredentialData, AuthenticatorData

ADD = reverse("mfa_add_webauthn")
SIGN_IN = reverse("mfa_login_webauthn")
SITE = sha256(b"localhost")
PRESENT, VERIFIED, KEY, MORE = 0x01, 0x04, 0x40, 0x80


ODD: dict[str, Any] = {
    "nothing": None,
    "yes": True,
    "a-number": 7,
    "more-bytes-than-there-are": 10**14,
    "an-endless-number": int("9" * 4000),
    "not-a-number": float("nan"),
    "infinity": float("inf"),
    "a-list": ["AAAA"],
    "an-object": {"AAAA": "AAAA"},
    "no-text": "",
    "padded": "AAAA====",
    "badly-padded": "AA=A",
    "one-letter-too-many": "AAAAA",
    "spare-bits": "AAF",
    "with-a-space": "AA AA",
    "of-the-other-alphabet": "++//",
    "half-a-character": "\ud800",
    "a-zero": "AA\x00A",
    "a-megabyte": "A" * 700_000,
}

FIELDS = (
    "id",
    "rawId",
    "type",
    "response",
    "response.clientDataJSON",
    "response.attestationObject",
    "response.authenticatorData",
    "response.signature",
    "response.userHandle",
)


class SoftKey:
    def __init__(self, key_id: bytes = b"a key of sixteen") -> None:
        self.id = key_id
        self.secret = ec.generate_private_key(ec.SECP256R1())
        self.public = ES256.from_cryptography_key(self.secret.public_key())
        self.uses = 0

    def made(self, challenge: str, **changes: Any) -> dict[str, Any]:
        """The answer to an enrolment. Changes: public, key_id, named, flags, tail, attestation, format."""
        public, key_id = changes.get("public", self.public), changes.get("key_id", self.id)
        flags = changes.get("flags", PRESENT | VERIFIED | KEY)
        key = AttestedCredentialData.create(Aaguid.NONE, key_id, public) if flags & KEY else b""
        data = SITE + bytes([flags]) + bytes(4) + key + changes.get("tail", b"")
        kind = {"fmt": changes.get("format", "none"), "attStmt": {}, "authData": data}
        response = {
            "clientDataJSON": self._client("webauthn.create", challenge),
            "attestationObject": websafe_encode(changes.get("attestation", cbor.encode(kind))),
        }
        return _answer(changes.get("named", key_id), response)

    def signed(self, challenge: str, person_id: Any, *, data: bytes | None = None) -> dict[str, Any]:
        """The answer to a sign-in, over any authenticator data."""
        self.uses += 1
        data = data or AuthenticatorData.create(SITE, AuthenticatorData.FLAG(PRESENT | VERIFIED), self.uses)
        client = self._client("webauthn.get", challenge)
        signature = self.secret.sign(data + sha256(_bytes(client)), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": client,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(str(person_id).encode()),
        }
        return _answer(self.id, response)

    @staticmethod
    def _client(kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": settings.BASE_URL, "crossOrigin": False}
        return websafe_encode(json.dumps(said).encode())


def _answer(key_id: bytes, response: dict[str, Any]) -> dict[str, Any]:
    name = websafe_encode(key_id)
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "response": response,
        "clientExtensionResults": {"credProps": {"rk": True}},
        "authenticatorAttachment": "platform",
    }


def _bytes(text: str) -> bytes:
    return bytes(websafe_decode(text))


def asked_to_add(browser: Browser) -> str:
    """The challenge of the enrolment page."""
    page = browser.get(ADD)
    assert page.status_code == 200
    return str(page.context["js_data"]["creation_options"]["publicKey"]["challenge"])


def asked_to_sign_in(browser: Browser) -> str:
    """The challenge that the sign-in page fetches for a passkey."""
    answer = browser.get(SIGN_IN, headers={"accept": "application/json"})
    return str(answer.json()["request_options"]["publicKey"]["challenge"])


def sent(browser: Browser, place: str, credential: Any) -> Any:
    text = credential if isinstance(credential, str) else json.dumps(credential)
    return browser.post(place, {"credential": text, "name": "Key"})


def changed(credential: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same, with another value at this path."""
    copy: dict[str, Any] = json.loads(json.dumps(credential))
    *ways, last = path.split(".")
    inner = copy
    for way in ways:
        inner = inner[way]
    inner[last] = value
    return copy
