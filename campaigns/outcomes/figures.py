"""A campaign's figures: of the withdrawals in which the warning was shown, what did the users do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet

from campaigns.models import Campaign, Exposure
from campaigns.outcomes.statistics import Share, share

REVIEWED = Q(reviewed_at__isnull=False)
RECONSIDERED = Q(reconsidered_at__isnull=False)
COUNTS = {
    "exposures": Count("pk"),
    "reviewed": Count("pk", filter=REVIEWED),
    "reconsidered": Count("pk", filter=RECONSIDERED),
    "either": Count("pk", filter=REVIEWED | RECONSIDERED),
    "proceeded": Count("pk", filter=Q(proceeded_at__isnull=False)),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Each share is of `exposures`. `either` is the pilot's measure; the two in it are also shown apart."""

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
    row = _shown(campaign).aggregate(**COUNTS, since=Min("shown_at"), until=Max("shown_at"))
    total = row["exposures"]
    return Figures(
        since=row["since"],
        until=row["until"],
        exposures=total,
        **{name: share(row[name], total) for name in ("reviewed", "reconsidered", "either", "proceeded")},
    )


def weeks(campaign: Campaign, launch: datetime | None) -> list[Week]:
    """By week since launch, so that “the first four weeks” can be laid beside the pilot's."""
    if launch is None:
        return []
    rows = (
        _shown(campaign)
        .filter(shown_at__gte=launch)
        .extra(
            select={"week": "floor(extract(epoch FROM shown_at - %s) / 604800)::int"}, select_params=[launch]
        )
        .values("week")
        .annotate(total=COUNTS["exposures"], either=COUNTS["either"])
        .order_by("week")
    )
    return [
        Week(
            row["week"] + 1,
            launch + timedelta(weeks=row["week"]),
            row["total"],
            share(row["either"], row["total"]),
        )
        for row in rows
    ]


def _shown(campaign: Campaign) -> QuerySet[Exposure]:
    return Exposure.objects.filter(campaign=campaign, shown_at__isnull=False)
