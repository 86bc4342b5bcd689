"""The planner against statsmodels, and against itself: sizes and effects are each other's inverse."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import power_proportions_2indep

from campaigns.outcomes.statistics.power import detectable, needed


@pytest.mark.parametrize("base", [0.005, 0.02, 0.204, 0.5])
@pytest.mark.parametrize("effect", [0.003, 0.03, 0.1, -0.004])
@pytest.mark.parametrize("weights", [(1, 1), (1, 9), (9, 1)])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_the_sizes_have_the_power_that_was_asked_for(base, effect, weights, power):
    sizes = needed(base, effect, power=power, weights=weights)
    found = power_proportions_2indep(
        effect, base, sizes[1], ratio=sizes[0] / sizes[1], alpha=0.05, return_results=False
    )
    # A little more where whole exposures of a small arm round up.
    assert power - 1e-6 <= found <= power + 0.01


def test_an_even_split_of_a_fifth_and_three_points():
    assert needed(0.204, 0.03) == (2983, 2983)


def test_arms_swap_with_their_weights():
    there, back = needed(0.2, 0.05, weights=(3, 1)), needed(0.25, 0.2 - 0.25, weights=(1, 3))
    assert there == back[::-1]


@given(st.floats(0.001, 0.9), st.integers(10, 10**9), st.integers(10, 10**9))
def test_what_is_detectable_needs_no_more_than_there_is(base, one, two):
    effect = detectable(base, (one, two))
    assume(effect is not None and base + effect < 1)
    sizes = needed(base, effect, weights=(one, two))
    assert sizes[0] <= one and sizes[1] <= two
    assert needed(base, effect * 0.999, weights=(one, two)) >= sizes


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.4))
def test_larger_effects_and_larger_errors_need_fewer(base, effect):
    size = needed(base, effect)[0]
    assert needed(base, effect * 1.1)[0] <= size
    assert needed(base, effect, alpha=0.1)[0] <= size <= needed(base, effect, power=0.9)[0]


def test_with_too_few_nothing_would_be_found():
    assert detectable(0.9, (3, 3)) is None
    assert detectable(0.5, (10**9, 10**9)) < 0.0001


NAN = float("nan")


@pytest.mark.parametrize(
    ("base", "effect"),
    [(0.2, 0), (0.2, 0.8), (0.2, -0.2), (0, 0.1), (1, -0.1), (0.2, NAN), (NAN, 0.1), (0.2, float("inf"))],
)
def test_an_effect_that_cannot_be_is_refused(base, effect):
    with pytest.raises(ValueError, match="effect"):
        needed(base, effect)


@pytest.mark.parametrize("given_", [{"power": 1}, {"power": 0.4}, {"power": NAN}, {"alpha": 0}, {"alpha": 1}])
def test_powers_and_alphas_that_mean_nothing_are_refused(given_):
    with pytest.raises(ValueError, match="power"):
        needed(0.2, 0.1, **given_)


@pytest.mark.parametrize("weights", [(0, 1), (1, -1), (0.5, 0.5), (True, 1)])
def test_weights_that_are_not_whole_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        needed(0.2, 0.1, weights=weights)
    with pytest.raises(ValueError, match="share"):
        detectable(1.2, (10, 10))
