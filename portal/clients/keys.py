"""API keys: `lepp_<prefix>_<secret>`. The secret has 256 bits, so its SHA-256 needs no salt or stretching."""

import hashlib
import re
import secrets

FORM = re.compile(r"lepp_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
LENGTH = 61


def new_key() -> tuple[str, str]:
    """(the key, its prefix). The prefix may be shown and logged; the key is shown once."""
    prefix = f"lepp_{secrets.token_hex(6)}"
    return f"{prefix}_{secrets.token_urlsafe(32)}", prefix


def key_digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
