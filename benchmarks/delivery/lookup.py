"""The client package in the exchange's own process: one lookup with its audience, and proving a snapshot."""

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from benchmarks.delivery.databases import regions
from benchmarks.delivery.loading import CHANGES
from benchmarks.figures import Figure, at_most, spread
from campaigns.client.audience import Conditions, Situation
from campaigns.client.selection import Candidate, Selection
from campaigns.client.signing import Keys
from campaigns.client.snapshot import Snapshot

SIZES = (10, 1_000, 100_000)
ROUNDS = 15
LOOKUPS = 20_000
# Regions that are asked in turn, and how many live campaigns each of them has, whatever the size.
ASKED, EACH = 500, 2
LANGUAGE = "zh-HK"
MICROSECONDS = 5.0
SAID = Situation(Decimal("2500"), "HKD", "USDT", "TRON", True, 400, "65_plus")
# All that can be judged, and nothing that this withdrawal is ruled out by: the longest way.
CONDITIONS = Conditions(
    Decimal("1000"), "HKD", frozenset({"USDT", "BTC"}), frozenset({"TRON"}), True, 720, frozenset({"65_plus"})
)


def candidates(base: Candidate, size: int) -> tuple[list[Candidate], Sequence[str]]:
    """(so many of them, the regions to ask for): each of those has the same few, the others have the rest."""
    codes = [code for code in regions() if "-" in code]
    asked = codes[: min(ASKED, size // EACH)]
    others = codes[len(asked) :]
    places = itertools.chain((code for code in asked for _ in range(EACH)), itertools.cycle(others))
    found = [
        replace(base, id=f"publication-{number}", regions=(code,), conditions=CONDITIONS)
        for number, code in zip(range(size), places, strict=False)
    ]
    return found, asked


def lookups(base: Candidate, now: float) -> dict[str, Figure]:
    figures = {}
    made = {}
    for size in SIZES:
        few, asked = candidates(base, size)
        made[size] = Selection(few), list(itertools.islice(itertools.cycle(asked), LOOKUPS))
    took: dict[int, list[float]] = {size: [] for size in SIZES}
    for number in range(ROUNDS + 1):
        for size, (selection, wanted) in made.items():
            seconds = _asked(selection, wanted, now)
            if number:  # the first one is a warm-up
                took[size].append(seconds / len(wanted) * 1e6)
    for size, times in took.items():
        figures[f"client's lookup, {size:,} candidates, µs"] = at_most(spread(times), MICROSECONDS)
    return figures


def _asked(selection: Selection, wanted: Sequence[str], now: float) -> float:
    """What a withdrawal asks: what is live here, in this language, and not ruled out for it."""
    began = time.perf_counter()
    shown = 0
    for region in wanted:
        live = selection.live(region, LANGUAGE, now)
        shown += len([each for each in live.chosen if not each.candidate.is_ruled_out(SAID)])
    took = time.perf_counter() - began
    if shown != EACH * len(wanted):
        raise RuntimeError(f"{shown} were shown in {len(wanted)} lookups")
    return took


def proving(body: bytes, documents: Keys, snapshots: Keys) -> dict[str, Figure]:
    """Of the body of /snapshot: read as JSON, then each signature and text proved."""
    read, proved = [], []
    count = 0
    for _ in range(CHANGES):
        began = time.perf_counter()
        given = json.loads(body)
        read.append(time.perf_counter() - began)
        began = time.perf_counter()
        snapshot = Snapshot.verified(given, documents=documents, snapshots=snapshots)
        proved.append(time.perf_counter() - began)
        count = len(snapshot.publications)
    per = {"read as JSON": read, "proved": proved}
    return {
        f"a snapshot of {count:,} publications {what}, ms per 100": spread(
            [each * 1000 / count * 100 for each in times]
        )
        for what, times in per.items()
    }
