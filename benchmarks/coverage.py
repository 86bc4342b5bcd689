"""What the intervals of outcomes keep of their promise: simulated with a fixed seed, for docs/statistics.md.

Measures no time and asks no server. Coverage is that of one look; a false alarm is an experiment without any
effect in which zero was excluded on one of the days.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binom

from benchmarks.candidates import exact_difference
from benchmarks.figures import Figure, spread
from campaigns.outcomes.statistics import Difference, Share, difference, sequences, share

SHARES = (0.005, 0.02, 0.1, 0.204, 0.5)
SIZES = (100, 1000, 10_000)
SPLITS = {"1:1": (1, 1), "9:1": (9, 1)}
DRAWS = 10_000
EXPERIMENTS = 2000
DAILY = 500
DAYS = (28, 56)
SEED = 20230401
METHODS: dict[str, Callable[[Share, Share], Difference]] = {
    "fixed horizon": difference,
    "sequence": sequences.difference,
}


def run(directory: Path) -> dict[str, Any]:
    covered, alarms = coverage(), false_alarms()
    figures = {f"coverage, {label}": spread(values) for label, values in covered.items()}
    for (split, method, days), found in alarms.items():
        figure = spread([each for each, _width in found])
        label = f"false alarms, {method}, {split}, {days} days"
        figures[label] = figure if method == "fixed horizon" else _everywhere(figure, 0.05)
    notes = [
        f"median, min and max are over shares of {', '.join(f'{each:.1%}' for each in SHARES)}",
        *table("95% covered", {label: [f"{each:.2%}" for each in row] for label, row in covered.items()}),
        *table(
            "false alarms, mean width in points",
            {
                f"{method}, {split}, {days} days": [f"{rate:.2%}, {width:.2%}" for rate, width in row]
                for (split, method, days), row in alarms.items()
            },
        ),
    ]
    return {
        "name": "coverage",
        "what": f"{DRAWS:,} draws of each interval, {EXPERIMENTS:,} experiments of {DAILY} exposures a day",
        "notes": notes,
        "figures": figures,
    }


def _everywhere(figure: Figure, target: float) -> Figure:
    """A promise is kept at the worst of the shares, not at the middle one."""
    return figure | {"target": f"≤ {target:g}", "met": figure["max"] <= target}


def table(title: str, rows: dict[str, list[str]]) -> Iterator[str]:
    """As Markdown, a column for each of SHARES."""
    yield f"| {title} | " + " | ".join(f"{each:.1%}" for each in SHARES) + " |"
    yield "|---|" + "---|" * len(SHARES)
    for label, cells in rows.items():
        yield f"| {label} | " + " | ".join(cells) + " |"


def coverage() -> dict[str, list[float]]:
    """How often each interval holds the truth when looked at once; Wilson's by the binomial itself."""
    found = {}
    for size in SIZES:
        intervals = [share(count, size) for count in range(size + 1)]
        found[f"Wilson, n = {size:,}"] = [
            float(
                sum(
                    binom.pmf(count, size, truth)
                    for count, each in enumerate(intervals)
                    if each.low <= truth <= each.high
                )
            )
            for truth in SHARES
        ]
    draw = np.random.default_rng(SEED)
    for split, weights in SPLITS.items():
        for size in SIZES:
            sizes = [size * weight // sum(weights) for weight in weights]
            found[f"Newcombe, {split}, n = {size:,}"] = [_held(draw, truth, sizes) for truth in SHARES]
    return found


def _held(draw: np.random.Generator, truth: float, sizes: list[int]) -> float:
    counts = [draw.binomial(size, truth, DRAWS).tolist() for size in sizes]
    found = (difference(share(one, sizes[0]), share(two, sizes[1])) for one, two in zip(*counts, strict=True))
    return sum(not each.excludes_zero for each in found) / DRAWS


def false_alarms() -> dict[tuple[str, str, int], list[tuple[float, float]]]:
    """By split, method and days: how often zero was ever excluded, and the last day's mean width."""
    draw = np.random.default_rng(SEED)
    found: dict[tuple[str, str, int], list[tuple[float, float]]] = {}
    for split, weights in SPLITS.items():
        days = np.arange(1, max(DAYS) + 1)
        daily = [DAILY * weight // sum(weights) for weight in weights]
        for truth in SHARES:
            counts = [
                np.cumsum(draw.binomial(each, truth, (EXPERIMENTS, len(days))), axis=1) for each in daily
            ]
            lows, highs = {}, {}
            for method, of in METHODS.items():
                lows[method], highs[method] = _each_day(of, counts, daily)
            ours, theirs = (
                (count.astype(float), (days * each).astype(float))
                for count, each in zip(counts, daily, strict=True)
            )
            lows["exact union"], highs["exact union"] = exact_difference(ours, theirs)
            for method in lows:
                excluded = (lows[method] > 0) | (highs[method] < 0)
                for until in DAYS:
                    width = highs[method][:, until - 1] - lows[method][:, until - 1]
                    rate = float(excluded[:, :until].any(axis=1).mean())
                    found.setdefault((split, method, until), []).append((rate, float(width.mean())))
    return found


def _each_day(
    of: Callable[[Share, Share], Difference], counts: list[np.ndarray], daily: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    found = np.array(
        [
            [
                (each.low, each.high)
                for day, (one, two) in enumerate(zip(ours, theirs, strict=True), 1)
                for each in [of(Share(one, daily[0] * day, 0, 1), Share(two, daily[1] * day, 0, 1))]
            ]
            for ours, theirs in zip(*(count.tolist() for count in counts), strict=True)
        ]
    )
    return found[:, :, 0], found[:, :, 1]
