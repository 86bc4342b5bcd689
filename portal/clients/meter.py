"""How often a client may call: a bucket that refills evenly, of which each process holds its share.

A call costs no more than arithmetic. Once a second the processes settle what they let through with each other
(bookkeeping), and the bucket's rest is shared out anew. A process that cannot settle refills its own share.
"""

import threading
import time
from collections.abc import Callable
from math import ceil

from portal.clients.problems import Headers

WINDOW_SECONDS = 60
LATE_SECONDS = 3.0


class Meter:
    """One per client and process. `limit` calls at once at most, and as many in each minute."""

    __slots__ = (
        "_at", "_clock", "_left", "_lock", "_policy", "_processes", "_rate", "_settled_at", "_share", "_used",
        "limit",
    )  # fmt: skip

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._processes = 1
        self._used = 0  # let through since the last settlement
        self._at = clock()
        self._settled_at = float("-inf")
        self._share = self._left = float(limit)
        self._limit_to(limit)

    def _limit_to(self, limit: int) -> None:
        self.limit = limit
        self._rate = limit / WINDOW_SECONDS
        self._policy = ("RateLimit-Policy", f'"client";q={limit};w={WINDOW_SECONDS}')

    def resize(self, limit: int) -> None:
        """To another limit, at once; of a larger one the rest comes in as time goes by."""
        if limit != self.limit:
            with self._lock:
                self._limit_to(limit)
                self._share = min(self._share, self._most())
                self._left = min(self._left, limit)

    def take(self) -> tuple[int, Headers]:
        """(0, headers) for a call that may go on, else the seconds after which the next one may."""
        with self._lock:
            now = self._clock()
            if now - self._settled_at > LATE_SECONDS:
                self._refill(now)
            share = self._share
            if share < 1.0:
                wait = self._wait(now, self._rate)
                return wait, (self._policy, ("RateLimit", f'"client";r=0;t={wait}'))
            self._share = share = share - 1.0
            self._used += 1
            rest = int(share * self._processes)
            if rest > self.limit:
                rest = self.limit
            until = 1 if self._rate >= 1.0 else ceil((1.0 - share % 1.0) / self._rate)
        return 0, (self._policy, ("RateLimit", f'"client";r={rest};t={until}'))

    def _refill(self, now: float) -> None:
        """Nobody else does. A clock that runs backwards gives nothing and takes nothing."""
        passed = max(0.0, now - max(self._at, self._settled_at))
        self._at = now
        self._share = min(self._most(), self._share + passed * self._rate / self._processes)

    def used(self) -> int:
        """What is not settled yet."""
        return self._used

    def settle(self, settled: int, left: float, lease: float, processes: int) -> None:
        """`settled` of our calls are in the common account, which holds `left` for so many processes; of that
        `lease` is ours to give out."""
        with self._lock:
            self._used -= settled
            self._processes = processes
            self._left = left
            self._settled_at = self._clock()
            self._share = max(0.0, lease - self._used)

    def _most(self) -> float:
        return max(1.0, self.limit / self._processes)

    def _wait(self, now: float, rate: float) -> int:
        """Whole seconds until the common account or, without it, our share has one again; one at least."""
        if now - self._settled_at > LATE_SECONDS:
            return max(1, ceil((1.0 - self._share) * self._processes / rate))
        rest = self._left + (now - self._settled_at) * rate - self._used
        return max(1, ceil((1.0 - rest) / rate))
