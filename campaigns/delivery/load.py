"""Reads what is live and who may ask, in one consistent look, without Django's ORM.

A text is read, proved and turned into bytes once; a recall or a new key reads windows and no text at all.
"""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from campaigns.delivery.snapshot import Snapshot, TamperedVersion, Window, build, prepare
from portal.clients import known

REVISION = "SELECT coalesce(max(revision), 0) FROM campaigns_deliveryrevision"

# A training agency can do everything and reaches no one; an agency out of standing neither.
WINDOWS = """
SELECT p.id::text AS publication_id,
       extract(epoch FROM p.starts_at)::float8 AS starts,
       coalesce(extract(epoch FROM least(p.ends_at, p.superseded_at)), 'Infinity')::float8 AS ends,
       extract(epoch FROM p.published_at)::float8 AS published
FROM campaigns_publication p
JOIN campaigns_campaign c ON c.id = p.campaign_id
JOIN portal_agency a ON a.id = c.agency_id
WHERE p.recalled_at IS NULL AND (p.ends_at IS NULL OR p.ends_at > now())
  AND (p.superseded_at IS NULL OR p.superseded_at > now())
  AND a.status = 'approved' AND NOT a.is_training
"""
TEXTS = """
SELECT p.id::text AS publication_id, v.id::text AS version_id, v.sha256, v.content
FROM campaigns_publication p JOIN campaigns_version v ON v.id = p.version_id
WHERE p.id = ANY(%s::uuid[])
"""


def revision(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(REVISION).fetchone()
    return int(row[0]) if row else 0


def load(connection: psycopg.Connection[Any], before: Snapshot | None = None) -> tuple[Snapshot, list[str]]:
    """A snapshot of one instant: the revision read is the revision of every row read.

    And the ids of publications that are left out because their text is not what was approved. `before` lends
    the texts that it has proved; neither a version nor its publication's part in it can change.
    """
    refused = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        number = revision(connection)
        with connection.cursor(row_factory=dict_row) as cursor:
            windows = [Window(**row) for row in cursor.execute(WINDOWS)]
            proved = before.texts if before else {}
            live = [each.publication_id for each in windows]
            texts = {each: proved[each] for each in live if each in proved}
            for row in cursor.execute(TEXTS, [[each for each in live if each not in texts]]):
                try:
                    texts[row["publication_id"]] = prepare(**row)
                except TamperedVersion as problem:
                    refused.append(str(problem))
        keys = known.read(connection)
    return build(number, windows, texts, keys), refused
