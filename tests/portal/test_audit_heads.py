"""Signed heads: one a day, kept where nothing overwrites them, and verifiable by anybody."""

import base64
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.urls import reverse

from portal.audit import heads, record, tasks
from portal.audit.chain import GENESIS, Kind, last
from portal.kernel.signing import BadSignature, Keyring
from portal.keyring import keyring
from portal.models import AuditEvent, AuditHead, User
from tests.people import SYSTEM, House

CHECK = Path(heads.__file__).parent / "offline" / "checkaudit.py"
SEED = base64.b64encode(b"h" * 32).decode()


@pytest.fixture(autouse=True)
def _own_directory(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_HEADS_DIR = tmp_path / "heads"


@pytest.fixture
def trail(db: None, now: datetime) -> int:
    thing = User.objects.create_user("thing@bench.example", name="A thing")
    return write(thing, now)


def write(thing: Any, now: datetime) -> int:
    with transaction.atomic():
        return int(record("people.signed_in", actor=SYSTEM, subject=thing, at=now).seq)


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Without the portal: nothing of it can be imported."""
    return subprocess.run(
        [sys.executable, "-I", str(CHECK), *arguments], capture_output=True, text=True, cwd="/", timeout=60
    )


def keys_in(directory: Path) -> str:
    path = directory / "keys.json"
    path.write_text(json.dumps(keyring().jwks()), encoding="utf-8")
    return str(path)


def test_a_head_names_the_newest_row(trail: int, now: datetime) -> None:
    head = heads.sign_head(now)
    said = json.loads(head.file)["head"]
    assert (said["seq"], said["hash"], said["rows"]) == (trail, last().hash, AuditEvent.objects.count())
    assert (said["typ"], said["date"]) == ("portal/audit-head", f"{now:%Y-%m-%d}")
    assert heads.read(head.file, "x").point == last()


def test_a_day_has_one_head_however_often_it_is_asked_for(trail: int, now: datetime) -> None:
    first = heads.sign_head(now)
    write(User.objects.all()[0], now)
    assert heads.sign_head(now).file == first.file
    assert AuditHead.objects.count() == 1


def test_a_missed_day_is_caught_up_by_the_next_run(trail: int, now: datetime) -> None:
    heads.sign_head(now - timedelta(days=5))
    heads.sign_head(now)
    days = list(AuditHead.objects.values_list("date", flat=True))
    assert days == [now.date(), (now - timedelta(days=5)).date()]


def test_days_are_days_in_utc(trail: int) -> None:
    before = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)
    heads.sign_head(before)
    heads.sign_head(before + timedelta(microseconds=1))
    assert [str(head) for head in AuditHead.objects.all()] == ["2026-03-02", "2026-03-01"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_head(now: datetime, at_once: Any) -> None:
    write(User.objects.create_user("thing@bench.example", name="A thing"), now)
    made = at_once(*[lambda: heads.sign_head(now)] * 4)
    assert len({head.file for head in made}) == 1
    assert AuditHead.objects.count() == 1
    assert at_once(*[lambda: heads.keep(made[0])] * 4) == [True] * 4
    assert [path.name for path in heads.file_of(made[0]).parent.iterdir()] == [heads.file_of(made[0]).name]


def test_an_empty_trail_has_a_head_too(db: None, now: datetime) -> None:
    AuditEvent.objects.none()
    if last().seq:
        pytest.skip("the database is not empty")
    assert heads.read(heads.sign_head(now).file, "x").point.hash == GENESIS
    assert heads.compare(heads.in_table())[1] == []


def test_the_day_on_which_a_portal_begins_has_a_head_of_its_first_acts(db: None, now: datetime) -> None:
    """The scheduler is up before the first act; a head of nothing would stand for that whole day."""
    if last().seq:
        pytest.skip("the database is not empty")
    tasks.sign_head()
    assert not AuditHead.objects.exists()
    seq = write(User.objects.create_user("thing@bench.example", name="A thing"), now)
    tasks.sign_head()
    assert AuditHead.objects.get().seq == seq


def test_a_file_is_never_overwritten_with_something_else(trail: int, now: datetime) -> None:
    head = heads.sign_head(now)
    assert heads.keep_all() == []
    path = heads.file_of(head)
    assert path.read_text(encoding="utf-8") == head.file
    assert path.stat().st_mode & 0o777 == 0o400
    path.chmod(0o600)
    path.write_text("{}", encoding="utf-8")
    assert heads.keep_all() == [head]
    assert path.read_text(encoding="utf-8") == "{}"


def test_a_file_that_a_crash_left_out_is_written_by_the_next_run(trail: int, now: datetime) -> None:
    old = heads.sign_head(now - timedelta(days=1))
    tasks.sign_head()
    assert heads.file_of(old).exists()
    assert len(list(heads.in_directory(heads.file_of(old).parent))) == 2


def test_a_head_is_mailed_once_to_addresses_outside(trail: int, settings: Any) -> None:
    tasks.sign_head()
    assert mail.outbox == []
    settings.AUDIT_HEADS_TO = ["vault@outside.example"]
    tasks.sign_head()
    tasks.sign_head()
    assert [message.to for message in mail.outbox] == [["vault@outside.example"]]
    name, content, _ = mail.outbox[0].attachments[0]
    head = AuditHead.objects.get()
    assert (name, content) == (heads.file_of(head).name, head.file)


def test_a_mail_that_failed_is_sent_by_the_next_run(
    trail: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUDIT_HEADS_TO = ["vault@outside.example"]

    def down(*_: Any, **__: Any) -> None:
        raise OSError("no mail server")

    with monkeypatch.context() as patched:
        patched.setattr("portal.audit.tasks.EmailMessage.send", down)
        with pytest.raises(OSError, match="no mail server"):
            tasks.sign_head()
    assert AuditHead.objects.get().mailed_at is None
    tasks.sign_head()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["head"].update(seq=content["head"]["seq"] + 1),
        lambda content: content["head"].update(hash="0" * 64),
        lambda content: content["head"].update(typ="portal/audit-export"),
        lambda content: content["head"].pop("key"),
        lambda content: content["head"].update(more=1),
        lambda content: content.update(signature=""),
        lambda content: content.update(head=[]),
        lambda content: content.clear(),
    ],
)
def test_a_forged_head_is_not_believed(trail: int, now: datetime, tmp_path: Path, change: Any) -> None:
    content = json.loads(heads.sign_head(now).file)
    change(content)
    with pytest.raises(BadSignature):
        heads.read(json.dumps(content), "x")
    (tmp_path / "forged.json").write_text(json.dumps(content), encoding="utf-8")
    assert [fault.kind for fault in heads.compare(heads.in_directory(tmp_path))[1]] == [Kind.UNSIGNED]
    judged = offline("head", str(tmp_path / "forged.json"), "--keys", keys_in(tmp_path))
    assert (judged.returncode, "WRONG" in judged.stdout) == (1, True)


@pytest.mark.parametrize("text", ["", "null", "[]", "1", "\x00", "[" * 5000, '{"head": {}}', "x" * 100_000])
def test_a_file_that_is_no_head_is_named(trail: int, tmp_path: Path, text: str) -> None:
    (tmp_path / "junk.json").write_text(text, encoding="utf-8")
    _, faults, _ = heads.compare(heads.in_directory(tmp_path))
    assert [(fault.kind, fault.head) for fault in faults] == [(Kind.UNSIGNED, "junk.json")]


def test_a_head_by_somebody_elses_key_is_not_believed(trail: int, now: datetime, settings: Any) -> None:
    head = heads.sign_head(now)
    settings.SIGNING_KEYS = [SEED]
    with pytest.raises(BadSignature, match="not known"):
        heads.read(head.file, "x")


def test_a_head_outlives_the_rotation_of_its_key(trail: int, now: datetime, settings: Any) -> None:
    head = heads.sign_head(now)
    settings.SIGNING_KEYS = [SEED, *settings.SIGNING_KEYS]
    assert heads.read(head.file, "x").point == last()


def test_heads_are_verified_without_the_portal(trail: int, now: datetime, tmp_path: Path) -> None:
    first = heads.sign_head(now - timedelta(days=1))
    write(User.objects.all()[0], now)
    second = heads.sign_head(now)
    heads.keep_all()
    files = [str(heads.file_of(head)) for head in (first, second)]
    judged = offline("head", *files, "--keys", keys_in(tmp_path))
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert second.hash in judged.stdout
    stranger = tmp_path / "stranger.json"
    stranger.write_text(json.dumps(Keyring([SEED]).jwks()), encoding="utf-8")
    assert offline("head", *files, "--keys", str(stranger)).returncode == 1


def test_a_name_that_stands_twice_is_refused_without_the_portal(
    trail: int, now: datetime, tmp_path: Path
) -> None:
    text = heads.sign_head(now).file.replace('"head": {', '"head": {\n    "seq": 1,', 1)
    (tmp_path / "twice.json").write_text(text, encoding="utf-8")
    judged = offline("head", str(tmp_path / "twice.json"), "--keys", keys_in(tmp_path))
    assert (judged.returncode, "stands twice" in judged.stdout) == (1, True)


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("jq")), reason="needs openssl and jq")
def test_the_steps_with_openssl_are_true(trail: int, now: datetime, tmp_path: Path) -> None:
    steps = (CHECK.parent / "README.txt").read_text(encoding="utf-8").partition("verified so:")[2]
    (tmp_path / "head.json").write_text(heads.sign_head(now).file, encoding="utf-8")
    keys_in(tmp_path)
    for text, holds in (("", True), ('s/"rows": [0-9]*/"rows": 7777/', False)):
        if text:
            subprocess.run(["sed", "-i", text, "head.json"], cwd=tmp_path, check=True)
        judged = subprocess.run(
            ["bash", "-c", steps], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert ("Verified Successfully" in judged.stdout) is holds, judged.stdout + judged.stderr


def test_auditor_and_lead_take_a_heads_file(sign_in: Any, house: House, now: datetime) -> None:
    head = heads.sign_head(now)
    for who in (house.auditor, house.lead):
        answer = sign_in(who).get(reverse("audit-head", args=[head.date]))
        assert answer.content.decode() == head.file
        assert heads.file_of(head).name in answer["Content-Disposition"]
    assert sign_in(house.auditor).get("/audit/heads/2001-01-01/").status_code == 404
    assert sign_in(house.auditor).get("/audit/heads/2001-13-41/").status_code == 404
