"""Takes events in: each judged on its own, stored once however often it is sent, acknowledged after commit.

The good ones of a call go to PostgreSQL as one JSON parameter and are unpacked there in key order, so that
overlapping calls wait for each other instead of deadlocking.
"""

import hmac
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from campaigns import events as names
from campaigns.delivery.showings import Shown, showings
from campaigns.models import Campaign, Version
from campaigns.models.outcome import EventKind, OpenedPart
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.regions import is_region, with_country
from portal.models import AuditEvent

MOST_EVENTS = 1000
SKEW = timedelta(minutes=5)
LATEST = timedelta(days=7)
CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Letters, digits, dash and underscore: no room for an address, a name or a phone number.
REFERENCE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Refusal:
    index: int
    code: str
    detail: str


@dataclass(slots=True)
class Receipt:
    """`accepted` were new and are committed; `repeated` were known already and changed nothing."""

    accepted: int = 0
    repeated: int = 0
    refused: list[Refusal] = field(default_factory=list)


class Unfit(ValueError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def ingest(given: Sequence[Any], *, actor: Actor, now: datetime) -> Receipt:
    """Store the good events of a client's call and name the bad ones by index. Safe to repeat."""
    receipt = Receipt()
    read: list[tuple[int, dict[str, Any]]] = []
    for index, event in enumerate(given):
        try:
            read.append((index, _read(event, now)))
        except Unfit as unfit:
            receipt.refused.append(Refusal(index, unfit.code, str(unfit)))
    versions = {
        str(version.pk): version
        for version in Version.objects.filter(
            pk__in={event["version_id"] for _, event in read},
            publication__isnull=False,
            # An exercise reached nobody: what is reported of it is a mistake, and must not be counted.
            campaign__agency__is_training=False,
        )
    }
    good = []
    for index, event in read:
        try:
            _fits(event, versions.get(event["version_id"]))
        except Unfit as unfit:
            receipt.refused.append(Refusal(index, unfit.code, str(unfit)))
        else:
            good.append(event)
    receipt.refused.sort(key=lambda refusal: refusal.index)
    if good:
        with transaction.atomic():
            receipt.accepted = _store(good, UUID(actor.id), now)
            transaction.on_commit(partial(showings.note, list(_shown(good, versions, actor.id))), robust=True)
            if receipt.accepted:
                _note_the_day(good, actor, now)
        receipt.repeated = len(good) - receipt.accepted
    return receipt


def keyed_reference(client_id: str, reference: str) -> str:
    """What stands for a withdrawal here: keyed, so that nobody can test a guess against the table."""
    message = f"{client_id}:{reference}".encode()
    return hmac.digest(settings.REFERENCE_KEY.encode(), message, "sha256")[:16].hex()


def _read(event: Any, now: datetime) -> dict[str, Any]:
    """Judge one event by itself."""
    if not isinstance(event, dict):
        raise Unfit("not-an-object", "An event is a JSON object.")
    texts = {}
    for name in ("id", "kind", "campaign", "version", "region", "language", "reference", "occurred_at"):
        value = event.get(name)
        if not isinstance(value, str) or not value:
            raise Unfit("field-missing", f"{name} must be a text that is not empty.")
        texts[name] = value
    ids = {}
    for name in ("id", "campaign", "version"):
        if not CANONICAL_UUID.fullmatch(texts[name]):
            raise Unfit("not-a-uuid", f"{name} is not a UUID in its usual form.")
        ids[name] = UUID(texts[name])
    if ids["id"].version != 7:
        raise Unfit("not-uuidv7", "id must be a UUID of version 7.")
    if texts["kind"] not in EventKind.values:
        raise Unfit("unknown-kind", f"kind must be one of {', '.join(EventKind.values)}.")
    part = event.get("part") or ""
    if part and (texts["kind"] != EventKind.REVIEWED or part not in OpenedPart.values):
        raise Unfit(
            "unknown-part", f"part belongs to a reviewed event and is one of {', '.join(OpenedPart.values)}."
        )
    if not REFERENCE.fullmatch(texts["reference"]):
        raise Unfit(
            "reference-unfit",
            "reference must be 8 to 64 letters, digits, - or _ with a letter among them, and no personal"
            " data.",
        )
    if not is_region(texts["region"]):
        raise Unfit("unknown-region", "region is not an ISO 3166 code.")
    try:
        occurred_at = datetime.fromisoformat(texts["occurred_at"])
    except ValueError:
        raise Unfit("not-a-time", "occurred_at is not an RFC 3339 time.") from None
    if occurred_at.tzinfo is None:
        raise Unfit("not-a-time", "occurred_at needs its offset from UTC.")
    try:
        if occurred_at > now + SKEW:
            raise Unfit("in-the-future", "occurred_at lies more than 5 minutes ahead.")
        if occurred_at < now - LATEST:
            raise Unfit("too-late", "occurred_at lies more than 7 days back.")
    except OverflowError:
        raise Unfit("not-a-time", "occurred_at is out of range.") from None
    subject = event.get("subject") or ""
    if subject and not (isinstance(subject, str) and REFERENCE.fullmatch(subject)):
        raise Unfit("subject-unfit", "subject must be of the same form as a reference.")
    return {
        "id": str(ids["id"]),
        "subject": subject,
        "kind": texts["kind"],
        "campaign_id": str(ids["campaign"]),
        "version_id": str(ids["version"]),
        "region": texts["region"],
        "language": texts["language"],
        "part": part,
        "reference": texts["reference"],
        # PostgreSQL takes fewer offsets than Python: it gets none but UTC.
        "occurred_at": occurred_at.astimezone(UTC).isoformat(),
    }


def _shown(good: list[dict[str, Any]], versions: dict[str, Version], client: str) -> Iterator[Shown]:
    """What counts for a showing rule. The subject goes no further than its counter."""
    for event in good:
        rule = versions[event["version_id"]].content.get("showing")
        if rule and event["subject"] and event["kind"] == EventKind.SHOWN:
            at = datetime.fromisoformat(event["occurred_at"]).timestamp()
            yield Shown(
                event["id"], client, event["subject"], event["campaign_id"], at, int(rule["per_days"])
            )


def _fits(event: dict[str, Any], version: Version | None) -> None:
    """Judge one event against the version it names."""
    if version is None or str(version.campaign_id) != event["campaign_id"]:
        raise Unfit("unknown-version", "No published version of this campaign has this id.")
    if not set(with_country(event["region"])) & set(version.content["regions"]):
        raise Unfit("region-not-covered", "This version is not for this region.")
    if event["language"] not in version.content["texts"]:
        raise Unfit("language-not-covered", "This version is not written in this language.")


STORE = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(events)s::jsonb) AS g(
        id uuid, kind text, campaign_id uuid, version_id uuid, region text, language text, part text,
        reference text, occurred_at timestamptz)
), stored AS (
    INSERT INTO campaigns_outcomeevent
        (id, client_id, kind, version_id, region, language, part, reference, occurred_at, received_at)
    SELECT id, %(client)s, kind, version_id, region, language, part, reference, occurred_at, %(now)s
    FROM given ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, kind, version_id, region, language, reference, occurred_at
), kept AS (
    INSERT INTO campaigns_exposure AS e
        (client_id, version_id, campaign_id, reference, region, language,
         shown_at, reviewed_at, reconsidered_at, proceeded_at)
    SELECT %(client)s, s.version_id, v.campaign_id, s.reference, min(s.region), min(s.language),
           min(s.occurred_at) FILTER (WHERE kind = 'shown'),
           min(s.occurred_at) FILTER (WHERE kind = 'reviewed'),
           min(s.occurred_at) FILTER (WHERE kind = 'reconsidered'),
           min(s.occurred_at) FILTER (WHERE kind = 'proceeded')
    FROM stored s JOIN campaigns_version v ON v.id = s.version_id
    GROUP BY s.version_id, v.campaign_id, s.reference
    ORDER BY s.version_id, s.reference
    ON CONFLICT (version_id, client_id, reference) DO UPDATE SET
        shown_at = least(e.shown_at, excluded.shown_at),
        reviewed_at = least(e.reviewed_at, excluded.reviewed_at),
        reconsidered_at = least(e.reconsidered_at, excluded.reconsidered_at),
        proceeded_at = least(e.proceeded_at, excluded.proceeded_at)
)
SELECT count(*) FROM stored
"""


def _store(good: list[dict[str, Any]], client_id: UUID, now: datetime) -> int:
    """How many were new. An exposure keeps the first time of each thing, in whatever order they arrive."""
    rows = [
        {
            **{name: value for name, value in event.items() if name != "subject"},
            "reference": keyed_reference(str(client_id), event["reference"]),
        }
        for event in good
    ]
    with connection.cursor() as cursor:
        cursor.execute(STORE, {"events": json.dumps(rows), "client": client_id, "now": now})
        return int(cursor.fetchone()[0])


def _note_the_day(good: list[dict[str, Any]], actor: Actor, now: datetime) -> None:
    """One act a day for each client and campaign: the chain's lock has no place on every call."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = {event["campaign_id"] for event in good}
    noted = set(
        AuditEvent.objects.filter(
            subject_type="campaign",
            subject_id__in=wanted,
            event=names.OUTCOMES_RECEIVED,
            actor_id=actor.id,
            at__gte=day,
            at__lt=day + timedelta(days=1),
        ).values_list("subject_id", flat=True)
    )
    for campaign in Campaign.objects.filter(pk__in=wanted - noted).order_by("pk"):
        record(names.OUTCOMES_RECEIVED, actor=actor, subject=campaign, at=now)
