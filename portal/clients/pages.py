"""What the pages about clients share: finding one, its keys as rows, what happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.access import allowed
from portal.audit import timeline_of
from portal.audit.entries import entries_of
from portal.audit.events import label_of
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible
from portal.models import AuditEvent, Client, ClientKey
from portal.models.client import KeyState, Scope

VERBS = ("edit", "issue", "close")
KEY_VERBS = ("rotate", "revoke")
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as a page draws it. `attention`: why somebody should look at it, or nothing."""

    key: ClientKey
    state: KeyState
    attention: str
    acts: frozenset[str] = frozenset()


def found(client_id: UUID, actor: Actor) -> Client:
    client = Client.objects.visible_to(actor).select_related("closed_by").filter(pk=client_id).first()
    if client is None:
        raise NotVisible
    return client


def found_key(client: Client, key_id: UUID) -> ClientKey:
    """A key of this very client, so that an address joins only what belongs together."""
    key = client.keys.select_related("issued_by", "replaced_by").filter(pk=key_id).first()
    if key is None:
        raise NotVisible
    key.client = client
    return key


def crumbs(client: Client | None = None) -> list[tuple[str, str]]:
    way = [(_("API clients"), reverse("clients-list"))]
    if client is not None:
        way.append((client.name, reverse("clients-view", args=[client.pk])))
    return way


def acts(actor: Actor, client: Client) -> set[str]:
    if client.closed_at is not None:
        return set()
    return {verb for verb in VERBS if allowed(actor, f"clients.{verb}", client)}


def key_rows(keys: Iterable[ClientKey], now: datetime, actor: Actor | None = None) -> list[KeyRow]:
    return [
        KeyRow(
            key, key.state_at(now), attention(key, now), _key_acts(key, now, actor) if actor else frozenset()
        )
        for key in keys
    ]


def _key_acts(key: ClientKey, now: datetime, actor: Actor) -> frozenset[str]:
    state = key.state_at(now)
    possible = {
        KeyState.ACTIVE: KEY_VERBS,
        KeyState.ENDING: ("revoke",),
        KeyState.EXPIRED: (),
        KeyState.REVOKED: (),
    }[state]
    return frozenset(verb for verb in possible if allowed(actor, f"clients.{verb}", key.client))


def attention(key: ClientKey, now: datetime) -> str:
    """The same judgement as ClientKeyQuerySet.needing_attention_at, in words; `replaced_by` loaded along."""
    if key.state_at(now) not in (KeyState.ACTIVE, KeyState.ENDING):
        return ""
    follower = key.replaced_by
    still_used = (
        follower is not None and key.last_used_at is not None and key.last_used_at > follower.issued_at
    )
    if key.expires_at <= now + timedelta(days=settings.CLIENT_KEY_EXPIRY_WARNING_DAYS):
        if still_used:
            return _("Ends soon and is still in use")
        if follower is None:
            return _("Ends soon, and no key follows it")
    if follower is None and key.last_seen < now - timedelta(days=settings.CLIENT_KEY_UNUSED_DAYS):
        return _("Not used for %(days)d days") % {"days": (now - key.last_seen).days}
    return ""


def entries(client: Client) -> list[dict[str, Any]]:
    """What happened to the client and its keys, newest first, with the key's prefix or what was changed."""
    events = list(timeline_of(client).order_by("-seq")[:MOST_ENTRIES])
    drawn = entries_of(events)
    for entry, event in zip(drawn, events, strict=True):
        if key := event.data.get("key"):
            entry["what"] = f"{label_of(event.event)}: {key}"
        if "changes" in event.data:
            entry["why"] = "\n".join(_changes(event))
    return drawn


def _changes(event: AuditEvent) -> list[str]:
    labels = {
        "name": _("Name"),
        "description": _("What it does"),
        "contact": _("Who looks after it"),
        "scopes": _("Scopes"),
        "networks": _("Networks"),
        "per_minute": _("Calls per minute"),
    }
    return [
        f"{labels.get(field, field)}: {_shown(field, before)} → {_shown(field, after)}"
        for field, (before, after) in event.data["changes"].items()
    ]


def _shown(field: str, value: Any) -> str:
    if field == "scopes":
        return ", ".join(str(Scope(each).label) for each in value if each in Scope.values)
    if field == "networks":
        return ", ".join(value) or _("anywhere")
    return number_format(value, force_grouping=True) if isinstance(value, int) else str(value)
