"""Keeps this process's snapshot true: listens, polls each second, and knows how old its truth is.

LISTEN alone never learns what was announced while it was reconnecting, so every (re)connect and every poll
compares the revision. A process that could not confirm its revision for the length of the lease goes on only
with publications that allow it, and for as long as they do: anything it holds may have been recalled.
"""

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import psycopg
import structlog
from django.conf import settings

from campaigns.delivery import held, load
from campaigns.delivery.acknowledge import Acknowledger
from campaigns.delivery.channel import CHANNEL, LIVELY, Line
from campaigns.delivery.snapshot import Snapshot
from portal.clients.bookkeeping import bookkeeper

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.25
NOTED_AGAIN_SECONDS = 60.0
# Read once: the settings are looked up by a function of Python's, and every request asks.
POLL_SECONDS, LEASE_SECONDS = settings.DELIVERY_POLL_SECONDS, settings.DELIVERY_LEASE_SECONDS
# A poll that is this late is waiting for the interpreter's lock.
LATE_SECONDS = POLL_SECONDS + 0.2
STEP_ASIDE_SECONDS = 0.0005
# What has ended is forgotten this often; until then it lies about and is not served.
TIDY_SECONDS = 600.0


class Truth(NamedTuple):
    """What this process holds, and for how many seconds nobody has confirmed it.

    `confirmed_at`: None within the lease; past it the Unix time of the last confirmation.
    """

    snapshot: Snapshot
    age: float
    confirmed_at: float | None


# What a named tuple's constructor does, without the call of a function of Python's around it.
_quickly = tuple.__new__


class WentBack(Exception):
    """A database that was restored, or that lags behind: what it says was true once (docs/operations.md)."""


