"""Reads what is live and who may ask, in one consistent look, without Django's ORM."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from campaigns.delivery.snapshot import Published, Snapshot, build
from portal.clients import known

REVISION = "SELECT coalesce(max(revision), 0) FROM campaigns_deliveryrevision"

# A training agency can do everything and reaches no one; an agency out of standing neither.
PUBLISHED = """
SELECT p.id::text AS publication_id, v.id::text AS version_id, v.sha256, v.content,
       extract(epoch FROM p.starts_at)::float8 AS starts,
       coalesce(extract(epoch FROM least(p.ends_at, p.superseded_at)), 'Infinity')::float8 AS ends,
       extract(epoch FROM p.published_at)::float8 AS published
FROM campaigns_publication p
JOIN campaigns_version v ON v.id = p.version_id
JOIN campaigns_campaign c ON c.id = p.campaign_id
JOIN portal_agency a ON a.id = c.agency_id
WHERE p.recalled_at IS NULL AND (p.ends_at IS NULL OR p.ends_at > now())
  AND (p.superseded_at IS NULL OR p.superseded_at > now())
  AND a.status = 'approved' AND NOT a.is_training
"""


def revision(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(REVISION).fetchone()
    return int(row[0]) if row else 0


def load(connection: psycopg.Connection[Any]) -> tuple[Snapshot, list[str]]:
    """A snapshot of one instant: the revision read is the revision of every row read."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        number = revision(connection)
        with connection.cursor(row_factory=dict_row) as cursor:
            published = [Published(**row) for row in cursor.execute(PUBLISHED)]
        keys = known.read(connection)
    return build(number, published, keys)
