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

from campaigns.outcomes.measures import BEGAN, HOUR, KEY, MEASURES, counts, folded

AT_ONCE = 20_000

ROLL_UP = f"""
WITH taken AS (
    DELETE FROM campaigns_outcomechange WHERE id IN (
        SELECT id FROM campaigns_outcomechange ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
    RETURNING *
), added AS (
    INSERT INTO campaigns_outcomecount AS c ({", ".join((*KEY, *MEASURES))})
    SELECT {", ".join(KEY)}, {", ".join(f"sum({name})" for name in MEASURES)}
    FROM taken GROUP BY {", ".join(KEY)} ORDER BY {", ".join(KEY)}
    ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET
        {", ".join(f"{name} = c.{name} + excluded.{name}" for name in MEASURES)}
)
SELECT count(*) FROM taken
"""  # noqa: S608 - constants of this package
# Rollup and what is on its way to it: what any figure is made of.
COUNTS = f"""
SELECT {", ".join((*KEY, *MEASURES))} FROM campaigns_outcomecount
UNION ALL SELECT {", ".join((*KEY, *MEASURES))} FROM campaigns_outcomechange
"""  # noqa: S608 - constants of this package
_EXPOSURES = f"({folded('campaigns_outcomeevent', 's.client_id')})"
_COUNTED_AGAIN = f"""
SELECT x.version_id, {HOUR} AS hour, (x.leading).variant, (x.leading).language, (x.leading).region, {counts()}
FROM {_EXPOSURES} x WHERE {BEGAN} >= %(since)s GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - constants of this package
RECOUNT = f"""
SELECT coalesce(k.version_id, e.version_id), coalesce(k.hour, e.hour), coalesce(k.variant, e.variant),
    coalesce(k.language, e.language), coalesce(k.region, e.region),
    to_jsonb(k) - %(key)s::text[], to_jsonb(e) - %(key)s::text[]
FROM (SELECT {", ".join(KEY)}, {", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)}
      FROM ({COUNTS}) all_counts WHERE hour >= date_trunc('hour', %(since)s, 'UTC') GROUP BY {", ".join(KEY)}
      HAVING {" OR ".join(f"sum({name}) <> 0" for name in MEASURES)}) k
FULL JOIN ({_COUNTED_AGAIN}) e
    ON (k.version_id, k.hour, k.variant, k.language, k.region)
     = (e.version_id, e.hour, e.variant, e.language, e.region)
WHERE {" OR ".join(f"k.{name} IS DISTINCT FROM e.{name}" for name in MEASURES)}
ORDER BY 2, 1, 3, 4, 5
"""  # noqa: S608 - constants of this package


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
    for *key, kept, counted in rows:
        yield Disagreement(*key, kept and json.loads(kept), counted and json.loads(counted))
