"""Events as a client tells them, and what they should add up to, counted in plain Python."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.outcomes.measures import MEASURES
from campaigns.outcomes.rollup import COUNTS
from portal.kernel.identifiers import id_at

Event = dict[str, Any]
TOLERANCE, WINDOW, LATER = timedelta(minutes=5), timedelta(days=7), timedelta(days=30)
KINDS = ("assigned", "shown", "reviewed", "reconsidered", "proceeded", "reported", "cleared")
PARTS = ("tips", "examples", "resource", "question")


def event(
    version: Any, at: datetime, kind: str = "shown", reference: str = "withdrawal-0001", **changes: Any
) -> Event:
    return {
        "id": str(id_at(at)),
        "kind": kind,
        "campaign": str(version.campaign_id),
        "version": str(version.pk),
        "region": "HK",
        "language": "zh-Hant",
        "reference": reference,
        "occurred_at": at.isoformat(),
        **changes,
    }


def made_up(version: Any, now: datetime, chance: random.Random, withdrawals: int) -> list[Event]:
    """Withdrawals of the last six days, with all that may go wrong with their order and their times."""
    found = []
    for number in range(withdrawals):
        began = now - timedelta(seconds=chance.randrange(60, 6 * 86_400))
        for kind in KINDS:
            for _ in range(chance.choice([0, 1, 1, 2])):
                late = timedelta(seconds=chance.choice([0, 5, 60, 3600, 86_400]) * chance.random())
                early = timedelta(seconds=chance.choice([0, 0, 0, 200, 4000]) * chance.random())
                at = min(now, max(began + late - early, now - timedelta(days=7) + timedelta(seconds=1)))
                found.append(
                    event(
                        version,
                        at,
                        kind,
                        f"w-{number:08d}",
                        part=chance.choice(PARTS) if kind == "reviewed" else "",
                        language=chance.choice(["en", "zh-Hant"]),
                    )
                )
    return found


def kept(known: Iterable[Event]) -> Counter[tuple[Any, ...]]:
    """By (hour, language, measure), how many exposures these events add up to: the rules, in other words."""
    by: dict[str, list[Event]] = defaultdict(list)
    for each in known:
        by[each["reference"]].append(each)
    counted: Counter[tuple[Any, ...]] = Counter()
    for events in by.values():
        times = {
            kind: min((_at(each) for each in events if each["kind"] == kind), default=None) for kind in KINDS
        }
        began = times["shown"] or times["assigned"]
        if began is None:
            continue
        leading = min((_rank(each), _at(each), each["region"], each["language"]) for each in events)
        hour = began.replace(minute=0, second=0, microsecond=0)
        within = {
            kind: at is not None
            and began - TOLERANCE <= at <= began + (LATER if kind in ("reported", "cleared") else WINDOW)
            for kind, at in times.items()
        }
        opened = {each.get("part") for each in events if each["kind"] == "reviewed"}
        holds = {
            "assigned": times["assigned"] is not None,
            "shown": times["shown"] is not None,
            **{kind: within[kind] for kind in ("reviewed", "reconsidered", "proceeded", "reported")},
            "either": within["reviewed"] or within["reconsidered"],
            "cleared": within["reconsidered"] and within["cleared"],
            "unanswered": times["shown"] is not None
            and not (within["reviewed"] or within["reconsidered"] or within["proceeded"]),
            **{part: within["reviewed"] and part in opened for part in PARTS},
        }
        for name, is_true in holds.items():
            if is_true:
                counted[hour, leading[3], name] += 1
    return counted


def counts() -> Counter[tuple[Any, ...]]:
    """The same from the portal's counts."""
    names = list(MEASURES)
    found: Counter[tuple[Any, ...]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT hour, language, {', '.join(names)} FROM ({COUNTS}) c")  # noqa: S608
        for hour, language, *values in cursor.fetchall():
            for name, value in zip(names, values, strict=True):
                found[hour, language, name] += value
    return Counter({key: value for key, value in found.items() if value})


def batches(events: Sequence[Event], chance: random.Random, most: int = 20) -> list[list[Event]]:
    """In some order, some of them twice, in calls of some size."""
    told = [*events, *chance.sample(list(events), len(events) // 4)]
    chance.shuffle(told)
    cut, found = 0, []
    while cut < len(told):
        size = chance.randint(1, most)
        found.append(told[cut : cut + size])
        cut += size
    return found


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


def _rank(event: Event) -> int:
    return {"shown": 0, "assigned": 1}.get(event["kind"], 2)
