"""Reads what is live and who may ask, in one consistent look, without Django's ORM.

A text is read, proved and turned into bytes once. After that a process reads what the revisions since have
changed: of a recall one row, of a new key no text at all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import dict_row

from campaigns.delivery.snapshot import Prepared, Snapshot, Unproved, build, prepare
from portal.clients import known
from portal.keyring import keyring

REVISION = "SELECT coalesce(max(revision), 0) FROM campaigns_deliveryrevision"
# The revision beside what came since: whether each one left its row, then of which publications, and whether
# of keys. In one question, for a recall waits for the answer.
CHANGES = """
SELECT r.revision, c.revision, c.publication_id::text, c.of_keys
FROM (SELECT coalesce(max(revision), 0) AS revision FROM campaigns_deliveryrevision) r
LEFT JOIN campaigns_deliverychange c ON c.revision > %s
"""
# A training agency can do everything and reaches no one; an agency out of standing neither.
WINDOWS = """
SELECT p.id::text AS publication,
       coalesce(extract(epoch FROM p.superseded_at), 'Infinity')::float8 AS until
FROM campaigns_publication p
JOIN campaigns_campaign c ON c.id = p.campaign_id
JOIN portal_agency a ON a.id = c.agency_id
WHERE p.recalled_at IS NULL AND (p.ends_at IS NULL OR p.ends_at > now())
  AND (p.superseded_at IS NULL OR p.superseded_at > now())
  AND a.status = 'approved' AND NOT a.is_training
"""
THESE = " AND p.id = ANY(%s::uuid[])"
TEXTS = """
SELECT p.id::text AS publication, v.id::text AS version, v.sha256, v.content,
       to_char(p.published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS published,
       array(SELECT s.key FROM campaigns_publicationsignature s
             WHERE s.publication_id = p.id ORDER BY s.signed_at DESC, s.id DESC) AS signers,
       array(SELECT s.signature FROM campaigns_publicationsignature s
             WHERE s.publication_id = p.id ORDER BY s.signed_at DESC, s.id DESC) AS signatures
FROM campaigns_publication p JOIN campaigns_version v ON v.id = p.version_id
WHERE p.id = ANY(%s::uuid[])
"""
# Texts that are read from the server and proved in one go.
AT_ONCE = 500

Connection = psycopg.Connection[Any]
# Publications that are left out, and why.
Refused = dict[str, str]
NONE: Mapping[str, str] = {}


def revision(connection: Connection) -> int:
    row = connection.execute(REVISION).fetchone()
    return int(row[0]) if row else 0


def load(
    connection: Connection,
    before: Snapshot | None = None,
    refused_before: Mapping[str, str] = NONE,
    *,
    answered: Callable[[], None] = lambda: None,
) -> tuple[Snapshot, Refused]:
    """A snapshot of one instant, and all that is live and left out of it: the revision read is the revision
    of every row read.

    `before` lends the texts that it has proved, and where the revisions since say what they changed, all the
    rest: neither a version nor its publication's part in it can change. `refused_before` is what was left out
    of that. `answered` is called with each lot of texts: the last of very many comes a minute later.
    """
    # Said with BEGIN, which is one question less.
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        if before is None:
            return _whole(connection, before, revision(connection), answered)
        number, changes = _changes(connection, before)
        if changes is None:
            return _whole(connection, before, number, answered)
        changed, of_keys = changes
        keys = known.read(connection) if of_keys else before.keys
        come, refused = _texts(connection, _windows(connection, changed), before, answered)
        still = {id: why for id, why in refused_before.items() if id not in changed}
        return before.with_changes(number, changed, come, keys), still | refused


def _changes(connection: Connection, before: Snapshot) -> tuple[int, tuple[set[str], bool] | None]:
    """The revision, with the publications that changed since and whether keys did; None where that is not
    known."""
    rows = connection.execute(CHANGES, [before.revision]).fetchall()
    number = int(rows[0][0])
    changes = [row[1:] for row in rows if row[1] is not None]
    if number < before.revision or len({each for each, _, _ in changes}) != number - before.revision:
        return number, None
    if any(publication is None and not of_keys for _, publication, of_keys in changes):
        return number, None
    changed = {publication for _, publication, _ in changes if publication}
    return number, (changed, any(of_keys for *_, of_keys in changes))


def _whole(
    connection: Connection, before: Snapshot | None, number: int, answered: Callable[[], None]
) -> tuple[Snapshot, Refused]:
    live, refused = _texts(connection, _windows(connection), before, answered)
    return build(number, live, known.read(connection)), refused


def _windows(connection: Connection, only: Collection[str] | None = None) -> dict[str, float]:
    """By publication, when it gives way to the next (Unix seconds)."""
    if only is None:
        return dict(connection.execute(WINDOWS).fetchall())
    return dict(connection.execute(WINDOWS + THESE, [list(only)]).fetchall()) if only else {}


def _texts(
    connection: Connection,
    windows: dict[str, float],
    before: Snapshot | None,
    answered: Callable[[], None],
) -> tuple[dict[str, tuple[Prepared, float]], Refused]:
    proved = before.texts if before else {}
    found = {id: (proved[id], until) for id, until in windows.items() if id in proved}
    missing = [id for id in windows if id not in found]
    refused: Refused = {}
    for start in range(0, len(missing), AT_ONCE):
        _prove(connection, missing[start : start + AT_ONCE], windows, found, refused)
        answered()
    return found, refused


def _prove(
    connection: Connection,
    ids: Sequence[str],
    windows: dict[str, float],
    found: dict[str, tuple[Prepared, float]],
    refused: Refused,
) -> None:
    trusted = keyring()
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(TEXTS, [ids]):
            id = row["publication"]
            try:
                text = prepare(
                    row["content"],
                    publication=id,
                    version=row["version"],
                    sha256=row["sha256"],
                    published=row["published"],
                    signatures=zip(row["signers"], row["signatures"], strict=True),
                    trusted=trusted,
                )
            except (Unproved, KeyError, TypeError, ValueError) as problem:
                refused[id] = str(problem) or type(problem).__name__
            else:
                found[id] = (text, windows[id])
