"""Wilson's interval against an independent implementation, and against what it promises: its coverage."""

import random

import pytest
from scipy.stats import binom, binomtest

from campaigns.outcomes.statistics import share

CASES = [
    (count, total)
    for total in (1, 2, 3, 7, 10, 49, 100, 1000)
    for count in {0, 1, total // 5, total // 2, total}
] + [(204, 1000), (1, 1_000_000), (999_999, 1_000_000)]


@pytest.mark.parametrize(("count", "total"), CASES)
def test_the_interval_is_wilsons(count, total):
    expected = binomtest(count, total).proportion_ci(confidence_level=0.95, method="wilson")
    ours = share(count, total)
    assert ours.low == pytest.approx(expected.low, abs=1e-12)
    assert ours.high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= ours.low <= ours.value <= ours.high <= 1


def test_nothing_seen_is_nothing_known():
    nothing = share(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("count", "total"), [(0, 40), (40, 40)])
def test_none_and_all_reach_the_bounds_and_still_leave_doubt(count, total):
    ours = share(count, total)
    assert ours.value in (ours.low, ours.high)
    assert ours.high - ours.low > 0.05


@pytest.mark.parametrize(("count", "total"), [(-1, 10), (11, 10), (0, -1)])
def test_an_impossible_count_is_a_mistake(count, total):
    with pytest.raises(ValueError, match="of"):
        share(count, total)


def test_more_cases_leave_less_doubt():
    widths = [
        share(total // 5, total).high - share(total // 5, total).low for total in (10, 100, 1000, 10_000)
    ]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("total", [20, 50, 400])
def test_over_every_truth_it_covers_ninety_five_of_a_hundred(total):
    """Exactly, by the binomial distribution; the nominal level is met on average and rarely fails badly."""
    intervals = [share(count, total) for count in range(total + 1)]
    covered = []
    for step in range(1, 100):
        truth = step / 100
        inside = [count for count, each in enumerate(intervals) if each.low <= truth <= each.high]
        covered.append(sum(float(binom.pmf(count, total, truth)) for count in inside))
    assert 0.94 < sum(covered) / len(covered) < 0.97
    assert min(covered) > 0.83


@pytest.mark.parametrize("truth", [0.02, 0.204, 0.5])
def test_drawn_at_random_it_holds_the_truth_as_often_as_it_says(truth):
    draw = random.Random(20230401)
    rounds, total = 2000, 300
    held = 0
    for _ in range(rounds):
        ours = share(sum(draw.random() < truth for _ in range(total)), total)
        held += ours.low <= truth <= ours.high
    assert 0.93 < held / rounds < 0.975
