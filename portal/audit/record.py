"""record(): one act, written in the transaction that does it. Without a transaction it refuses to write."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from portal.audit import events
from portal.kernel.actor import Actor
from portal.models import AuditEvent


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
) -> AuditEvent:
    """Write the act as the last step of a flow: the chain's lock is held until the caller commits.

    `data` must be JSON of ids, codes, digests and counts; never a secret, never an identifier of a user.
    """
    if not events.is_registered(event):
        raise LookupError(f"No such event: {event}")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An act is recorded in the transaction that does it.")
    agency_id = getattr(subject, "agency_id", None)
    return AuditEvent.objects.create(
        at=at,
        event=event,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:160],
        actor_role=actor.role or "",
        actor_agency_id=actor.agency_id,
        subject_type=subject._meta.model_name,  # type: ignore[attr-defined]
        subject_id=str(subject.pk),
        subject_label=str(subject)[:200],
        subject_agency_id=agency_id if isinstance(agency_id, UUID) else None,
        why=why,
        data=dict(data or {}),
        ip=actor.ip,
        request_id=actor.request_id,
        session=actor.session or None,
    )
