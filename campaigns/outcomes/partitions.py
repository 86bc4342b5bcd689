"""The weeks of the outcome events' table: made ahead of time, and dropped as a whole once they are old.

The application owns no table, so two functions of the owner's do it (migration 0009); they make no other
tables and drop none that is younger than 30 days, whoever calls them.
"""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import connection

from campaigns.outcomes.judging import LATEST

AHEAD = timedelta(weeks=8)
# Events come a week late at most, and their ids are not older.
BEHIND = timedelta(weeks=2)
AT_ONCE = 10_000
FIRST_WEEK = """
SELECT min(to_date(right(c.relname, 7), 'IYYY"w"IW'))
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'campaigns_outcomeevent'::regclass
"""
FORGET = """
DELETE FROM campaigns_exposure WHERE id IN (
    SELECT id FROM campaigns_exposure WHERE led_at < %(before)s LIMIT %(most)s)
"""


def prepare(now: datetime) -> int:
    """How many weeks were made; those that are there already stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM generate_series(%s::timestamptz, %s, interval '1 week') week"
            " WHERE campaigns_make_outcome_week(week)",
            [now - BEHIND, now + AHEAD],
        )
        return int(cursor.fetchone()[0])


def retire(now: datetime) -> list[str]:
    """The names of the weeks that went: those that ended more than OUTCOME_EVENTS_KEPT_DAYS ago. Their
    counts stay."""
    before = now - timedelta(days=settings.OUTCOME_EVENTS_KEPT_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_drop_outcome_weeks(%s)", [before])
        return list(cursor.fetchone()[0])


def kept_since() -> datetime | None:
    """The first whole day of which all events are here, even if weeks before it went; None without weeks.

    An event is told a week late at most, and its id is no older than that.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIRST_WEEK)
        [first] = cursor.fetchone()
    return first and datetime.combine(first, time(), UTC) + LATEST + timedelta(days=1)


def forget_exposures(now: datetime) -> int:
    """How many exposures went: as old as the events that went, and no event can change them any more."""
    before = now - timedelta(days=settings.OUTCOME_EVENTS_KEPT_DAYS)
    gone = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, {"before": before, "most": AT_ONCE})
            gone += cursor.rowcount
            if cursor.rowcount < AT_ONCE:
                return gone
