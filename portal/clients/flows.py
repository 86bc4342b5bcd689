"""A key is issued, shown once, and revoked at once. Delivery processes learn of both through its revision."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.audit import record
from portal.clients import events
from portal.clients.keys import key_digest, new_key
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, WrongState
from portal.models import Client
from portal.models.client import Scope

# Sent inside the transaction, so that a receiver can bump what must change together with the keys.
keys_changed = Signal()


@transaction.atomic
def issue(
    *, actor: Actor, now: datetime, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> tuple[Client, str]:
    """The new client and its key; the key exists nowhere else afterwards."""
    check(actor, "clients.issue")
    if not scopes or set(scopes) - set(Scope.values):
        raise Invalid({"scopes": [_("Choose from the known scopes.")]})
    if expires_at is not None and expires_at <= now:
        raise Invalid({"expires_at": [_("The end lies in the past.")]})
    key, prefix = new_key()
    client = Client.objects.create(
        name=name,
        prefix=prefix,
        key_sha256=key_digest(key),
        scopes=sorted(set(scopes)),
        issued_by_id=actor.person_id,
        expires_at=expires_at,
    )
    keys_changed.send(sender=Client)
    record(
        events.ISSUED, actor=actor, subject=client, at=now, data={"prefix": prefix, "scopes": client.scopes}
    )
    return client, key


@transaction.atomic
def revoke(client_id: UUID, *, actor: Actor, now: datetime, why: str) -> Client:
    client = Client.objects.select_for_update().filter(pk=client_id).first()
    if client is None:
        raise NotVisible
    check(actor, "clients.revoke", client)
    if client.revoked_at is not None:
        raise WrongState(_("This key is already revoked."))
    client.revoked_at = now
    client.save(update_fields=["revoked_at"])
    keys_changed.send(sender=Client)
    record(events.REVOKED, actor=actor, subject=client, at=now, why=why, data={"prefix": client.prefix})
    return client
