"""Keeps this process's snapshot true: listens, polls each second, and knows how old its truth is.

LISTEN alone never learns what was announced while it was reconnecting, so every (re)connect and every
poll compares the revision. A process that could not confirm its revision for the length of the lease
answers nothing at all: a recalled text could be in what it holds.
"""

import threading
import time

import psycopg
import structlog
from django.conf import settings

from campaigns.delivery import load
from campaigns.delivery.acknowledge import Acknowledger
from campaigns.delivery.publish import CHANNEL
from campaigns.delivery.snapshot import Snapshot
from portal.clients.bookkeeping import bookkeeper

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.25
# A poll that is this late is waiting for the interpreter's lock.
LATE_SECONDS = settings.DELIVERY_POLL_SECONDS + 0.2
STEP_ASIDE_SECONDS = 0.0005


class Follower:
    """One per process. `snapshot()` is what the edge asks on every request."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._confirmed_at = float("-inf")
        self._loaded = threading.Event()
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._confirming = False
        self._acknowledger = Acknowledger(self.age)

    def start(self) -> None:
        """Begin to follow and to keep the clients' books, once; wait a moment for the first snapshot."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._follow, name="delivery-follower", daemon=True
                    )
                    self._thread.start()
                    bookkeeper.start()
            self._loaded.wait(timeout=2.0)

    def stop(self) -> None:
        """End the following; from then on nothing is confirmed and so nothing is served."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)
        self._confirmed_at = float("-inf")
        self._acknowledger.stop()

    def snapshot(self) -> Snapshot | None:
        """The snapshot, if its revision was confirmed within the lease."""
        self.start()
        age = self.age()
        if self._confirming or age > LATE_SECONDS:
            # A saturated server's requests hand the interpreter's lock to each other, and the follower waited
            # for it past the lease. Each request steps aside until it is through: milliseconds, once a poll.
            time.sleep(STEP_ASIDE_SECONDS)
            age = self.age()
        return self._snapshot if age <= settings.DELIVERY_LEASE_SECONDS else None

    def age(self) -> float:
        """Seconds since the revision was last confirmed against the database."""
        return time.monotonic() - self._confirmed_at

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(
                    settings.DELIVERY_DATABASE_URL,
                    autocommit=True,
                    connect_timeout=2,
                    application_name="portal-delivery",
                    options="-c statement_timeout=5s",
                ) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopping.is_set():
                        # A load takes its time: what it confirmed is as old as its beginning, so ask again.
                        while self._confirm(connection) and not self._stopping.is_set():
                            pass
                        for _ in connection.notifies(timeout=settings.DELIVERY_POLL_SECONDS, stop_after=1):
                            pass
            except Exception:
                # Whatever it was, the thread must live: the lease keeps what it holds from being served.
                log.exception("delivery cannot confirm its revision")
                self._stopping.wait(RETRY_SECONDS)

    def _confirm(self, connection: "psycopg.Connection[tuple]") -> bool:
        self._confirming = True
        try:
            return self._compare(connection)
        finally:
            self._confirming = False

    def _compare(self, connection: "psycopg.Connection[tuple]") -> bool:
        """Whether it had to load."""
        asked_at = time.monotonic()
        current = load.revision(connection)
        is_new = self._snapshot is None or current != self._snapshot.revision
        if is_new:
            snapshot, refused = load.load(connection, self._snapshot)
            if refused:
                log.error(
                    "publications left out: text does not match its approved SHA-256", publications=refused
                )
            self._swap(snapshot, asked_at)
        self._confirmed_at = asked_at
        self._loaded.set()
        return is_new

    def _swap(self, snapshot: Snapshot, asked_at: float) -> None:
        # With what it held before it answers until now; if its lease was over earlier, until then.
        leased_until = self._confirmed_at + settings.DELIVERY_LEASE_SECONDS
        is_first = self._snapshot is None
        self._snapshot = snapshot
        served_at = time.monotonic()
        self._confirmed_at = asked_at
        self._acknowledger.loaded(
            snapshot.revision,
            stopped_at=served_at if is_first else min(served_at, leased_until),
            served_at=served_at,
        )
        log.info("delivery revision loaded", revision=snapshot.revision, regions=len(snapshot.regions))


follower = Follower()
