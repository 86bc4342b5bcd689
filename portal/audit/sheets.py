"""Lists that leave the portal as files. There is no other way to make one: what is handed out is recorded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from portal.audit.record import Subject, record
from portal.kernel.actor import Actor
from portal.ui.sheet import written


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A file whose row of the trail is written."""

    content: bytes
    sha256: str


def hand_out(
    event: str,
    *,
    actor: Actor,
    subject: Subject,
    at: datetime,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    search: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
) -> HandedOut:
    """The rows as CSV. The trail keeps how they were searched for, how many they are and the bytes' SHA-256.

    The caller has checked the permission, is in a transaction and writes nothing after it.
    """
    content = written(header, rows)
    sha256 = hashlib.sha256(content).hexdigest()
    told = {"search": search, "rows": len(rows), "sha256": sha256}
    record(event, actor=actor, subject=subject, at=at, data={**(data or {}), **told})
    return HandedOut(content, sha256)


def csv_file(name: str, taken: HandedOut) -> HttpResponse:
    response = HttpResponse(taken.content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-SHA256"] = taken.sha256
    return response
