"""A campaign's figures: of the withdrawals in which the warning was shown, what did the users do.

Read from the counts alone, so that a page costs the same for a thousand events and for ten million.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.models import Campaign
from campaigns.outcomes.rollup import COUNTS
from campaigns.outcomes.statistics import Share, share

# As an array it is asked once, and the counts are found by their index.
VERSIONS = "ARRAY(SELECT id FROM campaigns_version WHERE campaign_id = %(campaign)s)"
SHARES = ("reviewed", "reconsidered", "either", "proceeded")
# A change may be of outcomes alone: only the sum of all of them says how many were shown.
TOTALS = f"""
SELECT min(hour) FILTER (WHERE shown <> 0), max(hour) FILTER (WHERE shown <> 0) + interval '1 hour',
    coalesce(sum(shown), 0)::bigint, {", ".join(f"coalesce(sum({name}), 0)::bigint" for name in SHARES)}
FROM ({COUNTS}) c WHERE version_id = ANY({VERSIONS})
"""  # noqa: S608 - constants of this package
WEEKS = f"""
SELECT floor(extract(epoch FROM hour - %(launch)s) / 604800)::int, sum(shown)::bigint, sum(either)::bigint
FROM ({COUNTS}) c
WHERE version_id = ANY({VERSIONS}) AND hour >= %(launch)s GROUP BY 1 HAVING sum(shown) > 0 ORDER BY 1
"""  # noqa: S608 - constants of this package


@dataclass(frozen=True, slots=True)
class Figures:
    """Each share is of `exposures`. `either` is the pilot's measure; the two in it are also shown apart.

    `since` and `until`: the whole hours in which the exposures began.
    """

    since: datetime | None
    until: datetime | None
    exposures: int
    reviewed: Share
    reconsidered: Share
    either: Share
    proceeded: Share


@dataclass(frozen=True, slots=True)
class Week:
    number: int  # 1 is the first seven days since launch
    starts: datetime
    exposures: int
    either: Share


def figures(campaign: Campaign) -> Figures:
    [(since, until, total, *counts)] = _rows(TOTALS, campaign)
    named = {name: _share(count, total) for name, count in zip(SHARES, counts, strict=True)}
    return Figures(since=since, until=until, exposures=total, **named)


def weeks(campaign: Campaign, launch: datetime | None) -> list[Week]:
    """By week since the hour of the launch, so that “the first four weeks” can be laid beside the pilot's."""
    if launch is None:
        return []
    hour = launch.replace(minute=0, second=0, microsecond=0)
    return [
        Week(number + 1, hour + timedelta(weeks=number), total, _share(either, total))
        for number, total, either in _rows(WEEKS, campaign, launch=hour)
    ]


def _share(count: int, total: int) -> Share:
    # What was assigned and never shown has outcomes too, and is no exposure here.
    return share(min(count, total), total)


def _rows(statement: str, campaign: Campaign, **given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign.pk, **given})
        return list(cursor.fetchall())
