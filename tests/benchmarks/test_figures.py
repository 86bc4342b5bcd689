"""Percentiles, ratios and targets: the arithmetic that says whether something was met."""

import pytest

from benchmarks.figures import at_least, at_most, line, percentile, ratios, single, spread, written


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1.0), (0.5, 50.0), (0.505, 51.0), (0.99, 99.0), (0.999, 100.0), (1.0, 100.0)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, value: float) -> None:
    assert percentile([float(each) for each in reversed(range(1, 101))], share) == value


def test_of_one_value_every_percentile_is_that_value_and_of_none_there_is_none() -> None:
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_ratios_are_taken_round_by_round() -> None:
    # The medians' own ratio would be 10 ÷ 20.
    assert ratios([10, 30, 5], [20, 20, 20]) == {"median": 0.5, "min": 0.25, "max": 1.5}
    assert ratios([10, 100, 4], [10, 50, 8])["median"] == 1.0


def test_rounds_that_do_not_pair_up_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_a_target_is_judged_by_the_median_and_its_edge_is_met() -> None:
    figure = spread([0.2, 0.65, 0.9])
    assert at_least(figure, 0.65)["met"]
    assert not at_least(figure, 0.66)["met"]
    assert at_most(figure, 0.65)["met"]
    assert not at_most(figure, 0.64)["met"]
    assert "met" not in figure


def test_a_line_says_the_target_and_the_verdict_plainly() -> None:
    said = line("recall, p99, ms", at_most(single(12.5), 10.0), 20)
    assert said.split() == ["recall,", "p99,", "ms", "12.500", "12.500", "12.500", "≤", "10", "missed"]
    assert line("x", at_least(single(2.0), 1.0), 5).endswith("met")
    assert "met" not in line("x", single(2.0), 5)


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (99.5, "99.500"), (123.45, "123.5"), (54321.9, "54,322")]
)
def test_numbers_have_as_many_digits_as_say_something(value: float, text: str) -> None:
    assert written(value) == text
