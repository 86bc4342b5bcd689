"""Publishing: the row that says what is served, its signature, the bump that tells every process."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from campaigns.client.publication import TYP, document
from campaigns.delivery.channel import CHANNEL
from campaigns.models import Publication, PublicationSignature, Version
from portal.keyring import keyring

MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


def publish(version: Version, *, now: datetime) -> Publication:
    """Serve this version from its window's start; what it replaces is served until then.

    Called in the transaction of the second approval, with the campaign's row locked.
    """
    window = version.content["window"]
    starts_at = datetime.fromisoformat(window["starts_at"])
    ends_at = window["ends_at"] and datetime.fromisoformat(window["ends_at"])
    gives_way = max(now, starts_at)
    earlier = Publication.objects.filter(campaign_id=version.campaign_id, recalled_at=None)
    # One that is open, and one that was to give way later, give way no later than this.
    older = list(earlier.filter(superseded_at=None) | earlier.filter(superseded_at__gt=gives_way))
    Publication.objects.filter(pk__in=[each.pk for each in older]).update(superseded_at=gives_way)
    publication = Publication.objects.create(
        campaign_id=version.campaign_id,
        version=version,
        published_at=now,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    sign(publication, now=now)
    announce([each.pk for each in (*older, publication)])
    return publication


def sign(publication: Publication, *, now: datetime) -> PublicationSignature:
    """With the key that signs now. Delivery serves nothing that no key it trusts has signed."""
    signed, signature = keyring().sign(TYP, signed_content(publication))
    return PublicationSignature.objects.create(
        publication=publication, key=signed["key"], signature=signature, signed_at=now
    )


def signed_content(publication: Publication) -> dict[str, Any]:
    """What a signature of it is over, but for `typ` and `key`."""
    version = publication.version
    return document(
        version.content,
        publication=str(publication.pk),
        version=str(version.pk),
        sha256=version.sha256,
        published_at=publication.published_at.astimezone(UTC).strftime(MICROSECONDS),
    )


@dataclass(frozen=True, slots=True)
class Announcement:
    """A revision, and when it was announced by PostgreSQL's clock: the transaction is not committed yet."""

    revision: int
    at: datetime


BUMP = """
WITH bumped AS (
    INSERT INTO campaigns_deliveryrevision AS r (id, revision) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET revision = r.revision + 1
    RETURNING revision
), changed AS (
    INSERT INTO campaigns_deliverychange (revision, publication_id, of_keys)
    SELECT revision, publication, %(of_keys)s
    FROM bumped, unnest(%(publications)s::uuid[]) AS publication
)
SELECT revision, clock_timestamp() FROM bumped
"""


def announce(publications: Iterable[UUID] | None = None, *, of_keys: bool = False) -> Announcement:
    """Bump the revision and notify; both take effect with the caller's commit, never before or without it.

    It says what changed: these publications, or keys; with neither, that everything may have.
    """
    changed: list[UUID | None] = [None] if publications is None else list(publications)
    with connection.cursor() as cursor:
        cursor.execute(BUMP, {"publications": changed, "of_keys": of_keys})
        announcement = Announcement(*cursor.fetchone())
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return announcement
