"""The arithmetic of what was measured: percentiles, ratios round by round, and targets met or missed."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

Figure = dict[str, Any]


def spread(values: Sequence[float]) -> Figure:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank: the smallest that at least `share` of the values do not exceed."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Of each round by itself: what slowed both in one of them falls out."""
    return spread([one / other for one, other in zip(ours, theirs, strict=True)])


def single(value: float) -> Figure:
    """Of what has one value, such as a percentile over all samples."""
    return spread([value])


def at_least(figure: Figure, target: float) -> Figure:
    return figure | {"target": f"≥ {target:g}", "met": figure["median"] >= target}


def at_most(figure: Figure, target: float) -> Figure:
    return figure | {"target": f"≤ {target:g}", "met": figure["median"] <= target}


def line(label: str, figure: Figure, width: int) -> str:
    """One line of the printed table."""
    numbers = " ".join(f"{written(figure[name]):>9}" for name in ("median", "min", "max"))
    said = ""
    if "target" in figure:
        said = f"  {figure['target']:>8}  {'met' if figure['met'] else 'missed'}"
    return f"  {label:{width}} {numbers}{said}"


def written(value: float) -> str:
    """With as many digits as say something."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"
