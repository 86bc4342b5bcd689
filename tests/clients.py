"""Clients for tests, made through the same flows as real ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.clients import flows
from portal.models import ClientKey
from tests.people import SYSTEM


def make_client(
    name: str, scopes: Sequence[str], *, now: datetime, expires_at: datetime | None = None, **given: Any
) -> tuple[ClientKey, str]:
    """A client with one key: the key's row, and the key itself."""
    client = flows.register(actor=SYSTEM, now=now, name=name, scopes=scopes, **given)
    return flows.issue(client.pk, actor=SYSTEM, now=now, expires_at=expires_at)
