"""From just before the COMMIT of a recall until no process serves the text any more.

The recall is the real flow, of one campaign after the other, each in a region of its own. When each process
stopped is what it acknowledged; that no later question was answered with the text is checked from outside.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from unittest import mock
from uuid import UUID

from django.db import connection, transaction

from benchmarks.delivery.fronts import bearer, question
from benchmarks.delivery.outsider import Outsider, Seen
from benchmarks.figures import Figure, at_most, percentile, single, spread
from campaigns.delivery.publish import BUMP, Announcement
from campaigns.models import DeliveryAcknowledgement
from campaigns.review import flows as review
from portal.kernel.actor import Actor

SAMPLES = 120
# At another moment of the processes' second each time; the lost ones over the whole of it.
GAP_SECONDS = (0.02, 0.1)
LOST_GAP_SECONDS = (0.0, 0.35)
PATIENCE_SECONDS = 15.0
# p99 of what was announced, idle and under load; and of what was not.
IDLE_MS, SATURATED_MS, LOST_MS = 10.0, 100.0, 1200.0


@dataclass(frozen=True, slots=True)
class Recalled:
    """One recall, and when the last process stopped; milliseconds from just before its COMMIT."""

    acknowledged: float
    commit: float  # of that until COMMIT returned
    outside: float | None  # the last answer with the text, where it was watched


@dataclass(frozen=True, slots=True)
class Live:
    """A campaign that is to be recalled, alone in its region."""

    campaign: UUID
    publication: UUID
    region: str


class Recaller:
    """Recalls in turn; a follower that missed one would be caught by whoever asks next."""

    def __init__(self, live: Iterator[Live], actor: Actor, pids: Sequence[int], port: int, key: str) -> None:
        self._live, self._actor, self._pids, self._port = live, actor, pids, port
        self._headers = bearer(key)

    def watched(self, samples: int) -> list[Recalled]:
        """One after the other, each watched from outside until it is gone."""
        found = []
        outsider = Outsider(self._headers, question(self._port, "HK"), self._pids)
        try:
            for _ in range(samples):
                each = next(self._live)
                outsider.watch(question(self._port, each.region), str(each.publication))
                time.sleep(random.uniform(*GAP_SECONDS))  # noqa: S311 - no secret
                committing, committed, revision = self._recall(each)
                stopped = self._stopped([revision])[revision]
                seen = outsider.seen()
                believed(seen, stopped)
                outside = max(one.answered_with for one in seen)
                found.append(
                    Recalled(
                        milliseconds(max(stopped.values()), committing),
                        milliseconds(committed, committing),
                        milliseconds(outside, committing),
                    )
                )
        finally:
            outsider.stop()
        return found

    def unannounced(self, samples: int) -> list[Recalled]:
        """With every notification lost: only the processes' own polls find these. They come as they like, not
        one after the other; each counts by itself."""
        made: dict[int, tuple[float, float]] = {}
        with lost_notifications():
            for _ in range(samples):
                time.sleep(random.uniform(*LOST_GAP_SECONDS))  # noqa: S311 - no secret
                committing, committed, revision = self._recall(next(self._live))
                made[revision] = committing, committed
            stopped = self._stopped(list(made))
        return [
            Recalled(
                milliseconds(max(stopped[revision].values()), committing),
                milliseconds(committed, committing),
                None,
            )
            for revision, (committing, committed) in made.items()
        ]

    def _recall(self, live: Live) -> tuple[float, float, int]:
        """(just before the COMMIT by PostgreSQL's clock, just after it by ours, in Unix seconds; the revision
        without it)."""
        committed: list[float] = []
        with transaction.atomic():
            transaction.on_commit(lambda: committed.append(time.time()))
            publications = review.recall(
                live.campaign, actor=self._actor, now=datetime.now(UTC), why="A measurement."
            )
            with connection.cursor() as cursor:
                cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
                committing = cursor.fetchone()[0]
        if [each.pk for each in publications] != [live.publication]:
            raise RuntimeError("another publication was recalled")
        return committing, committed[0], publications[0].recall_revision or 0

    def _stopped(self, revisions: Sequence[int]) -> dict[int, dict[int, float]]:
        """By revision and process, the last moment at which it answered with what came before."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            said = DeliveryAcknowledgement.objects.filter(
                revision__gte=min(revisions), process__pid__in=self._pids
            ).values_list("process__pid", "revision", "stopped_at")
            found = first_without(list(said), revisions)
            if all(found[revision].keys() == set(self._pids) for revision in revisions):
                return found
            time.sleep(0.02)
        raise RuntimeError("a process did not acknowledge a recall")


def first_without(
    said: Sequence[tuple[int, int, datetime]], revisions: Sequence[int]
) -> dict[int, dict[int, float]]:
    """A process that skipped a revision stopped with the first one after it."""
    found: dict[int, dict[int, float]] = {revision: {} for revision in revisions}
    for pid, loaded, stopped_at in sorted(said, key=lambda each: each[1]):
        for revision in revisions:
            if loaded >= revision:
                found[revision].setdefault(pid, stopped_at.timestamp())
    return found


def believed(seen: Sequence[Seen], stopped: Mapping[int, float]) -> None:
    """Raises RuntimeError where a process answered with the text after it said that it had stopped."""
    for each in seen:
        if each.asked_with > stopped[each.pid]:
            late = milliseconds(each.asked_with, stopped[each.pid])
            raise RuntimeError(f"a recalled text was served {late:.1f} ms after its end was acknowledged")


def milliseconds(later: float, earlier: float) -> float:
    return (later - earlier) * 1000


@contextmanager
def lost_notifications() -> Iterator[None]:
    """The recall's transaction without its pg_notify: whatever may go wrong with one, none arrives."""

    def announce(publications: Sequence[UUID]) -> Announcement:
        with connection.cursor() as cursor:
            cursor.execute(BUMP, {"publications": list(publications), "of_keys": False})
            return Announcement(*cursor.fetchone())

    with mock.patch.object(review, "announce", announce):
        yield


def waiting(count: int, of: Callable[[str, int], UUID], regions: Sequence[str]) -> Iterator[Live]:
    """Those that benchmarks.grown laid there, one to a region."""
    for number in range(1, count):
        yield Live(of("campaign", number), of("publication", number), regions[number % len(regions)])


def summed_up(label: str, recalled: Sequence[Recalled], target: float) -> dict[str, Figure]:
    times = [each.acknowledged for each in recalled]
    figures = {
        f"{label}, {len(times)} recalls, ms": spread(times),
        f"{label}, p99, ms": at_most(single(percentile(times, 0.99)), target),
    }
    figures[f"{label}, of that the COMMIT, ms"] = spread([each.commit for each in recalled])
    outside = [each.outside for each in recalled if each.outside is not None]
    if outside:
        figures[f"{label}, last answer with the text as seen from outside, ms"] = spread(outside)
        figures[f"{label}, last answer as seen from outside, p99, ms"] = single(percentile(outside, 0.99))
    return figures
