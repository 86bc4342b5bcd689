"""Shares with honest intervals."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054  # the 97.5% point of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with a two-sided 95% interval; all three are None-free even for nothing."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.count / self.total if self.total else None


def share(count: int, total: int, z: float = Z95) -> Share:
    """Wilson's score interval (E. B. Wilson, JASA 22, 1927, p. 209): right at 0 and 1 and for few cases."""
    if not 0 <= count <= total:
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
