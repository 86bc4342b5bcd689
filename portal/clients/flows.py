"""Clients are registered, edited and closed; their keys issued, rotated and revoked.

A key is shown once. Every process that answers clients learns of each change through the delivery revision,
which is bumped in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_standing
from portal.audit import record
from portal.clients import events
from portal.clients.keys import key_digest, new_key
from portal.clients.particulars import name_once, particulars, public, reason
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible, Stale, Text, WrongState
from portal.kernel.words import unfit_line
from portal.models import Client, ClientKey
from portal.models.client import NOTE_MAX
from portal.models.notice import NoticeKind
from portal.notices import notify
from portal.notices.notify import people_with

DEFAULT_OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)
MOST_USABLE_KEYS = 5
WARN_AGAIN = timedelta(days=7)
WARN_DAILY = timedelta(days=3)

# Sent inside the transaction, so that a receiver can bump what must change together with the keys.
keys_changed = Signal()


@transaction.atomic
def register(
    *,
    actor: Actor,
    now: datetime,
    name: str,
    scopes: Sequence[str],
    description: str = "",
    contact: str = "",
    networks: Sequence[str] = (),
    per_minute: int | None = None,
) -> Client:
    """A machine of the exchange, still without a key. No networks: calls may come from anywhere."""
    hold_standing(actor)
    check(actor, "clients.register")
    given = particulars(None, name, description, contact, scopes, networks, per_minute)
    with name_once():
        client = Client.objects.create(created_at=now, **given)
    keys_changed.send(sender=Client)
    record(events.REGISTERED, actor=actor, subject=client, at=now, data=public(given))
    return client


@transaction.atomic
def edit(
    client_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    seen_revision: int,
    name: str,
    scopes: Sequence[str],
    description: str,
    contact: str,
    networks: Sequence[str],
    per_minute: int,
) -> Client:
    """What it may do, from where and how often; holds for all its keys at once."""
    client = _locked(client_id, actor, "clients.edit")
    if client.revision != seen_revision:
        raise Stale(_("Somebody else edited this client meanwhile. Nothing of yours was saved."))
    given = particulars(client, name, description, contact, scopes, networks, per_minute)
    changed = [field for field, value in given.items() if getattr(client, field) != value]
    if not changed:
        return client
    before = public({field: getattr(client, field) for field in changed})
    after = public({field: given[field] for field in changed})
    for field in changed:
        setattr(client, field, given[field])
    client.revision += 1
    with name_once():
        client.save(update_fields=[*changed, "revision"])
    keys_changed.send(sender=Client)
    record(events.EDITED, actor=actor, subject=client, at=now, before=before, after=after)
    return client


@transaction.atomic
def issue(
    client_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    expires_at: datetime | None = None,
    note: str = "",
    seen_keys: int | None = None,
) -> tuple[ClientKey, str]:
    """A key of this client, and the key itself, which exists nowhere else afterwards.

    Without `expires_at` it is good for as long as a key may be. `seen_keys`: how many keys the actor knew of,
    so that a form that is sent twice issues one.
    """
    client = _locked(client_id, actor, "clients.issue")
    if seen_keys is not None and seen_keys != client.keys.count():
        raise Stale(_("A key was issued since you opened this form. See the client’s keys first."))
    key, text = _new_key(client, actor, now, expires_at, note)
    keys_changed.send(sender=ClientKey)
    record(events.ISSUED, actor=actor, subject=client, at=now, data=_facts(key))
    return key, text


@transaction.atomic
def rotate(
    key_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    overlap: timedelta = DEFAULT_OVERLAP,
    expires_at: datetime | None = None,
    note: str = "",
) -> tuple[ClientKey, str]:
    """A new key after this one, which ends when the overlap does, or at its own end if that comes first."""
    old = _locked_key(key_id, actor, "clients.rotate")
    _check_usable(old, now)
    if old.replaced_by is not None:
        raise WrongState(_("%(key)s already follows this key.") % {"key": old.replaced_by})
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid({"overlap": [_("At most %(days)d days.") % {"days": LONGEST_OVERLAP.days}]})
    new, text = _new_key(old.client, actor, now, expires_at, note, ending=old)
    old.replaced_by = new
    old.expires_at = min(old.expires_at, now + overlap)
    old.save(update_fields=["replaced_by", "expires_at"])
    keys_changed.send(sender=ClientKey)
    data = _facts(new) | {"replaces": old.prefix, "which_ends_at": old.expires_at.isoformat()}
    record(events.ROTATED, actor=actor, subject=old.client, at=now, data=data)
    return new, text


@transaction.atomic
def revoke(key_id: UUID, *, actor: Actor, now: datetime, why: str) -> ClientKey:
    """End one key at once, everywhere. The client's others go on."""
    key = _locked_key(key_id, actor, "clients.revoke")
    if key.revoked_at is not None:
        raise WrongState(_("This key is already revoked."))
    why = reason(why)
    key.revoked_at, key.revoked_by_id, key.revoked_why = now, actor.person_id, why
    key.save(update_fields=["revoked_at", "revoked_by", "revoked_why"])
    keys_changed.send(sender=ClientKey)
    record(events.REVOKED, actor=actor, subject=key.client, at=now, why=why, data={"key": key.prefix})
    return key


