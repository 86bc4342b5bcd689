"""Made-up experiments with a fixed seed, and shares and differences drawn by hypothesis."""

from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from campaigns.outcomes.statistics import Share, share

DAYS = 56


@st.composite
def shares(draw: st.DrawFn, least: int = 1) -> Share:
    total = draw(st.integers(least, 10**9))
    return share(draw(st.integers(0, total)), total)


def days(
    truth: float, daily: tuple[int, int], experiments: int, seed: int
) -> Iterator[list[tuple[Share, Share]]]:
    """Of each experiment both arms at the end of each day, without any difference between them."""
    draw = np.random.default_rng(seed)
    arms = [
        np.cumsum(draw.binomial(each, truth, size=(experiments, DAYS)), axis=1).tolist() for each in daily
    ]
    for ours, theirs in zip(*arms, strict=True):
        yield [
            (share(one, daily[0] * day), share(two, daily[1] * day))
            for day, (one, two) in enumerate(zip(ours, theirs, strict=True), 1)
        ]
