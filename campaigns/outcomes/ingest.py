"""Takes events in: each judged on its own, stored once however often it comes, answered after the commit."""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from campaigns import events as names
from campaigns.delivery.showings import Shown, showings
from campaigns.models import Campaign, Version
from campaigns.models.outcome import EventKind
from campaigns.outcomes import partitions
from campaigns.outcomes.judging import Unfit, fits, judged
from campaigns.outcomes.store import Stored, store
from portal.audit import record
from portal.kernel.actor import Actor
from portal.models import AuditEvent

MOST_EVENTS = 1000
IMPOSSIBLE = Unfit("impossible-order", "The warning was shown later than this.")
NO_PARTITION = "23514"


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

    def refuse(self, index: int, why: Unfit) -> None:
        self.refused.append(Refusal(index, why.code, str(why)))


def ingest(given: Sequence[Any], *, actor: Actor, now: datetime) -> Receipt:
    """Store the good events of a client's call and name the bad ones by index. Safe to repeat."""
    receipt = Receipt()
    read: dict[int, dict[str, str]] = {}
    for index, event in enumerate(given):
        try:
            read[index] = judged(event, now)
        except Unfit as unfit:
            receipt.refuse(index, unfit)
    versions = _published({event["version"] for event in read.values()})
    good: dict[int, dict[str, str]] = {}
    for index, event in read.items():
        try:
            fits(event, versions.get(event["version"]))
        except Unfit as unfit:
            receipt.refuse(index, unfit)
        else:
            good[index] = event
    if good:
        with transaction.atomic():
            stored = _stored(list(good.values()), UUID(actor.id), now)
            noted = list(_shown(good.values(), versions, actor.id))
            transaction.on_commit(partial(showings.note, noted), robust=True)
            if stored.new:
                _note_the_day({event["campaign"] for event in good.values()}, actor, now)
        receipt.accepted = stored.new
        impossible = [index for index, event in good.items() if event["id"] in stored.impossible]
        for index in impossible:
            receipt.refuse(index, IMPOSSIBLE)
        receipt.repeated = len(good) - stored.new - len(impossible)
    receipt.refused.sort(key=lambda refusal: refusal.index)
    return receipt


def keyed_reference(client_id: str, reference: str) -> str:
    """What stands for a withdrawal here, as hexadecimal digits of a UUID: keyed, so that nobody can test a
    guess against the table."""
    message = f"{client_id}:{reference}".encode()
    return hmac.digest(settings.REFERENCE_KEY.encode(), message, "sha256")[:16].hex()


def _published(ids: set[str]) -> dict[str, Version]:
    found = Version.objects.filter(
        pk__in=ids,
        publication__isnull=False,
        # An exercise reached nobody: what is reported of it is a mistake, and must not be counted.
        campaign__agency__is_training=False,
    )
    return {str(version.pk): version for version in found}


def _stored(events: Sequence[Mapping[str, str]], client: UUID, now: datetime) -> Stored:
    rows = [
        {
            "id": event["id"],
            "kind": event["kind"],
            "version_id": event["version"],
            "variant": event["variant"],
            "region": event["region"],
            "language": event["language"],
            "part": event["part"],
            "amount_band": event["amount_band"],
            "reference": keyed_reference(str(client), event["reference"]),
            "occurred_at": event["occurred_at"],
        }
        for event in events
    ]
    try:
        with transaction.atomic():
            return store(rows, client=client, now=now)
    except IntegrityError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != NO_PARTITION:
            raise
    # Whoever makes the weeks ahead has not run for two months. No event is lost by that.
    partitions.prepare(now)
    return store(rows, client=client, now=now)


def _shown(
    events: Iterable[Mapping[str, str]], versions: Mapping[str, Version], client: str
) -> Iterator[Shown]:
    """What counts for a showing rule. The subject goes no further than its counter."""
    for event in events:
        rule = versions[event["version"]].content.get("showing")
        if rule and event["subject"] and event["kind"] == EventKind.SHOWN:
            at = datetime.fromisoformat(event["occurred_at"]).timestamp()
            yield Shown(event["id"], client, event["subject"], event["campaign"], at, int(rule["per_days"]))


def _note_the_day(campaigns: set[str], actor: Actor, now: datetime) -> None:
    """One act a day for each client and campaign: the chain's lock has no place on every call."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    noted = set(
        AuditEvent.objects.filter(
            subject_type="campaign",
            subject_id__in=campaigns,
            event=names.OUTCOMES_RECEIVED,
            actor_id=actor.id,
            at__gte=day,
            at__lt=day + timedelta(days=1),
        ).values_list("subject_id", flat=True)
    )
    for campaign in Campaign.objects.filter(pk__in=campaigns - noted).order_by("pk"):
        record(names.OUTCOMES_RECEIVED, actor=actor, subject=campaign, at=now)
