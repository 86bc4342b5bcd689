"""Verifies what the portal signs: Ed25519 (RFC 8032) over the canonical JSON of a whole document.

Each document names its kind under `typ` and its key under `key`, so that a signature made for one purpose is
never taken for another's.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .canonical import canonical

Keys = Mapping[str, Ed25519PublicKey]


class BadSignature(ValueError):
    """Not what a trusted key signed for this purpose; the text says why."""


class UnknownKey(BadSignature):
    """Signed by a key that is not among the trusted ones; it may have been rotated in since."""


def verify(document: Mapping[str, Any], signature: str, *, typ: str, keys: Keys) -> None:
    """Raises BadSignature: of another kind, by a key not among `keys`, or not what was signed."""
    if document.get("typ") != typ:
        raise BadSignature(f"this is no {typ}")
    key = keys.get(str(document.get("key")))
    if key is None:
        raise UnknownKey("signed by a key that is not known")
    try:
        key.verify(decoded(signature), canonical(document))
    except (InvalidSignature, ValueError, TypeError):
        raise BadSignature("the signature does not fit the document") from None


def trusted(jwks: Mapping[str, Any], purpose: str) -> dict[str, Ed25519PublicKey]:
    """{key id: key} of those of a JWK set that are for this purpose; raises ValueError for what is no set.

    Ids are computed (RFC 7638): the names in the set are not believed.
    """
    found = {}
    try:
        for each in jwks["keys"]:
            if (each.get("kty"), each.get("crv")) == ("OKP", "Ed25519") and each.get("purpose") == purpose:
                key = Ed25519PublicKey.from_public_bytes(decoded(each["x"]))
                found[thumbprint(each["x"])] = key
    except (KeyError, TypeError, AttributeError):
        raise ValueError("not a JWK set") from None
    return found


def thumbprint(x: str) -> str:
    """The id of the key with these public bytes in base64url."""
    return encoded(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """Base64url without padding; raises ValueError for anything else, so that one value has one spelling."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encoded(data) != text:
        raise ValueError("not base64url")
    return data
