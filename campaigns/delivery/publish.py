"""Publishing: the row that says what is served, and the bump that tells every delivery process."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns.models import Publication, Version

CHANNEL = "portal_delivery"


def publish(version: Version, *, now: datetime) -> Publication:
    """Serve this version from its window's start; what it replaces is served until then.

    Called in the transaction of the second approval, with the campaign's row locked.
    """
    window = version.content["window"]
    starts_at = datetime.fromisoformat(window["starts_at"])
    ends_at = window["ends_at"] and datetime.fromisoformat(window["ends_at"])
    older = Publication.objects.filter(campaign_id=version.campaign_id, superseded_at=None, recalled_at=None)
    older.update(superseded_at=max(now, starts_at))
    # An older one that was to give way later gives way no later than this.
    Publication.objects.filter(
        campaign_id=version.campaign_id, superseded_at__gt=max(now, starts_at), recalled_at=None
    ).update(superseded_at=max(now, starts_at))
    publication = Publication.objects.create(
        campaign_id=version.campaign_id,
        version=version,
        published_at=now,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    announce()
    return publication


@dataclass(frozen=True, slots=True)
class Announcement:
    """A revision, and when it was announced by PostgreSQL's clock: the transaction is not committed yet."""

    revision: int
    at: datetime


def announce() -> Announcement:
    """Bump the revision and notify; both take effect with the caller's commit, never before or without it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_deliveryrevision (id, revision) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET revision = campaigns_deliveryrevision.revision + 1"
            " RETURNING revision, clock_timestamp()"
        )
        announcement = Announcement(*cursor.fetchone())
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return announcement
