"""What an export holds, written a stretch at a time: rows that can be verified without the portal.

The archive: the rows (CSV or JSON Lines), each with the very text that its hash is of; a signed head of the
trail; a signed manifest that names the rows' SHA-256; the public keys; how to verify it all.
"""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import TextField
from django.db.models.expressions import RawSQL

from portal.audit import heads
from portal.audit.chain import Point, hashes_at
from portal.audit.events import label_of
from portal.audit.search import Search
from portal.keyring import keyring
from portal.models import AuditEvent, AuditExport
from portal.models.auditevent import sealed_sql
from portal.models.auditexport import ExportFormat

TYP = "portal/audit-export"
CHUNK = 2000
COLUMNS = (
    "seq", "at", "recorded_at", "event", "label", "actor_kind", "actor_id", "actor_label", "actor_role",
    "actor_agency_id", "actor_agency_label", "subject_type", "subject_id", "subject_label",
    "subject_agency_id", "why", "data", "ip", "request_id", "session", "previous_hash", "hash", "sealed",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula, in every width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def path_of(export: AuditExport) -> Path:
    return settings.AUDIT_EXPORTS_DIR / f"{export.pk}.zip"


def unfinished(export: AuditExport) -> Path:
    return settings.AUDIT_EXPORTS_DIR / f"{export.pk}.part"


def rows_of(export: AuditExport) -> Iterator[AuditEvent]:
    """The rows that are not yet written, oldest first, each with `sealed`, the text its hash is of."""
    found = Search.from_json(export.search).find().filter(seq__lte=export.upto_seq)
    if export.seq is not None:
        found = found.filter(seq__gt=export.seq)
    table = f'"{AuditEvent._meta.db_table}"'
    sealed = RawSQL(sealed_sql(AuditEvent, table), [], output_field=TextField())  # noqa: S611 - ours
    yield from found.order_by("seq").annotate(sealed=sealed).iterator(chunk_size=CHUNK)


def write_on(export: AuditExport, enough: Callable[[], bool]) -> bool:
    """Append rows until `enough()`; True once all are written. Resumes where the row says it stands."""
    path = unfinished(export)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {ExportFormat.CSV: csv_line, ExportFormat.JSONL: json_line}[ExportFormat(export.format)]
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(export.written)
        file.seek(export.written)
        if not export.written and export.format == ExportFormat.CSV:
            file.write(b"\xef\xbb\xbf" + _csv(COLUMNS))  # spreadsheets ask for the mark
        whole = True
        for number, event in enumerate(rows_of(export), 1):
            file.write(line(event))
            export.rows += 1
            export.seq = event.seq
            if number % CHUNK == 0 and enough():
                whole = False
                break
        file.flush()
        os.fsync(file.fileno())
        export.written = file.tell()
    return whole


def json_line(event: Any) -> bytes:
    """The hash, then the very text it is of: sha256(line[83:-2]) is the hash."""
    return f'{{"hash": "{event.hash}", "row": {event.sealed}}}\n'.encode()


def csv_line(event: Any) -> bytes:
    values = {
        "label": str(label_of(event.event)),
        "data": json.dumps(event.data, ensure_ascii=False) if event.data else "",
        "at": event.at.isoformat(),
        "recorded_at": event.recorded_at.isoformat() if event.recorded_at else "",
    }
    cells = [values[name] if name in values else getattr(event, name) for name in COLUMNS]
    return _csv(["" if cell is None else safe(str(cell)) for cell in cells])


def safe(cell: str) -> str:
    """A cell that a spreadsheet takes for text; the sealed text beside it holds what was really written."""
    return f"'{cell}" if cell.lstrip(" \u00a0\u3000").startswith(FORMULA) else cell


def _csv(cells: Any) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def finish(export: AuditExport, now: Any) -> None:
    """Pack the archive, note its size and SHA-256, and remove the unfinished file."""
    part, path = unfinished(export), path_of(export)
    name = f"audit-trail.{export.format}"
    manifest = {
        "portal": settings.BASE_URL,
        "export": str(export.pk),
        "asked_by": str(export.asked_by_id),
        "asked_at": export.asked_at.isoformat(timespec="seconds"),
        "search": export.search,
        "upto": export.upto_seq,
        "rows": export.rows,
        "file": name,
        "sha256": _digest(part),
    }
    document, signature = keyring().sign(TYP, manifest)
    point = Point(export.upto_seq, hashes_at([export.upto_seq])[export.upto_seq])
    rows = AuditEvent.objects.filter(seq__lte=export.upto_seq).count()
    draft = path.with_suffix(".draft")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.write(part, name)
        archive.writestr("manifest.json", _pretty({"manifest": document, "signature": signature}))
        archive.writestr("head.json", heads.signed(point, rows, now))
        archive.writestr("keys.json", _pretty(keyring().jwks()))
        for file in ("checkaudit.py", "README.txt"):
            archive.write(Path(__file__).parent / "offline" / file, file)
    draft.chmod(0o600)
    export.sha256, export.size = _digest(draft), draft.stat().st_size
    export.ready_at = now
    draft.replace(path)
    part.unlink()


def _pretty(content: Any) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
