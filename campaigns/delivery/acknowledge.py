"""Says durably which revision this process answers with and since when, and that it is alive.

Its own thread and its own connection: the follower drops a line here after it has swapped its snapshot, and
goes on, so that no slow write can make it late. Times are read from this machine's monotonic clock and become
moments by PostgreSQL's, so that machines need not agree. Whatever fails here is logged and tried again; what
is served never depends on it.
"""

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.util import Finalize
from uuid import UUID

import psycopg
import structlog
from django.conf import settings

from campaigns.delivery.channel import HOST_MAX, LIVELY, Line
from portal.kernel.identifiers import new_id

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 2.0
RETRY_SECONDS = 1.0
# What could not be written yet; the rest of a long outage is forgotten, oldest first.
MOST_HELD = 200

# PostgreSQL's clock in Unix seconds. Between the question and its reading a busy machine lets milliseconds
# pass, and a moment would be put too late by so much: so it is read a few times, and the quickest counts.
CLOCK = "SELECT extract(epoch FROM clock_timestamp())::float8"
READINGS = 5
# The heartbeat and the acknowledgements in one statement.
WRITE = """
WITH process AS (
    INSERT INTO campaigns_deliveryprocess AS p
        (id, host, pid, first_revision, revision, started_at, confirmed_at)
    VALUES (%(id)s, %(host)s, %(pid)s, %(first)s, %(revision)s,
        clock_timestamp() - make_interval(secs => %(running)s),
        clock_timestamp() - make_interval(secs => %(unconfirmed)s))
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision,
        confirmed_at = greatest(p.confirmed_at, excluded.confirmed_at), ended_at = NULL
)
INSERT INTO campaigns_deliveryacknowledgement (process_id, revision, stopped_at, served_at)
SELECT %(id)s, a.revision, to_timestamp(a.stopped), to_timestamp(a.served)
FROM unnest(%(revisions)s::bigint[], %(stopped)s::float8[], %(served)s::float8[])
        AS a(revision, stopped, served)
ON CONFLICT (process_id, revision) DO NOTHING
"""
END = "UPDATE campaigns_deliveryprocess SET ended_at = clock_timestamp() WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Loaded:
    """By the monotonic clock: since when a revision is served, and since when the one before is not."""

    revision: int
    stopped_at: float
    served_at: float


class Acknowledger:
    """One per follower. `age` is what the follower answers: seconds since its revision was confirmed."""

    def __init__(self, age: Callable[[], float]) -> None:
        # Made with the first word, so that processes forked from one never share it.
        self.id: UUID | None = None
        self._age = age
        self.line = Line()
        self._told: deque[Loaded] = deque()
        self._held: list[Loaded] = []
        self._first: Loaded | None = None
        self._revision = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing = False

    def loaded(self, revision: int, *, stopped_at: float, served_at: float) -> None:
        """Note it and return at once; called by the follower alone."""
        self._told.append(Loaded(revision, stopped_at, served_at))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="delivery-acknowledger", daemon=True)
            self._thread.start()
            # Not atexit, which a worker that its server forked never comes to.
            Finalize(None, self.stop, kwargs={"timeout": 1.0}, exitpriority=1)
        self._wake.set()

    def stop(self, timeout: float = 5.0) -> None:
        """Say that this process ends, if that can be said in time."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(
                    settings.DELIVERY_DATABASE_URL,
                    autocommit=True,
                    connect_timeout=2,
                    application_name="portal-delivery-acknowledgement",
                    options="-c statement_timeout=2s",
                    **LIVELY,
                ) as connection:
                    while True:
                        self._wake.clear()
                        if self._stopping.is_set():
                            break
                        with self.line.asking(connection):
                            self.write(connection)
                        self._wake.wait(HEARTBEAT_SECONDS)
                    connection.execute(END, [self.id])
            except Exception as error:
                # Once a failure, not once a second: it may last, and says nothing about what is served.
                if not self._failing:
                    log.warning("delivery cannot acknowledge its revision", problem=str(error))
                self._failing = True
                self._stopping.wait(RETRY_SECONDS)

    def write(self, connection: "psycopg.Connection[tuple]") -> None:
        """The heartbeat and what has been loaded since; kept for the next turn if that fails."""
        while self._told:
            self._held.append(self._told.popleft())
        if self._held:
            self.id, self._first = self.id or new_id(), self._first or self._held[0]
            self._revision = self._held[-1].revision
            del self._held[:-MOST_HELD]
        if self._first is None:
            return
        ahead = _ahead(connection) if self._held else 0.0
        now = time.monotonic()
        connection.execute(
            WRITE,
            {
                "id": self.id,
                "host": socket.gethostname()[:HOST_MAX],
                "pid": os.getpid(),
                "first": self._first.revision,
                "revision": self._revision,
                "running": now - self._first.served_at,
                "unconfirmed": min(self._age(), now - self._first.served_at),
                "revisions": [each.revision for each in self._held],
                "stopped": [ahead + each.stopped_at for each in self._held],
                "served": [ahead + each.served_at for each in self._held],
            },
        )
        self._held.clear()
        self._failing = False


def _ahead(connection: "psycopg.Connection[tuple]") -> float:
    """Seconds from our monotonic clock to PostgreSQL's: a little more than true, so that a moment is never
    put too early."""
    readings = []
    for _ in range(READINGS):
        asked = time.monotonic()
        row = connection.execute(CLOCK).fetchone()
        readings.append((row[0] if row else float("inf")) - asked)
    return min(readings)
