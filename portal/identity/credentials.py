"""What a browser says for a key (WebAuthn Level 3, 5.1 and 5.2), judged before any of it is believed.

Anybody may send anything here, a stranger too. What goes on is only what the portal uses, each part a text
and no longer than a key makes it. The package that takes it apart reserves as many bytes as a number there
says, and copies what is left once for every item of a list: a few characters would take all memory, a
megabyte keep a process busy for minutes. What trips that package all the same is no key's answer either.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2.cose import CoseKey
from fido2.utils import websafe_decode, websafe_encode

TEXT_MAX = 64 * 1024
ID_MAX = 1023  # bytes; WebAuthn Level 3, section 4, "Credential ID"
PARTS = {  # bytes
    "clientDataJSON": 4096,
    "attestationObject": 16 * 1024,  # with a maker's certificates
    "authenticatorData": 2048,
    "signature": 8192,
    "userHandle": 64,  # section 4, "user handle"
}
MISREAD = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,  # lists in lists in lists; a kind of key that nobody can verify
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)


def well_formed(text: str) -> dict[str, Any]:
    """The answer, of known parts alone. Raises one of MISREAD for what no browser sends."""
    if len(text) > TEXT_MAX:
        raise ValueError("longer than any answer")
    said = json.loads(text)
    said_id = one_spelling(said["rawId"], ID_MAX)
    if said["type"] != "public-key" or said.get("id", said_id) != said_id:
        raise ValueError("not a key's")
    response = {
        name: one_spelling(said["response"][name], limit)
        for name, limit in PARTS.items()
        if said["response"].get(name) is not None
    }
    client = json.loads(websafe_decode(response["clientDataJSON"]))
    if not isinstance(client["challenge"], str):
        raise ValueError("challenged by no text")
    answer = {"id": said_id, "rawId": said_id, "type": "public-key", "response": response}
    if (attachment := said.get("authenticatorAttachment")) in ("platform", "cross-platform"):
        answer["authenticatorAttachment"] = attachment
    if said.get("clientExtensionResults", {}).get("credProps", {}).get("rk") is True:
        answer["clientExtensionResults"] = {"credProps": {"rk": True}}
    return answer


def one_spelling(text: object, limit: int) -> str:
    """Base64url without padding and without spare bits: the only way to write these bytes."""
    if not isinstance(text, str):
        raise ValueError("not a text")
    data = websafe_decode(text)
    if not data or len(data) > limit or websafe_encode(data) != text:
        raise ValueError("not base64url, or too long")
    return text


@contextmanager
def judging() -> Iterator[None]:
    """What cannot be read is refused as any wrong answer is."""
    try:
        yield
    except MISREAD:
        raise get_adapter().validation_error("incorrect_code") from None


def require_usable(credential: dict[str, Any]) -> None:
    """A new key goes by the name that it signed for, and can be verified later. Raises one of MISREAD."""
    registration = auth.parse_registration_response(credential)
    key = registration.response.attestation_object.auth_data.credential_data
    if key is None or key.credential_id != registration.raw_id or not is_verifiable(key.public_key):
        raise ValueError("no key, another key's name, or a key that opens nothing")


def is_verifiable(key: CoseKey) -> bool:
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return True
    return False
