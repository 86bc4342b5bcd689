"""From an Authorization header to a client Actor, for the API behind Django."""

from datetime import datetime

from portal.clients.keys import FORM, key_digest
from portal.kernel.actor import Actor
from portal.models import Client


def client_for(key: str, now: datetime) -> tuple[Actor | None, str]:
    """The client, or None and the code of the refusal: key-unknown, key-expired, key-revoked."""
    raw = key.encode("latin-1", "replace")
    found = Client.objects.filter(key_sha256=key_digest(raw)).first() if FORM.fullmatch(raw) else None
    if found is None:
        return None, "key-unknown"
    if found.revoked_at is not None:
        return None, "key-revoked"
    if found.expires_at is not None and found.expires_at <= now:
        return None, "key-expired"
    return Actor(kind="client", id=str(found.pk), label=found.name, scopes=frozenset(found.scopes)), ""
