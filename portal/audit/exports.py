"""Exports of the trail: asked for, written by a worker when large, kept for a day for whoever asked."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_standing
from portal.audit import events, exportfile
from portal.audit.chain import last
from portal.audit.record import record
from portal.audit.search import Search
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, WrongState
from portal.models import AuditExport
from portal.models.auditexport import ExportFormat

AT_ONCE = 10_000  # rows that a page writes itself, instead of leaving them to a worker
MOST_ROWS = 1_000_000
SECONDS = 15.0
LOST = timedelta(minutes=2)
KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Handout:
    path: Path
    name: str
    sha256: str


def export(*, actor: Actor, now: datetime, search: Search, kind: ExportFormat) -> AuditExport:
    """Freeze what is to be handed out, and write it: at once if it is short, else by a worker."""
    check(actor, "audit.export")
    upto = last().seq
    found = search.find().filter(seq__lte=upto).count()
    if not found:
        raise Invalid(_("No act fits this search."))
    if found > MOST_ROWS:
        raise Invalid(_("More than a million acts fit this search. Ask for fewer days at a time."))
    with transaction.atomic():
        hold_standing(actor)
        made = AuditExport.objects.create(
            asked_by_id=actor.as_person(),
            asked_at=now,
            format=kind,
            search=search.as_json(),
            upto_seq=upto,
            rows_found=found,
            touched_at=now,
        )
        data = {"format": kind, "search": search.as_json(), "rows": found, "upto": upto}
        record(events.EXPORTED, actor=actor, subject=made, at=now, data=data)
    if found <= AT_ONCE:
        go_on(made.pk)
    else:
        hand_on(made.pk)
    made.refresh_from_db()
    return made


def go_on(export_id: UUID, seconds: float = SECONDS) -> bool:
    """Write on for some seconds; True once it is finished. A second worker on it does nothing."""
    until = time.monotonic() + seconds
    with transaction.atomic():
        made = (
            AuditExport.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=export_id, ready_at=None, removed_at=None)
            .first()
        )
        if made is None:
            return True
        written = exportfile.write_on(made, lambda: time.monotonic() > until)
        made.touched_at = timezone.now()
        if written:
            exportfile.finish(made, made.touched_at)
        made.save()
    return written


def hand_on(export_id: UUID) -> None:
    from portal.audit.tasks import export_on

    transaction.on_commit(lambda: export_on.delay(str(export_id)))


@transaction.atomic
def download(export_id: UUID, *, actor: Actor, now: datetime) -> Handout:
    """The finished archive, for whoever asked for it. That it was handed out is recorded before it is."""
    hold_standing(actor)
    made = AuditExport.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=export_id).first()
    if made is None:
        raise NotVisible
    check(actor, "audit.download")
    path = exportfile.path_of(made)
    if made.ready_at is None:
        raise WrongState(_("The export is not ready yet."))
    if made.removed_at is not None or not path.exists():
        raise WrongState(_("The file was removed after a day. Ask for the export again."))
    data = {"format": made.format, "search": made.search, "rows": made.rows, "sha256": made.sha256}
    record(events.DOWNLOADED, actor=actor, subject=made, at=now, data=data)
    return Handout(path, name_of(made), made.sha256)


def name_of(made: AuditExport) -> str:
    return f"audit-trail-{made.asked_at:%Y%m%d-%H%M}.zip"


def remove_old(now: datetime) -> int:
    """Files are kept for a day: the trail itself is the record, a copy lying about is a risk."""
    count = 0
    for made in AuditExport.objects.filter(removed_at=None, asked_at__lt=now - KEPT):
        for path in (exportfile.path_of(made), exportfile.unfinished(made)):
            path.unlink(missing_ok=True)
        made.removed_at = now
        made.save(update_fields=["removed_at"])
        count += 1
    return count


def lost(now: datetime) -> list[UUID]:
    """Begun, unfinished, and untouched for a while: their task was lost."""
    late = AuditExport.objects.filter(ready_at=None, removed_at=None, touched_at__lt=now - LOST)
    return list(late.values_list("pk", flat=True))
