"""What counts can tell and what they cannot: intervals, sequences, sample ratios and power.

Nothing here knows Django or the database: whole numbers go in, frozen results come out. A share or a
difference is a number between 0 and 1, or -1 and 1; never a percentage. What cannot be a count raises
ValueError. docs/statistics.md says which is used where, and what was measured.
"""

from campaigns.outcomes.statistics.intervals import Difference, Share, difference, share

__all__ = ["Difference", "Share", "difference", "share"]
