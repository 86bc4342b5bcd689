"""Where the demo lives and what its processes find in their environment; made before settings can load."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.environment import CHECKOUT, field_key, is_set, signing_key


@dataclass(frozen=True)
class Places:
    """The directories of one demo: all of its state is under `state`, uploads and mail beside it."""

    var: Path

    @property
    def state(self) -> Path:
        return self.var / "demo"

    @property
    def servers(self) -> Path:
        return self.state / "servers"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets.json"

    @property
    def people(self) -> Path:
        """Written by `manage.py seed`: accounts and API clients with their secrets."""
        return self.var / "demo.json"

    @property
    def fruits(self) -> list[Path]:
        """What people left behind by using the demo, and RESET=1 removes."""
        return [self.var / name for name in ("documents", "mail", "audit-heads", "audit-exports")]


def places() -> Places:
    return Places(Path(os.environ.get("PORTAL_VAR_DIR") or CHECKOUT / "var").absolute())


def port() -> int:
    """The TCP port from PORT; raises ValueError with a message for people."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def base_url(number: int) -> str:
    return os.environ.get("PORTAL_BASE_URL") or f"http://localhost:{number}"


def write_private(path: Path, content: str) -> None:
    """Replace the file as a whole; it is readable by us alone from the first byte on."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(content)
    draft.replace(path)


def kept_secrets(path: Path) -> dict[str, str]:
    """Made once per demo: a new field key could not read what the old one encrypted. An older demo that
    lacks one gets it now."""
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    made = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PORTAL_FIELD_KEYS": field_key(),
        "PORTAL_SIGNING_KEYS": signing_key(),
        "PORTAL_DELIVERY_KEYS": signing_key(),
        "PORTAL_REFERENCE_KEY": secrets.token_urlsafe(48),
    }
    if made.keys() - kept.keys():
        kept = made | kept
        write_private(path, json.dumps(kept, indent=2) + "\n")
    return kept


def build(where: Places, number: int) -> dict[str, str]:
    """The children's environment but for the servers' URLs. A secret that is set already stays."""
    made = {name: value for name, value in kept_secrets(where.secrets).items() if not is_set(name)}
    return {
        "PORTAL_ALLOWED_HOSTS": "127.0.0.1",
        **os.environ,
        **made,
        "PORTAL_MODE": "demo",
        "PORTAL_BASE_URL": base_url(number),
        "PORTAL_VAR_DIR": str(where.var),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONUNBUFFERED": "1",
    }


def client_key(path: Path) -> str:
    """The key with which /demo/withdrawal plays the exchange; empty if the seeds made no such client."""
    wanted = {"campaigns:read", "events:write"}
    for client in json.loads(path.read_text(encoding="utf-8")).get("clients", []):
        if wanted <= set(client.get("scopes", [])):
            return str(client["key"])
    return ""
