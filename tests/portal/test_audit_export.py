"""Exports: what was searched for, verifiable elsewhere, recorded, and for nobody but who asked."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from portal.audit import exportfile, exports, record, tasks
from portal.audit.search import Search
from portal.identity.people import actor_for
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded, WrongState
from portal.keyring import keyring
from portal.models import AuditEvent, AuditExport, Membership, User
from portal.models.auditexport import ExportFormat
from tests.people import SYSTEM, House, make_person

CHECK = Path(exportfile.__file__).parent / "offline" / "checkaudit.py"
HOSTILE = ('=HYPERLINK("http://x")', "+1", "-1", "@A1", "\t=1", " =1", "|x", "＝1", "\u3000=1", "%0A=1")


@pytest.fixture(autouse=True)
def _own_directory(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_EXPORTS_DIR = tmp_path / "exports"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def export(house: House, kind: ExportFormat = ExportFormat.JSONL, **asked: Any) -> AuditExport:
    return exports.export(actor=house.auditor, now=timezone.now(), search=Search(**asked), kind=kind)


def unpacked(made: AuditExport) -> zipfile.ZipFile:
    return zipfile.ZipFile(exportfile.path_of(made))


def offline(made: AuditExport, *more: str, archive: Path | None = None) -> subprocess.CompletedProcess[str]:
    keys = exportfile.path_of(made).with_suffix(".keys.json")
    keys.write_text(json.dumps(keyring().jwks()), encoding="utf-8")
    command = [sys.executable, "-I", str(CHECK), "export", str(archive or exportfile.path_of(made))]
    return subprocess.run(
        [*command, "--keys", str(keys), *more], capture_output=True, text=True, cwd="/", timeout=60
    )


def write(house: House, **more: Any) -> AuditEvent:
    thing = User.objects.get(pk=house.officer.id)
    with transaction.atomic():
        return record("people.signed_in", actor=SYSTEM, subject=thing, at=timezone.now(), **more)


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_an_export_verifies_without_the_portal(house: House, kind: ExportFormat) -> None:
    write(
        house,
        why='Quote " comma , line\nbreak \u2028 漢字 \U0001f600 \\ tab\t',
        data={"ü": [1, None, 1.5, "\u007f"]},
    )
    made = export(house, kind)
    judged = offline(made)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert f"{made.rows} rows read, {made.rows} of them follow" in judged.stdout
    assert made.rows == made.rows_found == made.upto_seq


@pytest.mark.parametrize("kind", list(ExportFormat))
@pytest.mark.parametrize(
    "forge",
    [
        lambda rows: rows.replace(b"Because.", b"Certainly"),
        lambda rows: rows[: rows[:-2].rindex(b"\n") + 1],
        lambda rows: rows + rows[rows[:-2].rindex(b"\n") + 1 :],
    ],
)
def test_a_forged_export_is_named(house: House, kind: ExportFormat, forge: Any, tmp_path: Path) -> None:
    write(house, why="Because.")
    made = export(house, kind)
    forged = tmp_path / "forged.zip"
    with unpacked(made) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, forge(content) if name.startswith("audit-trail") else content)
    judged = offline(made, archive=forged)
    assert (judged.returncode, "not those that the manifest names" in judged.stdout) == (1, True)


def test_an_export_of_a_tampered_row_says_so(house: House, as_owner: Any) -> None:
    row = write(house, why="Because.")
    as_owner("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [row.seq])
    judged = offline(export(house))
    assert (judged.returncode, "does not fit its hash" in judged.stdout) == (1, True)


def test_a_spreadsheet_finds_no_formula(house: House) -> None:
    for text in HOSTILE:
        write(house, why=text)
    made = export(house, ExportFormat.CSV)
    text = unpacked(made).read("audit-trail.csv").decode("utf-8-sig")
    found = [row for row in csv.DictReader(io.StringIO(text)) if row["why"]]
    whys = [row["why"] for row in found][-len(HOSTILE) :]
    assert whys == [f"'{text}" for text in HOSTILE]
    for row in csv.reader(io.StringIO(text)):
        assert not any(cell.lstrip(" \u00a0\u3000").startswith(exportfile.FORMULA) for cell in row)
    sealed = [json.loads(row["sealed"])["why"] for row in found][-len(HOSTILE) :]
    assert sealed == list(HOSTILE)


def test_only_what_was_searched_for_is_in_it(house: House) -> None:
    row = write(house, why="The hotline is missing.")
    made = export(house, words="hotline")
    lines = unpacked(made).read("audit-trail.jsonl").decode().splitlines()
    assert [json.loads(line)["row"]["seq"] for line in lines] == [row.seq]
    digest = hashlib.sha256(lines[0][84:-1].encode()).hexdigest()
    assert digest == json.loads(lines[0])["hash"] == AuditEvent.objects.get(seq=row.seq).hash


def test_asking_and_taking_are_recorded(house: House, now: datetime) -> None:
    made = export(house, event="agencies.")
    asked = AuditEvent.objects.get(event="audit.exported")
    assert (asked.actor_id, asked.subject_id) == (house.auditor.id, str(made.pk))
    assert asked.data == {
        "format": "jsonl", "search": {"event": "agencies."}, "rows": made.rows, "upto": made.upto_seq,
    }  # fmt: skip
    taken = exports.download(made.pk, actor=house.auditor, now=now)
    recorded = AuditEvent.objects.get(event="audit.downloaded")
    handed_out = hashlib.sha256(taken.path.read_bytes()).hexdigest()
    assert recorded.data["sha256"] == handed_out == made.sha256
    assert recorded.data["rows"] == made.rows


def test_its_own_asking_is_not_part_of_an_export(house: House) -> None:
    made = export(house)
    assert "audit.exported" not in unpacked(made).read("audit-trail.jsonl").decode()


def test_an_export_of_nothing_is_refused(house: House) -> None:
    with pytest.raises(Invalid):
        export(house, subject="nothing")
    assert not AuditExport.objects.exists()


def test_too_large_an_export_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    with pytest.raises(Invalid, match="million"):
        export(house)


@pytest.mark.parametrize("who", ["officer", "supervisor", "outsider", "reviewer", "analyst", "lead"])
def test_nobody_but_an_auditor_exports(house: House, now: datetime, who: str) -> None:
    actor = getattr(house, who)
    with pytest.raises(Forbidden):
        exports.export(actor=actor, now=now, search=Search(), kind=ExportFormat.CSV)
    made = export(house)
    with pytest.raises(NotVisible):
        exports.download(made.pk, actor=actor, now=now)
    assert not AuditEvent.objects.filter(event="audit.downloaded").exists()


def test_an_auditor_suspended_meanwhile_exports_and_takes_nothing(house: House, now: datetime) -> None:
    made = export(house)
    Membership.objects.filter(user_id=house.auditor.person_id).update(suspended_at=now)
    with pytest.raises(Forbidden, match="Your access has ended"):
        export(house)
    with pytest.raises(Forbidden, match="Your access has ended"):
        exports.download(made.pk, actor=house.auditor, now=now)
    assert not AuditEvent.objects.filter(event="audit.downloaded").exists()


def test_an_export_asks_for_the_second_factor_again(house: House, now: datetime) -> None:
    stale = actor_for(User.objects.get(pk=house.auditor.id))
    assert stale is not None
    with pytest.raises(ProofNeeded):
        exports.export(actor=stale, now=now, search=Search(), kind=ExportFormat.CSV)


def test_another_auditor_does_not_find_it(house: House, now: datetime, sign_in: Any) -> None:
    made = export(house)
    other = make_person("second-auditor", Role.AUDITOR, None, now=now)
    with pytest.raises(NotVisible):
        exports.download(made.pk, actor=other, now=now)
    browser = sign_in(other)
    assert browser.get(reverse("audit-exported", args=[made.pk])).status_code == 404
    assert browser.post(reverse("audit-download", args=[made.pk])).status_code == 404


def test_an_export_through_the_pages(sign_in: Any, house: House) -> None:
    write(house, why="The hotline is missing.")
    browser = sign_in(house.auditor)
    page = browser.get(reverse("audit-export"), {"words": "hotline"})
    assert page.context["asked"] == [("Words in the reason", "hotline")]
    made = browser.post(reverse("audit-export"), {"words": "hotline", "format": "csv"}, follow=True)
    assert made.context["export"].rows == 1
    taken = browser.post(reverse("audit-download", args=[made.context["export"].pk]))
    content = b"".join(taken.streaming_content)
    assert hashlib.sha256(content).hexdigest() == made.context["export"].sha256
    assert taken["Content-Disposition"].startswith('attachment; filename="audit-trail-')
    assert "no-store" in taken["Cache-Control"]


def test_fetching_a_download_by_get_takes_nothing(sign_in: Any, house: House) -> None:
    made = export(house)
    assert sign_in(house.auditor).get(reverse("audit-download", args=[made.pk])).status_code == 405
    assert not AuditEvent.objects.filter(event="audit.downloaded").exists()


@pytest.mark.parametrize(
    "given",
    [
        {"format": "exe"},
        {},
        {"format": "csv", "since": "x"},
        {"format": "csv", "agency": "' OR 1=1"},
        {"format": "csv", "words": "nothing says this"},
        {"format": "csv", "event": "\x00"},
    ],
)
def test_a_hostile_form_makes_no_export(sign_in: Any, house: House, given: dict[str, str]) -> None:
    response = sign_in(house.auditor).post(reverse("audit-export"), given)
    assert response.status_code == 422
    assert not AuditExport.objects.exists()


def test_a_large_export_is_written_by_the_worker_a_stretch_at_a_time(
    house: House, now: datetime, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    for _ in range(25):
        write(house)
    monkeypatch.setattr(exports, "AT_ONCE", 5)
    monkeypatch.setattr(exportfile, "CHUNK", 4)
    handed: list[str] = []
    monkeypatch.setattr(tasks.export_on, "delay", handed.append)
    with django_capture_on_commit_callbacks(execute=True):
        made = export(house)
    assert handed == [str(made.pk)]
    assert made.ready_at is None
    with pytest.raises(WrongState):
        exports.download(made.pk, actor=house.auditor, now=now)
    runs = 0
    while not exports.go_on(made.pk, seconds=-1):
        runs += 1
        made.refresh_from_db()
        assert made.rows == 4 * runs
        # A worker that died in the middle left more in the file than the row says.
        with exportfile.unfinished(made).open("ab") as file:
            file.write(b"half a li")
    assert runs >= 6
    made.refresh_from_db()
    assert (made.rows, made.ready_at is not None) == (made.rows_found, True)
    assert offline(made).returncode == 0
    assert not exportfile.unfinished(made).exists()
    assert exports.go_on(made.pk) is True


def test_what_a_crash_left_is_taken_up_again(
    house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = export(house)
    AuditExport.objects.filter(pk=made.pk).update(ready_at=None, touched_at=now - timedelta(minutes=3))
    handed: list[str] = []
    monkeypatch.setattr(tasks.export_on, "delay", handed.append)
    tasks.sweep()
    assert handed == [str(made.pk)]


def test_files_are_removed_after_a_day(house: House, now: datetime) -> None:
    made = export(house)
    assert exportfile.path_of(made).stat().st_mode & 0o777 == 0o600
    assert exports.remove_old(now + timedelta(hours=23)) == 0
    assert exports.remove_old(timezone.now() + timedelta(hours=25)) == 1
    assert not exportfile.path_of(made).exists()
    with pytest.raises(WrongState):
        exports.download(made.pk, actor=house.auditor, now=now)


def test_a_hundred_thousand_rows_take_little_memory(house: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO portal_auditevent (at, event, actor_kind, actor_id, actor_label, actor_role,
                subject_type, subject_id, subject_label, why, data, request_id, previous_hash, hash)
            SELECT now(), 'people.signed_in', 'person', 'x', 'Somebody', '', 'user', g::text, 'A thing',
                   'A reason of some words', '{}', '', '', '' FROM generate_series(1, 100000) AS g
            """
        )
    made = AuditExport.objects.create(
        asked_by_id=house.auditor.person_id, asked_at=timezone.now(), format=ExportFormat.CSV,
        upto_seq=AuditEvent.objects.count(), rows_found=AuditEvent.objects.count(), touched_at=timezone.now(),
    )  # fmt: skip
    tracemalloc.start()
    assert exports.go_on(made.pk, seconds=300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000, f"{peak:,} bytes"
    made.refresh_from_db()
    assert made.rows > 100_000
