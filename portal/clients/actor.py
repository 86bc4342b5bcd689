"""From a client to the Actor that flows know."""

from typing import Any

from portal.clients.known import KnownClient
from portal.kernel.actor import Actor
from portal.models import Client


def actor_of(client: Client | KnownClient, **circumstances: Any) -> Actor:
    """`circumstances`: where the call came from (ip, request_id)."""
    return Actor(
        kind="client", id=str(client.id), label=client.name, scopes=frozenset(client.scopes), **circumstances
    )
