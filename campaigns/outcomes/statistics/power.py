"""How long an experiment must run: exposures for an effect, and the effect that so many exposures find.

J. L. Fleiss, B. Levin and M. C. Paik, Statistical Methods for Rates and Proportions, 3rd edition, 2003,
chapter 4: two independent proportions, a two-sided test, unequal allocation, without the continuity
correction. With u exposures for each unit of the weights w₁ and w₂, shares p₁ and p₂, qᵢ = 1 − pᵢ, and p̄
the mean weighted by w:

    u = (z(1 − α/2) · √((w₁ + w₂) p̄q̄) + z(power) · √(w₂p₁q₁ + w₁p₂q₂))² / (w₁ w₂ (p₂ − p₁)²)

Effects are absolute: from 20% to 23% is 0.03. The plan is for one look at the end; a sequence needs more.
"""

from math import ceil, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
HALVINGS = 60  # more than a float between 0 and 1 can tell apart


def needed(
    base: float,
    effect: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    weights: tuple[int, int] = (1, 1),
) -> tuple[int, int]:
    """Exposures of the arm whose share is `base`, and of the one whose share is `base` + `effect`.

    Raises ValueError for an effect of nothing, a share that is not between 0 and 1, weights that are not
    whole and above zero, a power outside [0.5, 1) and an alpha outside (0, 1).
    """
    if not (0 < base < 1 and 0 < base + effect < 1 and effect):
        raise ValueError(f"an effect of {effect} on {base}")
    units = _units(base, effect, weights, _points(power, alpha))
    return ceil(units * weights[0]), ceil(units * weights[1])


def detectable(
    base: float, sizes: tuple[int, int], *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """The smallest rise above `base` that is found with `power`, or None where not even a rise to 1 would
    be.

    `sizes` are the exposures of the arm at `base` and of the other one. The smallest fall is that of `1 -
    base`, as either outcome may be counted. Raises ValueError as `needed` does.
    """
    if not 0 < base < 1:
        raise ValueError(f"a share of {base}")
    points = _points(power, alpha)
    low, high = 0.0, 1 - base
    if _units(base, high, sizes, points) > 1:
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _units(base, middle, sizes, points) > 1:
            low = middle
        else:
            high = middle
    return high


def _points(power: float, alpha: float) -> tuple[float, float]:
    # Below a half the point of the power is negative, its square means nothing, and nobody plans to fail.
    if not (0.5 <= power < 1 and 0 < alpha < 1):
        raise ValueError(f"power {power}, alpha {alpha}")
    return NORMAL.inv_cdf(1 - alpha / 2), NORMAL.inv_cdf(power)


def _units(base: float, effect: float, weights: tuple[int, int], points: tuple[float, float]) -> float:
    if any(type(each) is not int or each < 1 for each in weights):
        raise ValueError(f"weights {weights}")
    one, two = weights
    other = base + effect
    mean = (one * base + two * other) / (one + two)
    under_none = sqrt((one + two) * mean * (1 - mean))
    under_effect = sqrt(two * base * (1 - base) + one * other * (1 - other))
    reach = (points[0] * under_none + points[1] * under_effect) / effect
    return reach * reach / (one * two)
