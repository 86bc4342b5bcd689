"""Sample-ratio mismatch: were the variants shown as often as was planned?

If not, whatever made one of them lose exposures may also have chosen whose, and no difference between them
can be believed. A. Fabijan et al., “Diagnosing Sample Ratio Mismatch in Online Controlled Experiments”, KDD
2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, pi, sqrt

ALARM = 0.001  # at 0.05 one sound experiment in twenty would be called broken
LEAST_EXPECTED = 5  # W. G. Cochran, Biometrics 10, 1954, p. 420: with fewer the approximation is off


@dataclass(frozen=True, slots=True)
class Ratio:
    """The p-value of the counts if the plan was kept to; None where there are too few to judge."""

    p: float | None

    @property
    def is_mismatch(self) -> bool | None:
        return None if self.p is None else self.p < ALARM


def sample_ratio(counts: Sequence[int], weights: Sequence[int]) -> Ratio:
    """Pearson's chi-squared test (Philosophical Magazine 50, 1900, p. 157) of `counts` against `weights`.

    Weights are whole numbers of any sum. One of zero plans a variant away: any exposure of it is a
    mismatch, and without one it takes no part. Raises ValueError unless there are two or more, all whole
    and not negative, as many of either, and one weight above zero.
    """
    if len(counts) != len(weights) or len(counts) < 2:
        raise ValueError(f"{len(counts)} counts for {len(weights)} weights")
    if any(type(each) is not int or each < 0 for each in (*counts, *weights)) or not any(weights):
        raise ValueError(f"counts {list(counts)} for weights {list(weights)}")
    pairs = list(zip(counts, weights, strict=True))
    if any(count and not weight for count, weight in pairs):
        return Ratio(0.0)
    total, sum_of_weights = sum(counts), sum(weights)
    planned = [(count, weight) for count, weight in pairs if weight]
    if any(total * weight < LEAST_EXPECTED * sum_of_weights for _count, weight in planned):
        return Ratio(None)
    if len(planned) == 1:
        return Ratio(1.0)
    # In whole numbers up to the last division: nothing is lost at a thousand million.
    statistic = sum(
        (count * sum_of_weights - total * weight) ** 2 / (total * weight * sum_of_weights)
        for count, weight in planned
    )
    return Ratio(chi_squared_survival(statistic, len(planned) - 1))


def chi_squared_survival(statistic: float, degrees: int) -> float:
    """The probability that a chi-squared variable of so many `degrees` of freedom exceeds `statistic`.

    Finite sums for whole degrees: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964,
    26.4.4 and 26.4.5. Raises ValueError for fewer degrees than one and for a statistic that is negative or
    no number.
    """
    if type(degrees) is not int or degrees < 1 or not statistic >= 0:
        raise ValueError(f"{statistic} with {degrees} degrees of freedom")
    half = statistic / 2
    if degrees % 2:
        sum_, term, first = erfc(sqrt(half)), 2 * exp(-half) * sqrt(half / pi), 1.5
    else:
        sum_, term, first = 0.0, exp(-half), 1.0
    for step in range(degrees // 2):
        sum_ += term
        term *= half / (first + step)
    return min(1.0, sum_)
