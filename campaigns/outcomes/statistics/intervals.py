"""Fixed-horizon intervals, for one share and for the difference of two: as honest as they say for one look.

Whoever looks again and again until something shows needs `sequences`.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Protocol

Z95 = 1.959963984540054  # the 97.5% point of the normal distribution


class Counts(Protocol):
    """Of `total` exposures, `count` had the outcome. A Share is one."""

    @property
    def count(self) -> int: ...

    @property
    def total(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with a two-sided interval; all four are None-free even for nothing."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.count / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Difference:
    """One share less another, with a two-sided interval. Without exposures on either side it has no
    value."""

    value: float | None
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


UNKNOWN = Difference(None, -1.0, 1.0)


def share(count: int, total: int, z: float = Z95) -> Share:
    """Wilson's score interval (E. B. Wilson, JASA 22, 1927, p. 209): right at 0 and 1 and for few cases."""
    # By type, because True is an int, and 3.0 of 10 exposures is somebody's mistake.
    if type(count) is not int or type(total) is not int or not 0 <= count <= total:
        raise ValueError(f"{count} of {total}")
    if total == 0:
        return Share(0, 0, 0.0, 1.0)
    p = count / total
    shrink = 1 + z * z / total
    centre = (p + z * z / (2 * total)) / shrink
    half = z * sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / shrink
    return Share(
        count,
        total,
        0.0 if count == 0 else max(0.0, centre - half),
        1.0 if count == total else min(1.0, centre + half),
    )


def difference(ours: Counts, theirs: Counts, z: float = Z95) -> Difference:
    """Our share less theirs, in Newcombe's hybrid score interval for two independent proportions.

    R. G. Newcombe, Statistics in Medicine 17, 1998, pp. 873–890, method 10. With Wilson's limits l and u of
    each share p it reaches down from the difference by √((p₁ − l₁)² + (u₂ − p₂)²) and up by √((u₁ − p₁)² +
    (p₂ − l₂)²). It stays within -1 and 1 and is of use at 0 of n, where the textbook's interval has no
    width.
    """
    first = share(ours.count, ours.total, z)
    second = share(theirs.count, theirs.total, z)
    if first.value is None or second.value is None:
        return UNKNOWN
    p, q = first.value, second.value
    return Difference(
        p - q,
        p - q - sqrt((p - first.low) ** 2 + (second.high - q) ** 2),
        p - q + sqrt((first.high - p) ** 2 + (q - second.low) ** 2),
    )