class Follower:
    """One per process. `truth()` is what the edge asks on every request."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._confirmed_at = float("-inf")  # by the monotonic clock
        self._confirmed_wall = 0.0  # Unix seconds
        self._tidied_at = time.monotonic()
        self._loaded = threading.Event()
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._confirming = False
        self._line = Line()
        self._noted = ("", 0.0)  # the last problem, and when it was logged
        self._acknowledger = Acknowledger(self.age)
        self._keeper = held.Keeper(settings.DELIVERY_DIR, self._to_keep, beside=self._unstick)
        self._subscribers: set[Callable[[], None]] = set()
        # Publications that are live and left out, and why.
        self.refused: Mapping[str, str] = {}

    def start(self) -> None:
        """Begin to follow and to keep the clients' books, once; wait a moment for the first snapshot."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._follow, name="delivery-follower", daemon=True
                    )
                    self._thread.start()
                    self._keeper.start()
                    bookkeeper.start()
            self._loaded.wait(timeout=2.0)

    def stop(self) -> None:
        """End the following; from then on nothing is confirmed."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)
            self._keeper.stop()
        self._confirmed_at = float("-inf")
        self._acknowledger.stop()

    def snapshot(self) -> Snapshot | None:
        """The snapshot, if its revision was confirmed within the lease."""
        truth = self.truth()
        return truth.snapshot if truth is not None and truth.confirmed_at is None else None

    def truth(self) -> Truth | None:
        """None until there is anything."""
        if self._snapshot is None:
            self.start()
        age = time.monotonic() - self._confirmed_at
        if self._confirming or LATE_SECONDS < age <= LEASE_SECONDS:
            # A saturated server's requests hand the interpreter's lock to each other, and the follower waited
            # for it past the lease. Each request steps aside until it is through: milliseconds, once a poll.
            time.sleep(STEP_ASIDE_SECONDS)
            age = time.monotonic() - self._confirmed_at
        snapshot = self._snapshot
        if snapshot is None:
            return None
        if age <= LEASE_SECONDS:
            return _quickly(Truth, (snapshot, age, None))
        return Truth(snapshot, time.time() - self._confirmed_wall, self._confirmed_wall)

    def age(self) -> float:
        """Seconds since the revision was last confirmed against the database; infinite if it never was."""
        return time.monotonic() - self._confirmed_at

    def subscribe(self, wake: Callable[[], None]) -> None:
        """Call `wake` in the follower's thread after each change of revision; it must return at once."""
        self._subscribers.add(wake)

    def unsubscribe(self, wake: Callable[[], None]) -> None:
        self._subscribers.discard(wake)

    def _to_keep(self) -> tuple[Snapshot, float] | None:
        snapshot, at = self._snapshot, self._confirmed_wall
        is_confirmed = self.age() <= LEASE_SECONDS
        return (snapshot, at) if snapshot is not None and is_confirmed else None

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(
                    settings.DELIVERY_DATABASE_URL,
                    autocommit=True,
                    connect_timeout=2,
                    application_name="portal-delivery",
                    options="-c statement_timeout=5s",
                    **LIVELY,
                ) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopping.is_set():
                        # A load takes its time: what it confirmed is as old as its beginning, so ask again.
                        while self._confirm(connection) and not self._stopping.is_set():
                            pass
                        for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except Exception as problem:
                # Whatever it was, the thread must live: past the lease, what it holds is served no more.
                self._note_problem(f"{type(problem).__name__}: {problem}")
                if self._snapshot is None:
                    self._take_held()
                self._stopping.wait(RETRY_SECONDS)

    def _note_problem(self, problem: str) -> None:
        # Tried again four times a second: the same trouble once a minute is often enough.
        known, at = self._noted
        if problem != known or time.monotonic() - at > NOTED_AGAIN_SECONDS:
            self._noted = (problem, time.monotonic())
            log.warning("delivery cannot confirm its revision", problem=problem)

    def _take_held(self) -> None:
        """Begin with what was last kept on disk; the database is not there."""
        try:
            snapshot, confirmed_at = held.read(settings.DELIVERY_DIR)
        except held.NotHeld as problem:
            log.warning("nothing to begin with", problem=str(problem))
            return
        now = time.monotonic()
        self._confirmed_wall = confirmed_at
        self._snapshot = snapshot
        self._acknowledger.loaded(snapshot.revision, stopped_at=now, served_at=now)
        self._loaded.set()
        log.warning("began with the snapshot kept on disk", revision=snapshot.revision)

    def _unstick(self) -> None:
        """In the keeper's thread."""
        if self._line.end_if_stuck() | self._acknowledger.line.end_if_stuck():
            log.warning("the database does not answer; connecting anew")

    def _confirm(self, connection: "psycopg.Connection[tuple]") -> bool:
        self._confirming = True
        try:
            with self._line.asking(connection) as answered:
                return self._compare(connection, answered)
        finally:
            self._confirming = False

    def _compare(self, connection: "psycopg.Connection[tuple]", answered: Callable[[], None]) -> bool:
        """Whether it had to load."""
        asked_at, asked_wall = time.monotonic(), time.time()
        before = self._snapshot
        current = load.revision(connection)
        if before is not None and current < before.revision:
            raise WentBack(f"the database says {current}, and this process has seen {before.revision}")
        is_new = before is None or current > before.revision
        if is_new:
            snapshot, refused = load.load(connection, before, self.refused, answered=answered)
            self._note_refused(refused)
            self._swap(snapshot, asked_at)
        elif before is not None and asked_at - self._tidied_at > TIDY_SECONDS:
            self._tidied_at = asked_at
            self._snapshot = before.without_ended(asked_wall)
        self._confirmed_at, self._confirmed_wall = asked_at, asked_wall
        self._noted = ("", 0.0)
        self._loaded.set()
        return is_new

    def _note_refused(self, refused: Mapping[str, str]) -> None:
        new = {id: why for id, why in refused.items() if self.refused.get(id) != why}
        self.refused = refused
        if new:
            log.error("publications left out: they cannot be proved", publications=new)

    def _answered_until(self, before: Snapshot) -> float:
        """By the monotonic clock: the last moment at which anything of it could be answered with."""
        longest = max((each.unconfirmed for each in before.selection.candidates.values()), default=0.0)
        if self._confirmed_at == float("-inf"):  # it came from disk
            return time.monotonic() - (time.time() - self._confirmed_wall) + longest
        return self._confirmed_at + max(LEASE_SECONDS, longest)

    def _swap(self, snapshot: Snapshot, asked_at: float) -> None:
        before = self._snapshot
        self._snapshot = snapshot
        served_at = time.monotonic()
        stopped_at = served_at if before is None else min(served_at, self._answered_until(before))
        self._confirmed_at = asked_at
        self._acknowledger.loaded(snapshot.revision, stopped_at=stopped_at, served_at=served_at)
        for wake in tuple(self._subscribers):
            with contextlib.suppress(RuntimeError):  # its loop has ended meanwhile
                wake()
        log.info("delivery revision loaded", revision=snapshot.revision, live=len(snapshot.texts))
        if before is None:
            # What was loaded first stays for long: the collector need not walk it again and again.
            gc.collect()
            gc.freeze()


follower = Follower()
