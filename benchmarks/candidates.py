"""The interval that was not chosen, for `coverage` to measure the chosen one by: exact, and wide."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, xlog1py, xlogy

Numbers = NDArray[np.float64]
HALVINGS = 45


def exact(counts: Numbers, totals: Numbers, alpha: float) -> tuple[Numbers, Numbers]:
    """Robbins' beta-binomial mixture with a uniform prior: the shares whose mixture ratio stays below 1/α."""
    least = betaln(1 + counts, 1 + totals - counts) + np.log(alpha)
    seen = counts / totals

    def border(inside: Numbers, outside: Numbers) -> Numbers:
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            holds = xlogy(counts, middle) + xlog1py(totals - counts, -middle) >= least
            inside, outside = np.where(holds, middle, inside), np.where(holds, outside, middle)
        return outside

    return border(seen, np.zeros_like(seen)), border(seen, np.ones_like(seen))


def exact_difference(
    ours: tuple[Numbers, Numbers], theirs: tuple[Numbers, Numbers], alpha: float = 0.05
) -> tuple[Numbers, Numbers]:
    """Counts and totals of both arms, each at α/2, joined by the union bound."""
    (low, high), (their_low, their_high) = exact(*ours, alpha / 2), exact(*theirs, alpha / 2)
    return low - their_high, high - their_low
