"""A translator's file: handed out, taken up, judged by a worker, and applied all at once."""

import json
import subprocess
import sys
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.bulk.parse import MAX_BYTES
from campaigns.bulk.progress import note
from campaigns.bulk.resource import HEADER, UnitResource
from campaigns.models import Campaign, Contribution, Translation, TranslationImport
from campaigns.models.translationimport import ImportStatus
from campaigns.translating import flows as translating
from campaigns.translating.state import state, targets
from portal.access import check
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, Text, WrongState

log = structlog.get_logger(__name__)

SECONDS = 30
KINDS = ("xlsx", "csv")
PROBLEMS: dict[str, Text] = {
    "kind": _("Only XLSX and CSV files are accepted."),
    "too-large": _("The file is larger than 5 MiB."),
    "too-many-rows": _("The file has more than 5,000 rows."),
    "too-complex": _("The file takes too much memory or time to read."),
    "damaged": _("The file is damaged, or not of the kind that its name says."),
    "encrypted": _("The file is encrypted. Save it without a password."),
    "entities": _("The file declares entities of its own, which no spreadsheet program writes."),
    "active": _("The file carries macros or links to other files. Save it without them."),
    "merged": _("Cells of the sheet are merged. Undo that: one cell, one text."),
    "sheet": _("The file has no sheet named “Texts”."),
    "encoding": _("The file is not UTF-8. Save it as “CSV UTF-8”."),
    "empty": _("The file is empty."),
    "columns": _("The first row is not the one that was exported."),
    "unread": _("It was tried several times, and could not be read. Save it anew, and send it again."),
}
# What one person may have waiting: the worker reads the files of everybody, one after the other.
MOST_WAITING = 5


def _draft(campaign_id: UUID, language: str, actor: Actor) -> Campaign:
    campaign = Campaign.objects.visible_to(actor).select_related("agency").filter(pk=campaign_id).first()
    if campaign is None:
        raise NotVisible
    check(actor, "campaigns.translate", campaign)
    if language not in targets(campaign):
        raise NotVisible
    return campaign


@transaction.atomic
def export_translation(
    campaign_id: UUID, *, actor: Actor, now: datetime, language: str, kind: str
) -> tuple[bytes, str]:
    """(the file, its name). Recorded, for the words of a draft leave the portal with it."""
    campaign = _draft(campaign_id, language, actor)
    resource = UnitResource(state(campaign, language))
    content = resource.exported(kind)
    record(
        events.TRANSLATION_EXPORTED, actor=actor, subject=campaign, at=now,
        data={"language": language, "kind": kind, "texts": len(resource.known)},
    )  # fmt: skip
    return content, f"{campaign.pk}-{language}.{kind}"


@transaction.atomic
def take_up(
    campaign_id: UUID, *, actor: Actor, now: datetime, language: str, file: File
) -> TranslationImport:
    """Keep the file for the worker. Raises Invalid({"file": …}) for what is refused unread."""
    campaign = translating.held(campaign_id, language, actor=actor, permission="campaigns.translate")
    kind = (file.name or "").rpartition(".")[2].lower()
    if kind not in KINDS:
        raise Invalid({"file": [PROBLEMS["kind"]]})
    if not file.size:
        raise Invalid({"file": [PROBLEMS["empty"]]})
    if file.size > MAX_BYTES:
        raise Invalid({"file": [PROBLEMS["too-large"]]})
    waiting = TranslationImport.objects.filter(uploaded_by=actor.as_person(), status=ImportStatus.WAITING)
    if waiting.count() >= MOST_WAITING:
        text = _("%(count)d of your files wait to be read. Let them be read first, or drop one.")
        raise Invalid({"file": [text % {"count": MOST_WAITING}]})
    made = TranslationImport.objects.create(
        campaign=campaign, language=language, kind=kind, content=file.read(), uploaded_at=now,
        name="".join(sign for sign in (file.name or "") if sign.isprintable())[-120:],
        uploaded_by_id=actor.as_person(),
    )  # fmt: skip
    from campaigns.bulk.tasks import read_import

    transaction.on_commit(lambda: read_import.delay(str(made.pk)))
    return made


