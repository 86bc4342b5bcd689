"""Reads the chain and names what does not hold: a gap in the numbers, a changed row, a broken link.

PostgreSQL does the reading, a stretch at a time and in two questions: do the rows fit their hashes (it may
use several processes for that), and does each row name the hash of the one before. Memory stays bounded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.db import connection, transaction

from portal.models import AuditEvent
from portal.models.auditevent import GENESIS, hash_sql, sealed_sql

STRETCH = 100_000
MOST_FAULTS = 100
_FIRST = -(2**63)  # a forged row may be numbered below the first


class Kind(StrEnum):
    MISSING = "missing"  # the numbers between the row before and this one
    CHANGED = "changed"  # the row does not fit its own hash
    UNLINKED = "unlinked"  # the row does not name the hash of the row before
    CUT = "cut"  # a signed head, or an earlier verification, tells of rows that are gone from the end
    REWRITTEN = "rewritten"  # one of them tells of another row by this number
    UNSIGNED = "unsigned"  # a head that none of the keys signed, or that cannot be read


@dataclass(frozen=True, slots=True)
class Fault:
    seq: int
    kind: Kind
    after: int = 0  # missing: the number before; cut: the last row there is; rewritten: the last that holds
    head: str = ""  # which signed head says so
    check: str = ""  # or which earlier verification: when it ended

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Point:
    """Where the reading stands: the last row, and its hash."""

    seq: int
    hash: str


START = Point(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch read."""

    rows: int
    point: Point
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    rows: int
    point: Point
    faults: tuple[Fault, ...]  # the first ones, at most MOST_FAULTS

    @property
    def head(self) -> str:
        return self.point.hash if self.point.seq else ""

    @property
    def broken(self) -> tuple[int, ...]:
        return tuple(sorted({fault.seq for fault in self.faults}))

    @property
    def is_whole(self) -> bool:
        return not self.faults


def verify(since: Point = START) -> Verdict:
    """Read everything after `since`, whose hash is trusted. A cut tail shows only against a signed head."""
    rows, point = 0, since
    faults: list[Fault] = []
    for step in walk(since, last().seq):
        rows, point = rows + step.rows, step.point
        faults += step.faults[: MOST_FAULTS - len(faults)]
    return Verdict(rows=rows, point=point, faults=tuple(faults))


def last() -> Point:
    """The newest row, or the start of an empty chain."""
    found = AuditEvent.objects.order_by("-seq").values_list("seq", "hash").first()
    return Point(*found) if found else START


def walk(since: Point, upto: int) -> Iterator[Step]:
    """Stretch after stretch, up to and including the row `upto`."""
    point, below = since, since.seq if since.seq else _FIRST
    while True:
        end = _end_of_stretch(below, upto)
        if end is None:
            return
        rows, newest, links = _links(point, below, end)
        changed = _changed(below, end)
        gone = {fault.seq for fault in changed}
        faults = changed + [fault for fault in links if fault.kind != Kind.UNLINKED or fault.seq not in gone]
        point, below = newest, end
        yield Step(rows, point, tuple(sorted(faults, key=lambda fault: fault.seq)[:MOST_FAULTS]))


@dataclass(frozen=True, slots=True)
class Sealed:
    text: str  # what is hashed
    fits: bool


def sealed(numbers: Iterable[int]) -> dict[int, Sealed]:
    """Of single rows: the text that their hash should be of, and whether it is."""
    found = _asked(
        f"""
        SELECT seq, {sealed_sql(AuditEvent, "e")}, hash = {hash_sql(AuditEvent, "e")}
        FROM portal_auditevent AS e WHERE seq = ANY(%s)
        """,  # noqa: S608 - constant expressions of ours
        list(numbers),
    )
    return {seq: Sealed(text, fits) for seq, text, fits in found}


def hashes_at(numbers: Iterable[int]) -> dict[int, str]:
    return dict(AuditEvent.objects.filter(seq__in=list(numbers)).values_list("seq", "hash"))


def _asked(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        zone = cursor.fetchone()[0]
        # A row's JSON spells its times in the session's zone; rows were hashed in this one. And hashing is
        # dearer than the planner believes: it shall share the work out.
        cursor.execute(
            "SELECT set_config('TimeZone', 'UTC', true), set_config('parallel_setup_cost', '0', true),"
            " set_config('parallel_tuple_cost', '0', true)"
        )
        cursor.execute(sql, parameters)
        found = cursor.fetchall()
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
    return found


def _end_of_stretch(below: int, upto: int) -> int | None:
    found = _asked(
        """
        SELECT max(seq) FROM (
            SELECT seq FROM portal_auditevent WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s
        ) AS stretch
        """,
        below, upto, STRETCH,
    )  # fmt: skip
    return found[0][0]


def _changed(below: int, end: int) -> list[Fault]:
    found = _asked(
        f"""
        SELECT seq FROM portal_auditevent AS e
        WHERE seq > %s AND seq <= %s AND hash <> {hash_sql(AuditEvent, "e")} LIMIT %s
        """,  # noqa: S608 - a constant expression of ours
        below, end, MOST_FAULTS,
    )  # fmt: skip
    return [Fault(seq, Kind.CHANGED) for (seq,) in found]


def _links(point: Point, below: int, end: int) -> tuple[int, Point, list[Fault]]:
    """(rows, the last one, what is missing or unlinked)."""
    found = _asked(
        """
        WITH chain AS (
            SELECT seq, previous_hash, hash,
                   lag(seq, 1, %s::bigint) OVER w AS seq_before,
                   lag(hash, 1, %s::varchar) OVER w AS hash_before
            FROM portal_auditevent WHERE seq > %s AND seq <= %s WINDOW w AS (ORDER BY seq)
        )
        (SELECT seq, seq_before, false AS ends, '' AS hash FROM chain
         WHERE seq <> seq_before + 1 OR previous_hash <> hash_before ORDER BY seq LIMIT %s)
        UNION ALL
        (SELECT seq, (SELECT count(*) FROM chain), true, hash FROM chain ORDER BY seq DESC LIMIT 1)
        """,
        point.seq, point.hash, below, end, MOST_FAULTS,
    )  # fmt: skip
    faults = [
        Fault(seq, Kind.MISSING, after=before) if seq != before + 1 else Fault(seq, Kind.UNLINKED)
        for seq, before, ends, _ in found
        if not ends
    ]
    seq, rows, _, digest = next(row for row in found if row[2])
    return rows, Point(seq, digest), faults
