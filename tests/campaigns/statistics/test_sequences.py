"""The sequences: never narrower than a fixed-horizon interval, and right on all days at once."""

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.outcomes.statistics import Difference, Share, difference, intervals, sequences, share
from tests.campaigns.statistics.drawn import DAYS, days, shares

EXPERIMENTS = 500


@given(shares(), shares())
def test_no_day_is_narrower_than_the_fixed_horizon(ours, theirs):
    watched, once = sequences.difference(ours, theirs), difference(ours, theirs)
    assert -1 <= watched.low <= once.low <= watched.value <= once.high <= watched.high <= 1
    one = sequences.share(ours.count, ours.total)
    assert one.low <= ours.low <= one.value <= ours.high <= one.high


@given(shares(), shares())
def test_swapping_the_arms_negates(ours, theirs):
    found, swapped = sequences.difference(ours, theirs), sequences.difference(theirs, ours)
    assert (swapped.value, swapped.low, swapped.high) == (-found.value, -found.high, -found.low)


@given(shares(least=sequences.LEAST), shares(least=sequences.LEAST), st.integers(2, 1000))
def test_more_of_the_same_leaves_less_doubt(ours, theirs, times):
    more = [share(each.count * times, each.total * times) for each in (ours, theirs)]
    before, after = sequences.difference(ours, theirs), sequences.difference(*more)
    assert after.high - after.low <= before.high - before.low + 1e-12


def test_its_reach_is_least_where_it_is_tuned_and_grows_both_ways():
    sizes = [1, 10, 100, sequences.TUNED, 10_000, 100_000, 10**9]
    found = [sequences.reach(size) for size in sizes]
    assert min(found) == found[3] == pytest.approx(3.0352, abs=1e-4)
    assert found[:4] == sorted(found[:4], reverse=True)
    assert found[3:] == sorted(found[3:])


@given(st.floats(1e-12, 0.999), st.floats(1, 1e9))
def test_its_reach_is_beyond_the_normal_point_of_every_alpha(alpha, size):
    assert sequences.reach(size, alpha) > -NormalDist().inv_cdf(alpha / 2)


def test_too_few_say_nothing_yet():
    few = sequences.LEAST - 1
    assert sequences.share(few, few) == Share(few, few, 0.0, 1.0)
    assert sequences.difference(share(few, few), share(0, 10_000)) == Difference(1.0, -1.0, 1.0)
    assert sequences.difference(share(few + 1, few + 1), share(0, few + 1)).excludes_zero
    assert sequences.share(0, 0) == share(0, 0)
    assert sequences.difference(share(0, 0), share(1, 1000)) == intervals.UNKNOWN


@pytest.mark.parametrize("alpha", [0, 1, -0.1, float("nan")])
def test_an_alpha_that_is_no_probability_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        sequences.share(1, 1000, alpha=alpha)


@pytest.mark.parametrize(("count", "total"), [(-1, 10), (11, 10), (True, 10), (1.0, 10), (1, float("nan"))])
def test_an_impossible_count_is_refused(count, total):
    with pytest.raises(ValueError, match="of"):
        sequences.share(count, total)


@pytest.mark.parametrize("truth", [0.005, 0.204])
@pytest.mark.parametrize("daily", [(250, 250), (450, 50)])
def test_looking_every_day_finds_what_is_not_there_only_with_the_fixed_horizon(truth, daily):
    """Without any effect: one look errs in 5% of experiments, one of 56 looks in more than 20%."""
    ever = {difference: 0, sequences.difference: 0}
    for looks in days(truth, daily, EXPERIMENTS, seed=20230401):
        assert len(looks) == DAYS
        for method in ever:
            ever[method] += any(method(*arms).excludes_zero for arms in looks)
    assert ever[sequences.difference] / EXPERIMENTS <= 0.05
    assert ever[difference] / EXPERIMENTS > 0.20
