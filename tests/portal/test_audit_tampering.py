"""The trail tampered with as whoever owns the database can: the verifier names what was done."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from portal.audit import heads, record, verification
from portal.audit.chain import Fault, Kind, Point, verify, walk
from portal.audit.tasks import sign_head, verify_chain
from portal.kernel.actor import Actor
from portal.models import AuditCheck, AuditEvent, AuditHead, Notice, User
from portal.models.auditevent import hash_sql
from tests.owner import owner_cursor
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db(transaction=True)

EVENT = "people.signed_in"


@pytest.fixture(autouse=True)
def _own_directory(settings: Any, tmp_path: Path) -> None:
    """What one test signed outlives its rows, and the next test's chain does not fit it."""
    settings.AUDIT_HEADS_DIR = tmp_path / "heads"


def rehashed(cursor: Any, seq: int) -> None:
    """The forger knows how hashes are made, and makes the row fit."""
    cursor.execute("SET TimeZone = 'UTC'")
    cursor.execute(
        f"UPDATE portal_auditevent AS e SET hash = {hash_sql(AuditEvent, 'e')} WHERE seq = %s",  # noqa: S608
        [seq],
    )


@pytest.fixture
def chain(transactional_db: None, now: datetime) -> list[int]:
    """Ten rows; their numbers."""
    thing = User.objects.create_user(f"{uuid4().hex}@bench.example", name="A thing")
    numbers = []
    for number in range(10):
        with transaction.atomic():
            row = record(EVENT, actor=SYSTEM, subject=thing, at=now, why=f"Reason {number}")
        numbers.append(row.seq)
    return numbers


def faults() -> list[tuple[int, Kind]]:
    return [(fault.seq, fault.kind) for fault in verify().faults]


def test_the_untouched_chain_is_whole(chain: list[int]) -> None:
    verdict = verify()
    assert (verdict.faults, verdict.rows, verdict.point.seq) == ((), AuditEvent.objects.count(), chain[-1])


@pytest.mark.parametrize(
    "change",
    [
        "why = 'Another reason.'",
        "actor_id = 'somebody else'",
        "at = at - interval '1 microsecond'",
        "recorded_at = recorded_at - interval '1 day'",
        "data = '{\"a\": null}'",
        "session = 'abc'",
        "ip = '192.0.2.1'",
        "actor_agency_label = ''",
        "event = 'people.signed_out'",
        "subject_label = subject_label || ' '",
    ],
)
def test_a_changed_row(chain: list[int], change: str) -> None:
    with owner_cursor() as cursor:
        cursor.execute(f"UPDATE portal_auditevent SET {change} WHERE seq = %s", [chain[4]])  # noqa: S608
    assert faults() == [(chain[4], Kind.CHANGED)]


def test_a_changed_row_that_was_made_to_fit(chain: list[int]) -> None:
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[4]])
        rehashed(cursor, chain[4])
    assert faults() == [(chain[5], Kind.UNLINKED)]


def test_a_row_removed_from_the_middle(chain: list[int]) -> None:
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent WHERE seq IN (%s, %s)", chain[3:5])
    assert verify().faults == (Fault(chain[5], Kind.MISSING, after=chain[2]),)


def test_the_first_row_removed(chain: list[int]) -> None:
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = 1")
    assert verify().faults == (Fault(2, Kind.MISSING, after=0),)


def test_a_removed_row_with_the_others_moved_up(chain: list[int]) -> None:
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = %s", [chain[4]])
        for seq in chain[5:]:
            cursor.execute("UPDATE portal_auditevent SET seq = seq - 1 WHERE seq = %s", [seq])
    assert [fault for fault in faults() if fault[1] == Kind.CHANGED] == [
        (seq - 1, Kind.CHANGED) for seq in chain[5:]
    ]


def test_a_forged_row_with_a_fitting_hash_at_the_end(chain: list[int]) -> None:
    """Whoever can do this can also chain it rightly; then only the next signed head differs."""
    with owner_cursor() as cursor:
        _copy(cursor, chain[0], chain[-1] + 1)
        rehashed(cursor, chain[-1] + 1)
    assert faults() == [(chain[-1] + 1, Kind.UNLINKED)]


