"""Adds what calls changed to the counts, and counts everything again to see that they agree.

A change is taken and added in one transaction: a worker that is ended half-way has done nothing, and two of
them take different ones.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from campaigns.outcomes.measures import (
    BEGAN,
    HOUR,
    KEY,
    LEAD,
    MEASURES,
    TIME_COLUMNS,
    counts,
    folded,
    prefixed,
)

AT_ONCE = 20_000
COLUMNS = ", ".join((*KEY, *MEASURES))
BY = ", ".join(KEY)

ROLL_UP = f"""
WITH taken AS (
    DELETE FROM campaigns_outcomechange WHERE id IN (
        SELECT id FROM campaigns_outcomechange ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
    RETURNING *
), added AS (
    INSERT INTO campaigns_outcomecount AS c ({COLUMNS})
    SELECT {BY}, {", ".join(f"sum({name})" for name in MEASURES)} FROM taken GROUP BY {BY} ORDER BY {BY}
    ON CONFLICT ({BY}) DO UPDATE SET
        {", ".join(f"{name} = c.{name} + excluded.{name}" for name in MEASURES)}
)
SELECT count(*) FROM taken
"""  # noqa: S608 - constants of this package
# Rollup and what is on its way to it: what any figure is made of.
COUNTS = f"""
SELECT {COLUMNS} FROM campaigns_outcomecount
UNION ALL SELECT {COLUMNS} FROM campaigns_outcomechange
"""  # noqa: S608 - constants of this package
# Of the events alone: exposures, and what is true of them.
EXPOSURES = folded("campaigns_outcomeevent", "s.client_id")
COUNTED_AGAIN = f"""
SELECT x.version_id, {HOUR} AS hour, (x.leading).variant, (x.leading).language, (x.leading).region, {counts()}
FROM ({EXPOSURES}) x WHERE {BEGAN} >= %(since)s GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - constants of this package
RECOUNT = f"""
SELECT coalesce(k.version_id, e.version_id), coalesce(k.hour, e.hour), coalesce(k.variant, e.variant),
    coalesce(k.language, e.language), coalesce(k.region, e.region),
    to_jsonb(k) - %(key)s::text[], to_jsonb(e) - %(key)s::text[]
FROM (SELECT {BY}, {", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)}
      FROM ({COUNTS}) c WHERE hour >= %(since)s GROUP BY {BY}
      HAVING {" OR ".join(f"sum({name}) <> 0" for name in MEASURES)}) k
FULL JOIN ({COUNTED_AGAIN}) e
    ON (k.version_id, k.hour, k.variant, k.language, k.region)
     = (e.version_id, e.hour, e.variant, e.language, e.region)
WHERE {" OR ".join(f"k.{name} IS DISTINCT FROM e.{name}" for name in MEASURES)}
ORDER BY 2, 1, 3, 4, 5
"""  # noqa: S608 - constants of this package
# Whoever brings events meanwhile waits; whoever reads does not.
LOCK = """
LOCK TABLE campaigns_outcomeevent, campaigns_exposure, campaigns_outcomecount, campaigns_outcomechange
IN SHARE ROW EXCLUSIVE MODE
"""
REPAIR = (
    "DELETE FROM campaigns_outcomecount WHERE hour >= %(since)s",
    "DELETE FROM campaigns_outcomechange WHERE hour >= %(since)s",
    f"INSERT INTO campaigns_outcomecount ({COLUMNS}) {COUNTED_AGAIN}",
    "DELETE FROM campaigns_exposure WHERE led_at >= %(since)s",
    f"""
    INSERT INTO campaigns_exposure
        (client_id, version_id, campaign_id, reference, {", ".join(LEAD)}, {", ".join(TIME_COLUMNS)}, opened)
    SELECT f.client_id, f.version_id, v.campaign_id, f.reference,
        {prefixed("(f.leading).", LEAD)}, {prefixed("f.", TIME_COLUMNS)}, f.opened
    FROM ({EXPOSURES}) f JOIN campaigns_version v ON v.id = f.version_id
    WHERE (f.leading).led_at >= %(since)s
    """,  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A count that is not what the events say; None where there is none."""

    version: UUID
    hour: datetime
    variant: str
    language: str
    region: str
    kept: dict[str, int] | None
    counted: dict[str, int] | None


def roll_up() -> int:
    """How many changes were added to the counts."""
    added = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ROLL_UP, {"most": AT_ONCE})
            taken = int(cursor.fetchone()[0])
        added += taken
        if taken < AT_ONCE:
            return added


def recount(since: datetime) -> Iterator[Disagreement]:
    """Every count of the hours from `since` (a whole hour) that the events kept do not bear out."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(RECOUNT, {"since": since, "key": list(KEY)})
        rows: list[Any] = cursor.fetchall()
    for version, hour, variant, language, region, kept, counted in rows:
        yield Disagreement(
            version,
            hour,
            variant,
            language,
            region,
            kept and json.loads(kept),
            counted and json.loads(counted),
        )


def repair(since: datetime) -> None:
    """Make exposures and counts of the hours from `since` (a whole hour) anew, from the events."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        for statement in REPAIR:
            cursor.execute(statement, {"since": since})
