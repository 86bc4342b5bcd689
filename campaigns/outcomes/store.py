"""Writes a call's events, the exposures that they add up to, and what that changes in the counts, at once.

One statement, so that none is ever without the others, whatever ends the process. The events go to PostgreSQL
as one JSON parameter and are taken in key order, so that overlapping calls wait for each other instead of
deadlocking. Counts are not touched here but appended to: the busiest count would be a queue for all calls.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from campaigns.outcomes.measures import (
    BEGAN,
    HOUR,
    KEY,
    LEAD,
    LEADING,
    MEASURES,
    TIME_COLUMNS,
    TOLERANCE,
    counts,
    folded,
    prefixed,
)

# What the counts of an exposure depend on.
COUNTED = ("version_id", "variant", "language", "region", *TIME_COLUMNS, "opened")

STORE = f"""
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(events)s::jsonb) AS g(
        id uuid, kind text, version_id uuid, variant text, region text, language text, part text,
        amount_band text, reference uuid, occurred_at timestamptz)
), placed AS (
    SELECT id, kind, occurred_at, least(
        min(occurred_at) FILTER (WHERE kind = 'shown') OVER (PARTITION BY version_id, reference),
        (SELECT e.shown_at FROM campaigns_exposure e WHERE e.version_id = g.version_id
            AND e.client_id = %(client)s AND e.reference = g.reference)) AS shown_at
    FROM given g
), impossible AS (
    SELECT p.id FROM placed p
    WHERE p.kind NOT IN ('assigned', 'shown') AND p.occurred_at < p.shown_at - {TOLERANCE}
        -- Counted, not joined: whatever the planner believes, only these few are looked up.
        AND (SELECT count(*) FROM campaigns_outcomeevent o WHERE o.id = p.id) = 0
), stored AS (
    INSERT INTO campaigns_outcomeevent
        (id, client_id, kind, version_id, variant, region, language, part, amount_band, reference,
         occurred_at, received_at)
    SELECT id, %(client)s, kind, version_id, variant, region, language, part, amount_band, reference,
        occurred_at, %(now)s
    FROM given WHERE id NOT IN (SELECT id FROM impossible) ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, kind, version_id, variant, region, language, part, amount_band, reference, occurred_at
), kept AS (
    INSERT INTO campaigns_exposure AS e
        (client_id, version_id, campaign_id, reference, {", ".join(LEAD)}, {", ".join(TIME_COLUMNS)}, opened)
    SELECT f.client_id, f.version_id, v.campaign_id, f.reference,
        {prefixed("(f.leading).", LEAD)}, {prefixed("f.", TIME_COLUMNS)}, f.opened
    FROM ({folded("stored", "%(client)s::uuid")}) f JOIN campaigns_version v ON v.id = f.version_id
    ORDER BY f.version_id, f.reference
    ON CONFLICT (version_id, client_id, reference) DO UPDATE SET
        ({", ".join(LEAD)}) = (
            SELECT {prefixed("(l.leading).", LEAD)} FROM (SELECT least(
                ({prefixed("excluded.", LEAD)})::{LEADING},
                ({prefixed("e.", LEAD)})::{LEADING}) AS leading) l),
        {", ".join(f"{name} = least(e.{name}, excluded.{name})" for name in TIME_COLUMNS)},
        opened = e.opened | excluded.opened
    RETURNING {", ".join(f"old.{name} AS old_{name}, new.{name} AS new_{name}" for name in COUNTED)}
), moved AS (
    SELECT 1 AS sign, {", ".join(f"new_{name} AS {name}" for name in COUNTED)} FROM kept
    UNION ALL
    SELECT -1, {prefixed("old_", COUNTED)} FROM kept WHERE old_version_id IS NOT NULL
), summed AS (
    SELECT x.version_id, {HOUR} AS hour, x.variant, x.language, x.region, {counts("x.sign")}
    FROM moved x WHERE {BEGAN} IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), changed AS (
    INSERT INTO campaigns_outcomechange ({", ".join((*KEY, *MEASURES))})
    SELECT {", ".join((*KEY, *MEASURES))} FROM summed
    WHERE {" OR ".join(f"{name} <> 0" for name in MEASURES)}
)
SELECT (SELECT count(*) FROM stored), ARRAY(SELECT id FROM impossible)
"""  # noqa: S608 - constants of this package


@dataclass(frozen=True, slots=True)
class Stored:
    new: int
    impossible: frozenset[str]  # events, by id, that came before their warning was shown


def store(events: Sequence[Mapping[str, Any]], *, client: UUID, now: datetime) -> Stored:
    with connection.cursor() as cursor:
        cursor.execute(STORE, {"events": json.dumps(list(events)), "client": client, "now": now})
        new, impossible = cursor.fetchone()
    return Stored(int(new), frozenset(map(str, impossible)))