@transaction.atomic
def read(import_id: UUID, *, now: datetime) -> TranslationImport | None:
    """The worker's part: judge the file and compare it with the draft. Run twice, it does nothing."""
    made = (
        TranslationImport.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("campaign__agency")
        .filter(pk=import_id, status=ImportStatus.WAITING)
        .first()
    )
    if made is None:
        return None
    made.read_at, content, made.content = now, bytes(made.content or b""), None
    note(made.pk)
    answer = parsed(content, made.kind)
    problem = answer.get("problem") or ("" if tuple(answer["header"]) == HEADER else "columns")
    made.revision = made.campaign.revision
    if problem or made.language not in targets(made.campaign):
        made.status, made.problem = ImportStatus.REFUSED, problem or "columns"
    else:
        made.status = ImportStatus.READ
        _compare(made, answer)
    made.save()
    return made


@transaction.atomic
def give_up(import_id: UUID, *, now: datetime) -> None:
    """The sweep's part: what was taken up again and again and never read is refused, and says so."""
    made = (
        TranslationImport.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk=import_id, status=ImportStatus.WAITING)
        .first()
    )
    if made is not None:
        made.status, made.problem, made.content, made.read_at = ImportStatus.REFUSED, "unread", None, now
        made.save(update_fields=["status", "problem", "content", "read_at"])


def _compare(made: TranslationImport, answer: dict) -> None:
    resource = UnitResource(state(made.campaign, made.language), heard=partial(note, made.pk))
    result = resource.read(answer["header"], answer["rows"])
    if result.base_errors:
        made.status, made.problem = ImportStatus.REFUSED, "columns"
        return
    for (number, cells, _problems), found in zip(answer["rows"], result.rows, strict=True):
        key = cells[0] if cells else ""
        if found.import_type == found.IMPORT_TYPE_SKIP:
            made.unchanged += 1
            continue
        wrong = list(found.validation_error.messages) if found.validation_error else []
        wrong += [str(each.error)[:200] for each in found.errors]
        unit = resource.known.get(key)
        made.rows.append(
            {
                "number": number,
                "key": key[:60],
                "before": unit.target if unit else "",
                "after": resource.after.get(key, cells[len(HEADER) - 1] if len(cells) == len(HEADER) else ""),
                "problems": wrong,
            }
        )


def parsed(content: bytes, kind: str) -> dict:
    """In a process of its own, which a hostile file may end."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "campaigns.bulk.parse", kind],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            cwd=settings.BASE_DIR,
            check=False,
        )
        return json.loads(done.stdout) if done.returncode == 0 else {"problem": "too-complex"}
    except (subprocess.TimeoutExpired, ValueError):
        return {"problem": "too-complex"}


@transaction.atomic
def apply(import_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """All rows or none, to the draft that they were compared with; Stale if it was saved since."""
    made = _held(import_id, actor)
    if not made.is_clean:
        raise WrongState(_("This file cannot be taken in."))
    if not made.rows:
        raise WrongState(_("The file changes nothing."))
    words = {row["key"]: row["after"] for row in made.rows}
    campaign = translating.translate(
        made.campaign_id, actor=actor, now=now, language=made.language, seen_revision=made.revision,
        words=words, origin={"import": str(made.pk)},
    )  # fmt: skip
    # Whoever sent the words wrote them: neither approves the text, no more than whoever took them in, nor
    # stands for the translation as its reader.
    Translation.objects.filter(campaign=campaign, language=made.language).update(
        translated_by_id=made.uploaded_by_id
    )
    Contribution.objects.get_or_create(
        campaign=campaign, person_id=made.uploaded_by_id, defaults={"first_at": made.uploaded_at}
    )
    made.status, made.ended_at = ImportStatus.TAKEN_IN, now
    made.save(update_fields=["status", "ended_at"])
    return campaign


@transaction.atomic
def drop(import_id: UUID, *, actor: Actor, now: datetime) -> TranslationImport:
    """Not taken in; nothing of it stays but that it was here."""
    made = _held(import_id, actor)
    if made.status in (ImportStatus.TAKEN_IN, ImportStatus.DROPPED):
        raise WrongState(_("It has ended already."))
    made.status, made.ended_at, made.content, made.rows = ImportStatus.DROPPED, now, None, []
    made.save(update_fields=["status", "ended_at", "content", "rows"])
    return made


def _held(import_id: UUID, actor: Actor) -> TranslationImport:
    """The campaign's row first, as every flow that changes a draft."""
    seen = TranslationImport.objects.filter(
        pk=import_id, campaign__in=Campaign.objects.visible_to(actor).values("pk")
    ).first()
    if seen is None:
        raise NotVisible
    campaign = translating.locked(seen.campaign_id, actor)
    check(actor, "campaigns.translate", campaign)
    return TranslationImport.objects.select_for_update(of=("self",)).get(pk=import_id)
