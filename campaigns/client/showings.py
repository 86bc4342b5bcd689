"""How often one person has been shown a campaign, for showing rules (“at most twice in 7 days”)."""

from collections import OrderedDict
from typing import Protocol

DAY = 24 * 3600.0
# A rule allows so many at most, so older showings say nothing more.
MOST_OF_A_RULE = 100


class Showings(Protocol):
    """Keep it where all processes of the withdrawal service see it, such as a table or a cache of yours.

    `subject` is your pseudonymous name of the user; it never leaves your machines.
    """

    def count(self, subject: str, campaign: str, since: float) -> int:
        """How often since then (Unix seconds)."""

    def note(self, subject: str, campaign: str, at: float) -> None:
        """It was shown once more."""


class LocalShowings:
    """In this process's memory: right for one process, forgotten with it, and of the latest people only.

    Without a lock, which a fork could leave held for ever: each step is one of the interpreter's own.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str], tuple[float, ...]] = OrderedDict()

    def count(self, subject: str, campaign: str, since: float) -> int:
        return sum(at >= since for at in self._seen.get((subject, campaign), ()))

    def note(self, subject: str, campaign: str, at: float) -> None:
        before = self._seen.pop((subject, campaign), ())
        self._seen[subject, campaign] = (*before, at)[-MOST_OF_A_RULE:]
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
