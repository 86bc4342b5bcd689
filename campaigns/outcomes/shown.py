"""To whom exactly these versions were shown, as the exchange's clients reported it; counts, never people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

# One look at the rows for every count on the page.
COUNT = """
SELECT grouping(client_id), grouping(region), grouping(language), client_id, region, language,
    count(*), count(*) FILTER (WHERE shown_at >= %(recent)s), count(*) FILTER (WHERE shown_at > %(after)s),
    count(reviewed_at), count(reconsidered_at), count(proceeded_at),
    count(*) FILTER (WHERE coalesce(reviewed_at, reconsidered_at, proceeded_at) IS NULL),
    min(shown_at), max(shown_at)
FROM campaigns_exposure
WHERE version_id = ANY(%(versions)s) AND shown_at IS NOT NULL
GROUP BY GROUPING SETS ((), (client_id), (region), (language))
ORDER BY count(*) DESC, region, language, client_id
"""
TOTAL, CLIENT, REGION, LANGUAGE = (1, 1, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """Withdrawals in which a text was shown, and what came of them; the largest parts first.

    `recent`: since the moment asked for; `after`: later than the moment asked for. One withdrawal can count
    as reviewed and as proceeded; `unreported` are those of which nothing more was heard.
    """

    total: int
    recent: int
    after: int
    reviewed: int
    reconsidered: int
    proceeded: int
    unreported: int
    since: datetime | None
    until: datetime | None
    clients: list[tuple[UUID, int]]
    regions: list[tuple[str, int]]
    languages: list[tuple[str, int]]


def shown(versions: Collection[UUID], *, recent: datetime, after: datetime) -> Shown:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"versions": list(versions), "recent": recent, "after": after})
        rows = cursor.fetchall()
    [counts] = [row[6:] for row in rows if row[:3] == TOTAL]
    total, recently, later, reviewed, reconsidered, proceeded, unreported, since, until = counts
    return Shown(
        total=total,
        recent=recently,
        after=later,
        reviewed=reviewed,
        reconsidered=reconsidered,
        proceeded=proceeded,
        unreported=unreported,
        since=since,
        until=until,
        clients=[(row[3], row[6]) for row in rows if row[:3] == CLIENT],
        regions=[(row[4], row[6]) for row in rows if row[:3] == REGION],
        languages=[(row[5], row[6]) for row in rows if row[:3] == LANGUAGE],
    )
