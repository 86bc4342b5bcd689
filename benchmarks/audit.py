"""The audit trail: acts written by eight writers at once, and the chain read and verified.

Each writer's act is a transaction as flows make them: one small update, then record(). The yardstick is the
same code against an equal table that is append-only and indexed alike, but not chained.
"""

import multiprocessing
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction

from benchmarks.figures import spread
from benchmarks.people import SYSTEM
from portal.audit import record
from portal.audit.chain import verify
from portal.database.owner import application_role, as_owner
from portal.models import AuditEvent, User

WRITERS = 8
ROUNDS = 5
SECONDS = 2.0
ROWS = 200_000
EVENT = "people.signed_in"
YARDSTICK = "yardstick_auditevent"


def run(directory: Path) -> dict[str, Any]:
    users = [User.objects.create_user(f"writer-{number}@bench.example") for number in range(WRITERS)]
    guard = next(each for each in AuditEvent._meta.triggers if each.name == "audit_append_only")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {YARDSTICK} (LIKE portal_auditevent INCLUDING ALL)")
        cursor.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {YARDSTICK} FOR EACH ROW"
            f" EXECUTE FUNCTION {guard.get_pgid(AuditEvent)}()"
        )
        cursor.execute(f'GRANT SELECT, INSERT ON {YARDSTICK} TO "{application_role()}"')
    rates: dict[str, list[float]] = {"chained": [], "unchained": []}
    for _ in range(ROUNDS):
        rates["unchained"].append(_written(users, YARDSTICK))
        rates["chained"].append(_written(users, AuditEvent._meta.db_table))
    _fill(users[0])
    read: dict[str, list[float]] = {"verified": [], "read": []}
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), sum(length(why) + length(data::text)) FROM portal_auditevent")
            count = cursor.fetchone()[0]
        read["read"].append(count / (time.perf_counter() - began))
        began = time.perf_counter()
        verdict = verify()
        read["verified"].append(count / (time.perf_counter() - began))
        if not verdict.is_whole or verdict.rows != count:
            raise RuntimeError(f"the chain does not hold: {verdict}")
    figures = {f"{name}, acts/s": spread(values) for name, values in rates.items()}
    figures["chained ÷ unchained"] = _ratios(rates["chained"], rates["unchained"])
    figures |= {f"{name}, rows/s": spread(values) for name, values in read.items()}
    figures["verified ÷ read"] = _ratios(read["verified"], read["read"])
    return {
        "name": "audit",
        "what": f"{ROUNDS} interleaved rounds: {WRITERS} writers, {SECONDS:.0f} s; {count:,} rows verified",
        "notes": [
            "each act is a transaction of one update and record(), committed to disk; against the same code",
            "into an equal table without the chain. Verifying is against adding up the texts' lengths",
        ],
        "figures": figures,
    }


def _ratios(ours: list[float], theirs: list[float]) -> dict[str, float]:
    return spread([one / other for one, other in zip(ours, theirs, strict=True)])


def _written(users: list[User], table: str) -> float:
    """Acts a second that eight processes commit together."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(WRITERS)
    with context.Pool(WRITERS, initializer=_enter, initargs=(gate, table)) as pool:
        counts = pool.map(_write, [user.pk for user in users], chunksize=1)
    return sum(counts) / SECONDS


def _enter(gate: Any, table: str) -> None:
    global _gate
    _gate = gate
    AuditEvent._meta.db_table = table  # in this process only


def _write(user_id: Any) -> int:
    user = User.objects.get(pk=user_id)
    now = datetime.now(UTC)
    count = 0
    _gate.wait()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with transaction.atomic():
            User.objects.filter(pk=user_id).update(name=f"Writer {count}")
            record(EVENT, actor=SYSTEM, subject=user, at=now, why="A reason.", data={"count": count})
        count += 1
    return count


def _fill(user: User) -> None:
    missing = ROWS - AuditEvent.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO portal_auditevent (at, event, actor_kind, actor_id, actor_label, actor_role,
                actor_agency_id, subject_type, subject_id, subject_label, why, data, ip, request_id, session,
                previous_hash, hash)
            SELECT now(), %s, 'person', %s, 'Somebody', 'officer', gen_random_uuid(), 'user',
                gen_random_uuid()::text, 'A thing with a name', 'A reason of some words.', '{"number": 4}',
                '192.0.2.1', gen_random_uuid()::text, 'abcdefabcdefabcd', '', ''
            FROM generate_series(1, %s)
            """,
            [EVENT, str(user.pk), max(missing, 0)],
        )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE portal_auditevent")