def test_a_forged_row_pushed_in_between(chain: list[int]) -> None:
    with owner_cursor() as cursor:
        for seq in reversed(chain[5:]):
            cursor.execute("UPDATE portal_auditevent SET seq = seq + 1 WHERE seq = %s", [seq])
            rehashed(cursor, seq + 1)
        _copy(cursor, chain[0], chain[5])
        cursor.execute(
            "UPDATE portal_auditevent SET previous_hash = (SELECT hash FROM portal_auditevent WHERE seq = %s)"
            " WHERE seq = %s",
            [chain[4], chain[5]],
        )
        rehashed(cursor, chain[5])
    assert (chain[5] + 1, Kind.UNLINKED) in faults()


@pytest.mark.parametrize("seq", [0, -7, 10**15])
def test_a_forged_row_by_a_number_that_is_never_given(chain: list[int], seq: int) -> None:
    with owner_cursor() as cursor:
        _copy(cursor, chain[0], seq)
        rehashed(cursor, seq)
    assert (seq, Kind.MISSING) in faults()


def test_two_rows_swapped(chain: list[int]) -> None:
    one, other = chain[2], chain[6]
    with owner_cursor() as cursor:
        for old, new in ((one, -1), (other, one), (-1, other)):
            cursor.execute("UPDATE portal_auditevent SET seq = %s WHERE seq = %s", [new, old])
    found = faults()
    assert (one, Kind.CHANGED) in found
    assert (other, Kind.CHANGED) in found


def test_two_rows_swapped_and_made_to_fit(chain: list[int]) -> None:
    one, other = chain[2], chain[6]
    with owner_cursor() as cursor:
        for old, new in ((one, -1), (other, one), (-1, other)):
            cursor.execute("UPDATE portal_auditevent SET seq = %s WHERE seq = %s", [new, old])
        rehashed(cursor, one)
        rehashed(cursor, other)
    assert faults() == [(seq, Kind.UNLINKED) for seq in (one, one + 1, other, other + 1)]


def test_a_cut_tail_shows_against_a_head_only(chain: list[int], now: datetime) -> None:
    head = heads.sign_head(now)
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent WHERE seq > %s", [chain[-3]])
    assert faults() == []
    assert heads.compare(heads.in_table())[1] == [
        Fault(chain[-1], Kind.CUT, after=chain[-3], head=f"{head.date:%Y-%m-%d}")
    ]


def test_a_cut_tail_that_grew_again_shows_against_a_head(chain: list[int], now: datetime) -> None:
    heads.sign_head(now)
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent WHERE seq > %s", [chain[-2]])
    for _ in range(3):
        with transaction.atomic():
            record(EVENT, actor=SYSTEM, subject=User.objects.all()[0], at=now)
    assert faults() == []
    assert [(fault.seq, fault.kind) for fault in heads.compare(heads.in_table())[1]] == [
        (chain[-1], Kind.REWRITTEN)
    ]


def test_a_chain_written_anew_from_the_middle_shows_against_a_head(chain: list[int], now: datetime) -> None:
    heads.sign_head(now)
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[3]])
        for seq in chain[3:]:
            cursor.execute(
                "UPDATE portal_auditevent AS e SET previous_hash = b.hash FROM portal_auditevent AS b"
                " WHERE e.seq = %s AND b.seq = e.seq - 1",
                [seq],
            )
            rehashed(cursor, seq)
    assert faults() == []
    assert [fault.kind for fault in heads.compare(heads.in_table())[1]] == [Kind.REWRITTEN]


def test_an_emptied_trail_shows_against_a_head(chain: list[int], now: datetime) -> None:
    heads.sign_head(now)
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent")
    assert heads.compare(heads.in_table())[1] == [Fault(chain[-1], Kind.CUT, after=0, head=f"{now:%Y-%m-%d}")]


