"""record(): one act, written in the transaction that does it. Without a transaction it refuses to write."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.audit import events
from portal.audit.changes import changes, kept, plain
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid
from portal.models import AuditEvent

WHY_MAX = 20_000
DATA_MAX = 64 * 1024


class Subject(Protocol):
    @property
    def pk(self) -> Any: ...


def record(
    event: str,
    *,
    actor: Actor,
    subject: Subject,
    at: datetime,
    why: str = "",
    data: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write the act as the last step of a flow: the chain's lock is held until the caller commits.

    `data` holds ids, codes, digests and counts; never a secret, never an identifier of a user. `before` and
    `after` (see state_of) become data["changes"]. What cannot be kept is refused before the lock is taken.
    """
    content = plain(data or {})
    if before is not None or after is not None:
        changed = changes(before or {}, after or {})
        content |= {"changes": changed} if changed else {}
    _check(event, why, content)
    row = _row(event, actor, subject, at, why, content)
    row.save(force_insert=True)
    return row


def record_each(
    event: str,
    *,
    actor: Actor,
    subjects: Iterable[Subject],
    at: datetime,
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> int:
    """The same act on many things, each with a row of its own, in as few statements as possible."""
    content = plain(data or {})
    _check(event, why, content)
    rows = [_row(event, actor, subject, at, why, content) for subject in subjects]
    return len(AuditEvent.objects.bulk_create(rows, batch_size=1000))


def _check(event: str, why: str, content: Mapping[str, Any]) -> None:
    if not events.is_registered(event):
        raise LookupError(f"No such event: {event}")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An act is recorded in the transaction that does it.")
    if len(why) > WHY_MAX:
        raise Invalid({"why": [_("The reason is too long.")]})
    if len(json.dumps(content, ensure_ascii=False).encode()) > DATA_MAX:
        raise ValueError(f"{event}: its data is larger than {DATA_MAX} bytes")


def _row(
    event: str, actor: Actor, subject: Subject, at: datetime, why: str, content: Mapping[str, Any]
) -> AuditEvent:
    agency_id = getattr(subject, "agency_id", None)
    return AuditEvent(
        at=at,
        event=event,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=kept(actor.label)[:160],
        actor_role=actor.role or "",
        actor_agency_id=actor.agency_id,
        actor_agency_label=kept(actor.agency_label)[:160] or None,
        subject_type=subject._meta.model_name,  # type: ignore[attr-defined]
        subject_id=str(subject.pk),
        subject_label=kept(str(subject))[:200],
        subject_agency_id=agency_id if isinstance(agency_id, UUID) else None,
        why=kept(why),
        data=content,
        ip=actor.ip,
        request_id=actor.request_id,
        session=actor.session or None,
    )
