"""The trail tampered with as whoever owns the database can: the verifier names what was done."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from portal.audit import heads, record
from portal.audit.chain import Fault, Kind, Point, verify, walk
from portal.kernel.actor import Actor
from portal.models import AuditEvent, User
from portal.models.auditevent import hash_sql
from tests.owner import owner_cursor
from tests.people import SYSTEM

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
