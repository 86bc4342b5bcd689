"""Signed heads: once a day the chain's newest row is signed, so that whoever keeps heads elsewhere can tell
later whether anything up to there was cut off or written anew. docs/audit.md says how to verify one offline.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from portal.audit.chain import START, Fault, Kind, Point, hashes_at, last
from portal.kernel.signing import BadSignature, Keyring, public_keys, verify
from portal.keyring import keyring
from portal.models import AuditEvent, AuditHead

TYP = "portal/audit-head"
HEAD_LOCK = 7_220_158
HEAD_BYTES = 10_000  # a file that is larger is none of ours

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """What a signed head says; `name` is the day, or the file it was read from."""

    name: str
    point: Point
    rows: int


def document_of(point: Point, rows: int, now: datetime) -> dict[str, Any]:
    now = now.astimezone(UTC)
    return {
        "portal": settings.BASE_URL,
        "date": f"{now:%Y-%m-%d}",
        "seq": point.seq,
        "rows": rows,
        "hash": point.hash,
        "signed_at": now.isoformat(timespec="seconds"),
    }


def signed(point: Point, rows: int, now: datetime) -> str:
    """A head as its file holds it: readable, and verifiable from these bytes alone."""
    document, signature = keyring().sign(TYP, document_of(point, rows, now))
    return json.dumps({"head": document, "signature": signature}, indent=2, sort_keys=True) + "\n"


def sign_head(now: datetime) -> AuditHead:
    """The head of today (UTC): made now, or by whoever came first. Several at once make one."""
    day = now.astimezone(UTC).date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HEAD_LOCK])
        found = AuditHead.objects.filter(date=day).first()
        if found is not None:
            return found
        point = last()
        rows = AuditEvent.objects.filter(seq__lte=point.seq).count()
        return AuditHead.objects.create(
            date=day,
            seq=point.seq,
            hash=point.hash,
            key=keyring().key_id,
            signed_at=now,
            file=signed(point, rows, now),
        )


def file_of(head: AuditHead) -> Path:
    return settings.AUDIT_HEADS_DIR / f"audit-head-{head.date:%Y-%m-%d}.json"


def keep(head: AuditHead) -> bool:
    """Write the head's file. One that is there is never overwritten; False if it says something else."""
    path = file_of(head)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(head.file.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o400)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename, it takes nothing's place
    finally:
        draft.unlink(missing_ok=True)
    return path.read_bytes() == head.file.encode()


def keep_all() -> list[AuditHead]:
    """Write every head's file that is not there yet; returns those whose file says something else."""
    return [head for head in AuditHead.objects.order_by("date").iterator() if not keep(head)]


def read(text: str, name: str, keys: Keyring | None = None, jwks: dict[str, Any] | None = None) -> Head:
    """Raises BadSignature: not a head, or not signed by one of the keys (ours, unless others are given)."""
    try:
        content = json.loads(text)
        document, signature = content["head"], content["signature"]
        if jwks is not None:
            verify(document, signature, typ=TYP, keys=public_keys(jwks))
        else:
            (keys or keyring()).verify(document, signature, typ=TYP)
        return Head(name, Point(int(document["seq"]), str(document["hash"])), int(document["rows"]))
    except BadSignature:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        raise BadSignature("this is no signed head") from problem


def in_table() -> Iterator[tuple[str, str]]:
    """(name, text) of every head that the database keeps."""
    for head in AuditHead.objects.order_by("date").iterator():
        yield f"{head.date:%Y-%m-%d}", head.file


def in_directory(directory: Path) -> Iterator[tuple[str, str]]:
    """(name, text) of every head in a directory of files."""
    for path in sorted(directory.glob("*.json")):
        with path.open("rb") as file:
            yield path.name, file.read(HEAD_BYTES).decode(errors="replace")


def compare(
    heads: Iterable[tuple[str, str]], jwks: dict[str, Any] | None = None
) -> tuple[int, list[Fault], Head | None]:
    """(how many were compared, what the trail no longer has of them, the newest that holds).

    The trail is read at the heads' own rows only; what lies between them, verify() reads.
    """
    faults: list[Fault] = []
    good: list[Head] = []
    for name, text in heads:
        try:
            good.append(read(text, name, jwks=jwks))
        except BadSignature:
            faults.append(Fault(0, Kind.UNSIGNED, head=name))
    newest = last()
    kept = hashes_at(head.point.seq for head in good)
    holding: Head | None = None
    for head in sorted(good, key=lambda head: head.point.seq):
        if head.point.seq > newest.seq:
            faults.append(Fault(head.point.seq, Kind.CUT, after=newest.seq, head=head.name))
        elif head.point != START and kept.get(head.point.seq) != head.point.hash:
            since = holding.point.seq if holding else 0
            faults.append(Fault(head.point.seq, Kind.REWRITTEN, after=since, head=head.name))
        else:
            holding = head
    return len(good), faults, holding