def test_a_row_that_came_past_the_triggers(chain: list[int]) -> None:
    with owner_cursor() as cursor:
        _copy(cursor, chain[0], chain[-1] + 1)
    found = faults()
    assert found == [(chain[-1] + 1, Kind.CHANGED)]


def test_hashes_of_the_first_release_still_hold(chain: list[int]) -> None:
    """It left out whatever column was null, one by one; ours names the columns that may be."""
    first = """encode(sha256(convert_to((
        SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(e) - 'hash')
        WHERE value <> 'null'::jsonb
    ), 'UTF8')), 'hex')"""
    with transaction.atomic():
        record(
            EVENT, actor=Actor.system("x"), subject=User.objects.all()[0], at=datetime.now(UTC),
            data={"a": None, "b": [None, {"c": None}], "漢": 1.50},
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM portal_auditevent AS e WHERE hash <> {first}")  # noqa: S608
        assert cursor.fetchone()[0] == 0


def test_many_stretches_find_the_same(chain: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = %s", [chain[4]])
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[7]])
        rehashed(cursor, chain[7])
    at_once = verify()
    for length in (1, 2, 3, 7):
        monkeypatch.setattr("portal.audit.chain.STRETCH", length)
        assert verify() == at_once
    assert at_once.broken == (chain[1], chain[5], chain[8])


def test_reading_on_from_a_point_trusts_what_came_before(chain: list[int]) -> None:
    point = Point(chain[5], AuditEvent.objects.get(seq=chain[5]).hash)
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
    assert verify(point).is_whole
    assert verify(point).rows == 4
    assert [step.faults for step in walk(Point(chain[5], "f" * 64), chain[-1])] == [
        (Fault(chain[6], Kind.UNLINKED),)
    ]


# --- the ways in that the application has -----------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal_auditevent SET why = 'x'",
        "UPDATE portal_auditevent SET hash = hash",
        "DELETE FROM portal_auditevent WHERE false OR seq = 1",
        "TRUNCATE portal_auditevent",
        "TRUNCATE portal_auditevent CASCADE",
        "TRUNCATE portal_auditevent RESTART IDENTITY CASCADE",
        "MERGE INTO portal_auditevent AS e USING (SELECT 1 AS seq) AS s ON e.seq = s.seq"
        " WHEN MATCHED THEN UPDATE SET why = 'x'",
        "MERGE INTO portal_auditevent AS e USING (SELECT 1 AS seq) AS s ON e.seq = s.seq"
        " WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM portal_auditevent RETURNING 1) SELECT count(*) FROM gone",
        "UPDATE portal_audithead SET hash = 'x'",
        "UPDATE portal_audithead SET file = 'x', mailed_at = now()",
        "DELETE FROM portal_audithead",
        "TRUNCATE portal_audithead",
    ],
)
def test_no_statement_changes_what_was_written(chain: list[int], now: datetime, statement: str) -> None:
    """Neither the application, which may not, nor the owner while the triggers are on."""
    heads.sign_head(now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(psycopg.Error), owner_cursor(past_triggers=False) as cursor:
        cursor.execute(statement)
    assert verify().is_whole
    assert AuditHead.objects.count() == 1


def test_an_insert_that_would_update_adds_a_row_instead(chain: list[int]) -> None:
    copied = f"SELECT {COLUMNS} FROM portal_auditevent WHERE seq = {chain[4]}"  # noqa: S608
    statement = (
        f"INSERT INTO portal_auditevent ({COLUMNS}) {copied} ON CONFLICT (seq) DO UPDATE SET why = 'x'"
    )
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    with owner_cursor(past_triggers=False) as cursor:
        cursor.execute(statement)
    assert verify().is_whole
    assert AuditEvent.objects.count() == chain[-1] + 1


def test_copy_and_many_rows_at_once_are_chained_as_well(chain: list[int], now: datetime) -> None:
    thing = User.objects.all()[0]
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY portal_auditevent (seq, at, event, actor_kind, actor_id, actor_label, actor_role,"
            " subject_type, subject_id, subject_label, why, data, request_id, previous_hash, hash) FROM STDIN"
        ) as copy,
    ):
        for number in range(3):
            copy.write_row(
                (
                    number,
                    now,
                    EVENT,
                    "system",
                    "x",
                    "x",
                    "",
                    "user",
                    "x",
                    "x",
                    "",
                    "{}",
                    "",
                    "f" * 64,
                    "f" * 64,
                )
            )
    last = AuditEvent.objects.order_by("-seq")[0]
    assert last.seq == chain[-1] + 3
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(at=now, event=EVENT, actor_kind="system", actor_id="x", actor_label="x",
                       subject_type="user", subject_id=str(thing.pk), subject_label="x")
            for _ in range(5)
        ]
    )  # fmt: skip
    assert verify().is_whole
    assert verify().rows == chain[-1] + 8


