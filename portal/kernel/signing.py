"""Ed25519 signatures (RFC 8032) over canonical JSON documents that say what they are.

Only whole documents are signed, and each names its kind under `typ` and its key under `key`. So a signature
made for one purpose can never be passed off as one for another, whatever else the portal comes to sign.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.kernel.canonical import canonical_json

SEED_BYTES = 32


class BadSignature(ValueError):
    """The document is not what a key of ours signed for this purpose; the text says why."""


class Keyring:
    """Keys for one purpose. The first seed's signs; signatures of every one of them verify."""

    def __init__(self, seeds: Sequence[str], verifying: Sequence[str] = ()) -> None:
        """`verifying`: public halves (base64url) of keys whose seeds are not here, or are gone.

        Raises ValueError if one of them is not 32 bytes, or if there is none at all.
        """
        self._keys = [Ed25519PrivateKey.from_private_bytes(seed_of(seed)) for seed in seeds]
        public = [key.public_key() for key in self._keys]
        public += [Ed25519PublicKey.from_public_bytes(decoded(x)) for x in verifying]
        if not public:
            raise ValueError("no signing key")
        self._public = {thumbprint(key): key for key in public}

    @property
    def public(self) -> Mapping[str, Ed25519PublicKey]:
        return self._public

    @property
    def key_id(self) -> str:
        """Of the key that signs now."""
        return next(iter(self._public))

    def sign(self, typ: str, content: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """(the document that was signed, its signature in base64url)."""
        if not self._keys:
            raise ValueError("this process has keys to verify with, and none to sign")
        if {"typ", "key"} & content.keys():
            raise ValueError("typ and key are for the keyring to set")
        document = {**content, "typ": typ, "key": self.key_id}
        return document, encoded(self._keys[0].sign(canonical_json(document)))

    def verify(self, document: Mapping[str, Any], signature: str, *, typ: str) -> None:
        """Raises BadSignature."""
        verify(document, signature, typ=typ, keys=self._public)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys (RFC 7517), the signing one first: for whoever verifies."""
        return {"keys": [{**jwk(key), "kid": key_id, "use": "sig"} for key_id, key in self._public.items()]}


def verify(
    document: Mapping[str, Any], signature: str, *, typ: str, keys: Mapping[str, Ed25519PublicKey]
) -> None:
    """Raises BadSignature: of another kind, by a key not among `keys`, or not what was signed."""
    if document.get("typ") != typ:
        raise BadSignature(f"this is no {typ}")
    key = keys.get(str(document.get("key")))
    if key is None:
        raise BadSignature("signed by a key that is not known")
    try:
        key.verify(decoded(signature), canonical_json(dict(document)))
    except (InvalidSignature, ValueError):
        raise BadSignature("the signature does not fit the document") from None


def public_keys(jwks: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """{key id: key} of those of a JWK set that sign documents, also in sets from before keys had a purpose.

    By computed thumbprints: the names in the set are not believed.
    """
    found = {}
    for each in jwks["keys"]:
        known = (each.get("kty"), each.get("crv"), each.get("purpose", "documents"))
        if known == ("OKP", "Ed25519", "documents"):
            key = Ed25519PublicKey.from_public_bytes(decoded(each["x"]))
            found[thumbprint(key)] = key
    return found


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The members that RFC 8037 requires of an Ed25519 key."""
    return {"crv": "Ed25519", "kty": "OKP", "x": encoded(key.public_bytes_raw())}


def thumbprint(key: Ed25519PublicKey) -> str:
    """The key's id: its JWK thumbprint (RFC 7638)."""
    return encoded(hashlib.sha256(canonical_json(jwk(key))).digest())


def seed_of(text: str) -> bytes:
    try:
        seed = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise ValueError("a signing key is base64 of 32 bytes") from None
    if len(seed) != SEED_BYTES:
        raise ValueError("a signing key is base64 of 32 bytes")
    return seed


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """Base64url without padding; raises ValueError for anything else, so that one value has one spelling."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encoded(data) != text:
        raise ValueError("not base64url")
    return data