@transaction.atomic
def close(client_id: UUID, *, actor: Actor, now: datetime, why: str) -> Client:
    """End the client and all its keys, for good. What it reported stays."""
    client = _locked(client_id, actor, "clients.close")
    why = reason(why)
    # In the order of their ids, as bookkeeping locks them.
    ending = list(client.keys.filter(revoked_at=None).select_for_update().order_by("pk"))
    client.keys.filter(pk__in=[key.pk for key in ending]).update(
        revoked_at=now, revoked_by=actor.person_id, revoked_why=why
    )
    client.closed_at, client.closed_by_id, client.closed_why = now, actor.person_id, why
    client.save(update_fields=["closed_at", "closed_by", "closed_why"])
    keys_changed.send(sender=Client)
    data = {"keys": sorted(key.prefix for key in ending)}
    record(events.CLOSED, actor=actor, subject=client, at=now, why=why, data=data)
    return client


@transaction.atomic
def warn(*, actor: Actor, now: datetime) -> int:
    """Tell every lead once if keys need attention; how many do of which they were not told lately.

    A key is spoken of again after a week, and daily in its last three days.
    """
    check(actor, "clients.warn")
    keys = list(
        ClientKey.objects.filter(pk__in=ClientKey.objects.needing_attention_at(now).values("pk"))
        .select_for_update(skip_locked=True)
        .order_by("pk")
    )
    due = [key for key in keys if _is_due(key, now)]
    if due:
        ClientKey.objects.filter(pk__in=[key.pk for key in due]).update(warned_at=now)
        leads = people_with(Role.COMPLIANCE_LEAD)
        notify(
            NoticeKind.CLIENT_KEYS_NEED_ATTENTION,
            people=leads,
            path=f"{reverse('clients-list')}?show=attention",
        )
    return len(due)


def _is_due(key: ClientKey, now: datetime) -> bool:
    if key.warned_at is None:
        return True
    # An hour less than the interval: a job that runs a little early must not skip its day.
    again = timedelta(days=1) if key.expires_at - now <= WARN_DAILY else WARN_AGAIN
    return key.warned_at <= now - again + timedelta(hours=1)


def _locked(client_id: UUID, actor: Actor, permission: str) -> Client:
    """An open client under its lock; raises NotVisible, Forbidden or WrongState, in this order."""
    hold_standing(actor)
    client = Client.objects.visible_to(actor).select_for_update().filter(pk=client_id).first()
    if client is None:
        # Whoever may see no client at all is refused as such.
        check(actor, permission)
        raise NotVisible
    check(actor, permission, client)
    if client.closed_at is not None:
        raise WrongState(_("This client is closed."))
    return client


def _locked_key(key_id: UUID, actor: Actor, permission: str) -> ClientKey:
    """A key of an open client; the client is locked first, as by every flow."""
    client_id = ClientKey.objects.filter(pk=key_id).values_list("client_id", flat=True).first()
    if client_id is None:
        check(actor, permission)
        raise NotVisible
    client = _locked(client_id, actor, permission)
    key = ClientKey.objects.select_for_update(of=("self",)).select_related("replaced_by").get(pk=key_id)
    key.client = client
    return key


def _check_usable(key: ClientKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise WrongState(_("This key is revoked."))
    if key.expires_at <= now:
        raise WrongState(_("This key has expired."))


def _new_key(
    client: Client,
    actor: Actor,
    now: datetime,
    expires_at: datetime | None,
    note: str,
    ending: ClientKey | None = None,
) -> tuple[ClientKey, str]:
    latest = now + timedelta(days=settings.CLIENT_KEY_MAX_DAYS)
    expires_at = latest if expires_at is None else expires_at
    wrong: dict[str, list[Text]] = {}
    if expires_at <= now:
        wrong["expires_at"] = [_("The end lies in the past.")]
    elif expires_at > latest:
        wrong["expires_at"] = [_("At most %(days)d days.") % {"days": settings.CLIENT_KEY_MAX_DAYS}]
    if texts := unfit_line(note, NOTE_MAX):
        wrong["note"] = texts
    if wrong:
        raise Invalid(wrong)
    usable = ClientKey.objects.filter(client=client).usable_at(now)
    if ending is None and usable.count() >= MOST_USABLE_KEYS:
        raise WrongState(
            _("This client has %(most)d keys that work. Revoke one that is not needed.")
            % {"most": MOST_USABLE_KEYS}
        )
    text, prefix = new_key()
    key = ClientKey.objects.create(
        client=client,
        prefix=prefix,
        key_sha256=key_digest(text),
        note=note.strip(),
        issued_at=now,
        issued_by_id=actor.person_id,
        expires_at=expires_at,
    )
    return key, text


def _facts(key: ClientKey) -> dict[str, str]:
    return {"key": key.prefix, "expires_at": key.expires_at.isoformat()}
