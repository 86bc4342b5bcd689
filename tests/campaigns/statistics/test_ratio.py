"""Sample-ratio mismatch against scipy, and how often it raises a false alarm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chisquare

from campaigns.outcomes.statistics.ratio import ALARM, Ratio, chi_squared_survival, sample_ratio

PLANS = [
    ([500, 500], [1, 1]),
    ([500, 600], [1, 1]),
    ([9010, 990], [9, 1]),
    ([330, 340, 350], [1, 1, 1]),
    ([50, 30, 15, 5], [10, 6, 3, 1]),
    ([10**9, 10**9 + 150_000], [50, 50]),
]


@pytest.mark.parametrize(("counts", "weights"), PLANS)
def test_the_p_value_is_that_of_the_chi_squared_test(counts, weights):
    expected = [sum(counts) * weight / sum(weights) for weight in weights]
    assert sample_ratio(counts, weights).p == pytest.approx(chisquare(counts, expected).pvalue, rel=1e-6)


@given(st.floats(0, 1000), st.integers(1, 40))
def test_the_survival_function_is_scipys(statistic, degrees):
    assert chi_squared_survival(statistic, degrees) == pytest.approx(
        chi2.sf(statistic, degrees), rel=1e-9, abs=1e-300
    )


@pytest.mark.parametrize(
    ("statistic", "degrees"), [(-1, 1), (float("nan"), 1), (1, 0), (1, 1.0), (1, True), (1, -3)]
)
def test_a_survival_of_nonsense_is_refused(statistic, degrees):
    with pytest.raises(ValueError, match="degrees"):
        chi_squared_survival(statistic, degrees)


def test_a_variant_planned_away_and_shown_is_a_mismatch_however_few():
    assert sample_ratio([3, 3, 1], [1, 1, 0]) == Ratio(0.0)
    assert sample_ratio([3, 3, 1], [1, 1, 0]).is_mismatch
    assert sample_ratio([500, 480, 0], [1, 1, 0]) == sample_ratio([500, 480], [1, 1])
    assert sample_ratio([500, 0], [1, 0]) == Ratio(1.0)


@pytest.mark.parametrize("counts", [[0, 0], [4, 5], [40, 8]])
def test_too_few_give_no_verdict(counts):
    found = sample_ratio(counts, [1, 1] if sum(counts) < 10 else [9, 1])
    assert (found.p, found.is_mismatch) == (None, None)


def test_the_verdict_turns_at_the_alarm():
    assert not Ratio(ALARM).is_mismatch
    assert Ratio(ALARM / 2).is_mismatch


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=6), st.integers(1, 1000))
def test_the_sum_of_the_weights_and_the_order_do_not_matter(counts, times):
    weights = list(range(1, len(counts) + 1))
    found = sample_ratio(counts, weights)
    assert sample_ratio(counts, [each * times for each in weights]).p == pytest.approx(found.p)
    assert sample_ratio(counts[::-1], weights[::-1]).p == pytest.approx(found.p)


@pytest.mark.parametrize(
    ("counts", "weights"),
    [
        ([1], [1]), ([1, 2], [1]), ([1, 2], [0, 0]), ([-1, 2], [1, 1]), ([1, 2], [1, -1]),
        ([True, 2], [1, 1]), ([1.0, 2], [1, 1]), ([float("nan"), 2], [1, 1]), ([1, 2], [0.5, 0.5]),
    ],
)  # fmt: skip
def test_a_plan_or_counts_of_nonsense_are_refused(counts, weights):
    with pytest.raises(ValueError, match="counts"):
        sample_ratio(counts, weights)


@pytest.mark.parametrize("weights", [[1, 1], [9, 1], [8, 1, 1]])
def test_a_sound_experiment_is_called_broken_once_in_a_thousand(weights):
    draw = np.random.default_rng(20230401)
    drawn = draw.multinomial(5000, np.array(weights) / sum(weights), size=20_000).tolist()
    alarms = sum(sample_ratio(counts, weights).is_mismatch for counts in drawn)
    assert alarms / len(drawn) <= ALARM + 3 * (ALARM / len(drawn)) ** 0.5