def test_a_temporary_table_by_the_same_name_forges_no_head(chain: list[int], now: datetime) -> None:
    thing = User.objects.all()[0]
    """The application may make none; the owner may."""
    with owner_cursor(past_triggers=False) as cursor:
        cursor.execute("CREATE TEMPORARY TABLE portal_auditevent (seq bigint, hash text)")
        cursor.execute("INSERT INTO pg_temp.portal_auditevent VALUES (999, repeat('f', 64))")
        cursor.execute(
            "INSERT INTO public.portal_auditevent (at, event, actor_kind, actor_id, actor_label, actor_role,"
            " subject_type, subject_id, subject_label, why, data, request_id, previous_hash, hash)"
            " VALUES (%s, %s, 'system', 'x', 'x', '', 'user', %s, 'x', '', '{}', '', '', '')",
            [now, EVENT, str(thing.pk)],
        )
        cursor.execute("DROP TABLE pg_temp.portal_auditevent")
    assert verify().is_whole
    assert verify().point.seq == chain[-1] + 1


def test_the_zone_of_the_session_is_left_as_it_was(chain: list[int], now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Tokyo'")
        record(EVENT, actor=SYSTEM, subject=User.objects.all()[0], at=now)
        verify()
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone()[0] == "Asia/Tokyo"
    assert verify().is_whole


def test_the_database_says_when_it_wrote(chain: list[int]) -> None:
    times = list(AuditEvent.objects.order_by("seq").values_list("recorded_at", flat=True))
    assert all(times) and times == sorted(times)


# --- the command and the page -----------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=said, stderr=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


def test_the_command_ends_with_one_and_says_what_broke_how(chain: list[int]) -> None:
    assert run()[0] == 0
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = %s", [chain[4]])
    code, said = run()
    assert code == 1
    assert f"row {chain[1]}: changed" in said
    assert f"row {chain[5]}: the numbers {chain[4]} to {chain[4]} before it are missing" in said


def test_the_command_compares_heads_that_were_kept_elsewhere(
    chain: list[int], now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "kept.json").write_text(heads.sign_head(now).file, encoding="utf-8")
    assert run("--heads", str(tmp_path))[0] == 0
    with owner_cursor() as cursor:
        # Whoever cuts the trail also removes the head that the database keeps.
        cursor.execute("DELETE FROM portal_audithead")
        cursor.execute("DELETE FROM portal_auditevent WHERE seq > %s", [chain[5]])
    assert run()[0] == 0
    code, said = run("--heads", str(tmp_path))
    assert code == 1
    assert f"row {chain[-1]}: gone from the end, the trail stops at {chain[5]}; head kept.json" in said


def test_the_command_refuses_a_directory_without_heads(db: None, tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "none"):
        with pytest.raises(CommandError):
            call_command("verify_audit", "--heads", str(directory))


def test_the_command_reads_only_what_came_after_the_head(chain: list[int], now: datetime) -> None:
    heads.sign_head(now)
    with transaction.atomic():
        record(EVENT, actor=SYSTEM, subject=User.objects.all()[0], at=now)
    assert f"1 rows read after row {chain[-1]}" in run("--since-head")[1]


def test_the_page_names_every_fault_and_the_asking_is_recorded(
    sign_in: Any, house: House, chain: list[int], settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    sign_head()
    browser = sign_in(house.auditor)
    page = browser.post(reverse("audit-verify"), {"extent": "whole"}, follow=True)
    assert page.context["check"].is_whole
    assert page.context["check"].heads == 1
    asked = AuditEvent.objects.filter(event="audit.verified").order_by("-seq")[0]
    assert (asked.actor_id, asked.subject_id) == (house.auditor.id, str(page.context["check"].pk))
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = %s", [chain[4]])
        cursor.execute("UPDATE portal_auditevent SET actor_role = 'king' WHERE seq = %s", [chain[6]])
    page = browser.post(reverse("audit-verify"), {"extent": "whole"}, follow=True)
    assert [fault.seq for fault in page.context["faults"]] == [chain[1], chain[5], chain[6]]
    assert b"is broken" in page.content
    for seq in (chain[1], chain[5], chain[6]):
        row = browser.get(reverse("audit-view", args=[seq]))
        context = row.context
        assert (context["sealed"].fits and context["follows"]) is False
    assert AuditCheck.objects.count() == 2


def test_auditors_and_leads_are_told_once_of_a_break(house: House, chain: list[int], now: datetime) -> None:
    verify_chain()
    assert not Notice.objects.filter(kind="trail-broken").exists()
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
    first = verification.verify(actor=SYSTEM, now=now, whole=True)
    verification.verify(actor=SYSTEM, now=now, whole=True)
    told = Notice.objects.filter(kind="trail-broken")
    assert {str(notice.person_id) for notice in told} == {house.auditor.id, house.lead.id}
    assert told.count() == 2
    assert told[0].path == reverse("audit-check", args=[first.pk])


def test_a_long_chain_is_read_by_the_worker_a_stretch_at_a_time(
    chain: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("portal.audit.chain.STRETCH", 3)
    monkeypatch.setattr(verification, "AT_ONCE", 5)
    handed: list[str] = []
    monkeypatch.setattr("portal.audit.tasks.verify_on.delay", handed.append)
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq IN (%s, %s)", [chain[1], chain[8]])
    with django_capture_on_commit_callbacks(execute=True):
        check = verification.verify(actor=SYSTEM, now=now, whole=True)
    assert (handed, check.finished_at) == ([str(check.pk)], None)
    runs = 0
    while not verification.go_on(check.pk, seconds=-1):
        runs += 1
        check.refresh_from_db()
        assert check.rows == min(3 * runs, len(chain))
    check.refresh_from_db()
    assert runs >= 3
    assert [fault["seq"] for fault in check.faults] == [chain[1], chain[8]]
    assert check.rows == AuditEvent.objects.count()
    assert verification.go_on(check.pk) is True


def test_the_hour_reads_what_is_new_and_the_day_everything(chain: list[int], now: datetime) -> None:
    sign_head()
    verify_chain()
    assert AuditCheck.objects.get().since_seq == 0
    verify_chain()
    newest = AuditCheck.objects.order_by("-asked_at").first()
    assert newest is not None
    assert newest.since_seq == chain[-1]
    AuditCheck.objects.update(finished_at=now - timedelta(hours=25))
    verify_chain()
    newest = AuditCheck.objects.order_by("-asked_at").first()
    assert newest is not None
    assert newest.since_seq == 0


COLUMNS = (
    "seq, at, event, actor_kind, actor_id, actor_label, actor_role, subject_type, subject_id, subject_label,"
    " why, data, request_id, previous_hash, hash"
)


def _copy(cursor: Any, seq: int, number: int) -> None:
    columns = COLUMNS.replace("seq, at", "at")
    cursor.execute(
        f"INSERT INTO portal_auditevent (seq, {columns}) OVERRIDING SYSTEM VALUE"  # noqa: S608
        f" SELECT %s, {columns} FROM portal_auditevent WHERE seq = %s",
        [number, seq],
    )
