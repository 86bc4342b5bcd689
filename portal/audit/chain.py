"""Verifies the chain: numbers without gaps, each row's hash, each link to the row before."""

from dataclasses import dataclass

from django.db import connection, transaction

from portal.models import AuditEvent
from portal.models.auditevent import hash_sql


@dataclass(frozen=True, slots=True)
class Verdict:
    rows: int
    head: str
    broken: tuple[int, ...]  # sequence numbers, at most 100

    @property
    def is_whole(self) -> bool:
        return not self.broken


def verify() -> Verdict:
    """Read the whole chain in the database; a cut tail shows only against a head kept elsewhere."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A row's JSON spells its time in the session's zone; rows were hashed in this one.
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        cursor.execute(
            f"""
            SELECT seq FROM (
                SELECT seq, hash, previous_hash,
                       lag(seq, 1, 0::bigint) OVER w AS seq_before,
                       lag(hash, 1, repeat('0', 64)) OVER w AS hash_before,
                       {hash_sql(AuditEvent, "portal_auditevent")} AS expected
                FROM portal_auditevent WINDOW w AS (ORDER BY seq)
            ) AS chain
            WHERE hash <> expected OR previous_hash <> hash_before OR seq <> seq_before + 1
            ORDER BY seq LIMIT 100
            """  # noqa: S608 - a constant expression of ours
        )
        broken = tuple(row[0] for row in cursor.fetchall())
        cursor.execute(
            "SELECT count(*), (SELECT hash FROM portal_auditevent ORDER BY seq DESC LIMIT 1)"
            " FROM portal_auditevent"
        )
        rows, head = cursor.fetchone()
    return Verdict(rows=rows, head=head or "", broken=broken)
