"""The portal's keys, as the settings name them, and their public halves for everyone.

Two purposes, two sets: one signs documents (audit heads, publications), which people approved; the other what
a delivery process says by itself. Who breaks into a delivery process finds nothing that could sign a text.
"""

from functools import lru_cache
from typing import Any

from django.conf import settings

from portal.kernel.signing import Keyring


def keyring() -> Keyring:
    return _made_of(tuple(settings.SIGNING_KEYS), tuple(settings.VERIFY_KEYS))


def delivery_keyring() -> Keyring:
    return _made_of(tuple(settings.DELIVERY_KEYS), ())


def jwks() -> dict[str, list[dict[str, Any]]]:
    """RFC 7517, with the purpose of each key; of each purpose the one that signs now comes first."""
    return {
        "keys": [
            {**each, "purpose": purpose}
            for purpose, ring in (("documents", keyring()), ("snapshots", delivery_keyring()))
            for each in ring.jwks()["keys"]
        ]
    }


@lru_cache(maxsize=8)
def _made_of(seeds: tuple[str, ...], verifying: tuple[str, ...]) -> Keyring:
    return Keyring(seeds, verifying)
