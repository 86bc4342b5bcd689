"""The intervals against independent implementations, and against what they promise: their coverage."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import confint_proportions_2indep

from campaigns.outcomes.statistics import Difference, difference, share
from tests.campaigns.statistics.drawn import shares

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


@pytest.mark.parametrize("nonsense", [True, 3.0, float("nan"), "3", None])
def test_what_is_no_whole_number_is_no_count(nonsense):
    with pytest.raises(ValueError, match="of"):
        share(nonsense, 10)
    with pytest.raises(ValueError, match="of"):
        share(0, nonsense)


@given(shares())
def test_the_interval_holds_what_was_seen(ours):
    assert 0 <= ours.low <= ours.value <= ours.high <= 1


COUNTED = [
    (share(*ours), share(*theirs))
    for ours in ((0, 10), (10, 10), (3, 40), (204, 1000), (1, 1_000_000), (200_000_000, 10**9))
    for theirs in ((0, 10), (10, 10), (7, 25), (51, 300), (200_100_000, 10**9))
]


@pytest.mark.parametrize(("ours", "theirs"), COUNTED)
def test_the_difference_is_newcombes(ours, theirs):
    low, high = confint_proportions_2indep(
        ours.count, ours.total, theirs.count, theirs.total, method="newcomb", compare="diff"
    )
    found = difference(ours, theirs)
    assert found.low == pytest.approx(low, abs=1e-10)
    assert found.high == pytest.approx(high, abs=1e-10)


def test_the_difference_is_newcombes_own_example():
    """Table II of the paper, (a): 56 of 70 less 48 of 80."""
    found = difference(share(56, 70), share(48, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(shares(), shares())
def test_a_difference_is_bounded_holds_what_was_seen_and_is_negated_by_swapping(ours, theirs):
    found, swapped = difference(ours, theirs), difference(theirs, ours)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (swapped.value, swapped.low, swapped.high) == (-found.value, -found.high, -found.low)


@given(shares(), shares(), st.integers(2, 1000))
def test_more_of_the_same_leaves_less_doubt(ours, theirs, times):
    more = [share(each.count * times, each.total * times) for each in (ours, theirs)]
    before, after = difference(ours, theirs), difference(*more)
    assert after.high - after.low <= before.high - before.low + 1e-12


@pytest.mark.parametrize("other", [share(0, 0), share(3, 10)])
def test_an_empty_side_has_no_difference(other):
    assert difference(share(0, 0), other) == difference(other, share(0, 0)) == Difference(None, -1.0, 1.0)
    assert not difference(share(0, 0), other).excludes_zero


@pytest.mark.parametrize("truth", [0.02, 0.204, 0.5])
@pytest.mark.parametrize("sizes", [(500, 500), (900, 100)])
def test_looked_at_once_it_holds_the_truth_ninety_five_times_of_a_hundred(truth, sizes):
    draw = np.random.default_rng(20230401)
    counts = [draw.binomial(size, truth, 6000).tolist() for size in sizes]
    found = [difference(share(one, sizes[0]), share(two, sizes[1])) for one, two in zip(*counts, strict=True)]
    held = sum(each.low <= 0 <= each.high for each in found) / len(found)
    # Three standard errors of 6,000 draws are 0.84 points; with few cases the method is generous.
    assert 0.9416 <= held <= 0.965
