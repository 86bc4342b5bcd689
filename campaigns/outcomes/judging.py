"""Judges one event by itself, and against the version that it names. Each refusal has one stable code."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.models import Version
from campaigns.models.outcome import AmountBand, EventKind, OpenedPart
from portal.kernel.regions import is_region, with_country

SKEW = timedelta(minutes=5)
LATEST = timedelta(days=7)
CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Letters, digits, dash and underscore: no room for an address, a name or a phone number.
REFERENCE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{8,64}")
REQUIRED = ("id", "kind", "campaign", "version", "region", "language", "reference", "occurred_at")
OPTIONAL = ("part", "variant", "amount_band", "subject")
# Enumerations make these anew each time they are asked.
KINDS, PARTS, BANDS = (dict.fromkeys(each.values) for each in (EventKind, OpenedPart, AmountBand))


class Unfit(ValueError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def judged(event: Any, now: datetime) -> dict[str, str]:
    """The event, its times in UTC and its ids as PostgreSQL writes them; raises Unfit."""
    said = _texts(event)
    for name in ("id", "campaign", "version"):
        if not CANONICAL_UUID.fullmatch(said[name]):
            raise Unfit("not-a-uuid", f"{name} is not a UUID in its usual form.")
        said[name] = said[name].lower()
    if said["id"][14] != "7":
        raise Unfit("not-uuidv7", "id must be a UUID of version 7.")
    if said["kind"] not in KINDS:
        raise Unfit("unknown-kind", f"kind must be one of {', '.join(KINDS)}.")
    if said["part"] and (said["kind"] != EventKind.REVIEWED or said["part"] not in PARTS):
        raise Unfit("unknown-part", f"part belongs to a reviewed event and is one of {', '.join(PARTS)}.")
    if said["amount_band"] and said["amount_band"] not in BANDS:
        raise Unfit("unknown-amount-band", f"amount_band is one of {', '.join(BANDS)}.")
    if not REFERENCE.fullmatch(said["reference"]):
        raise Unfit(
            "reference-unfit",
            "reference must be 8 to 64 letters, digits, - or _ with a letter among them, and no personal"
            " data.",
        )
    if said["subject"] and not REFERENCE.fullmatch(said["subject"]):
        raise Unfit("subject-unfit", "subject must be of the same form as a reference.")
    if not is_region(said["region"]):
        raise Unfit("unknown-region", "region is not an ISO 3166 code.")
    occurred_at = _moment(said["occurred_at"])
    if not now - LATEST <= occurred_at <= now + SKEW:
        if occurred_at > now:
            raise Unfit("in-the-future", "occurred_at lies more than 5 minutes ahead.")
        raise Unfit("too-late", "occurred_at lies more than 7 days back.")
    # Rows lie by the time in their ids: one of another year would lie where nobody looks.
    made_at = int(said["id"][:8] + said["id"][9:13], 16) / 1000
    if not (now - LATEST).timestamp() <= made_at <= (now + SKEW).timestamp():
        raise Unfit("id-time-unfit", "The time in id lies more than 7 days back or 5 minutes ahead.")
    # PostgreSQL takes fewer offsets than Python: it gets none but UTC.
    return {**said, "occurred_at": occurred_at.isoformat()}


def fits(event: Mapping[str, str], version: Version | None) -> None:
    """Whether the version that it names was for this region and language; raises Unfit."""
    if version is None or str(version.campaign_id) != event["campaign"]:
        raise Unfit("unknown-version", "No published version of this campaign has this id.")
    if event["variant"]:
        raise Unfit("unknown-variant", "This version has no variants: leave variant out.")
    if not set(with_country(event["region"])) & set(version.content["regions"]):
        raise Unfit("region-not-covered", "This version is not for this region.")
    if event["language"] not in version.content["texts"]:
        raise Unfit("language-not-covered", "This version is not written in this language.")


def _texts(event: Any) -> dict[str, str]:
    if not isinstance(event, dict):
        raise Unfit("not-an-object", "An event is a JSON object.")
    said = {}
    for name in REQUIRED:
        value = event.get(name)
        if not isinstance(value, str) or not value:
            raise Unfit("field-missing", f"{name} must be a text that is not empty.")
        said[name] = value
    for name in OPTIONAL:
        value = event.get(name) or ""
        if not isinstance(value, str):
            raise Unfit(f"{name.replace('_', '-')}-unfit", f"{name} must be a text.")
        said[name] = value
    return said


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise Unfit("not-a-time", "occurred_at needs its offset from UTC.")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        if isinstance(problem, Unfit):
            raise
        raise Unfit("not-a-time", "occurred_at is not an RFC 3339 time.") from None
