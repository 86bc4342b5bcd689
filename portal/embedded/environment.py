"""The process environment of tests: everything the settings ask for, made up and used once."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def is_set(name: str) -> bool:
    """As portal.env reads it: by value or by file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def field_key() -> str:
    """A Fernet key, as PORTAL_FIELD_KEYS lists them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def signing_key() -> str:
    """An Ed25519 seed, as PORTAL_SIGNING_KEYS and PORTAL_DELIVERY_KEYS list them."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def for_tests(var: Path) -> dict[str, str]:
    """All but the servers' URLs. What is set already stays, except the mode."""
    made_up = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PORTAL_BASE_URL": "http://localhost:8000",
        "PORTAL_ALLOWED_HOSTS": "testserver,127.0.0.1",
        "PORTAL_FIELD_KEYS": field_key(),
        "PORTAL_SIGNING_KEYS": signing_key(),
        "PORTAL_DELIVERY_KEYS": signing_key(),
        "PORTAL_REFERENCE_KEY": secrets.token_urlsafe(48),
        "PORTAL_VAR_DIR": str(var),
    }
    chosen = {name: value for name, value in made_up.items() if not is_set(name)}
    return {**chosen, "PORTAL_MODE": "test", "DJANGO_SETTINGS_MODULE": "portal.settings"}


def make_var(directory: Path) -> Path:
    """A private var/ for documents and mail that shares the checkout's collected static files."""
    directory.mkdir(parents=True, exist_ok=True)
    for shared in ("static", "vendor"):
        link = directory / shared
        if not link.is_symlink():
            link.symlink_to(CHECKOUT / "var" / shared)
    return directory
