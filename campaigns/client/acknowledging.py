"""Tells the portal which revision this process answers with: what it shows of a recall. It may fail.

A thread of its own: a portal that is slow to take it delays neither a recall nor an outcome.
"""

import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import httpx

from .fetching import BASE
from .following import Held

log = logging.getLogger(__name__)

# So often without a change.
EVERY_SECONDS = 60.0
# What the portal takes in a host's name is letters, digits, dots, dashes, underscores and colons.
UNFIT = re.compile(r"[^A-Za-z0-9._:-]")


class Acknowledger:
    """Says so after each change of revision, and once a minute."""

    def __init__(self, http: httpx.Client, held: Callable[[], Held | None]) -> None:
        self._http = http
        self._held = held
        self._begin()

    def _begin(self) -> None:
        self._instance = str(uuid4())
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def renew(self, http: httpx.Client) -> None:
        """In a forked child, which is another process to the portal."""
        self._http = http
        self._begin()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="campaigns-acks", daemon=True)
        self._thread.start()

    def stop(self, wait: float) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(wait)

    def changed(self) -> None:
        """Another revision is answered with."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(EVERY_SECONDS)
            self._wake.clear()
            if self._stopping:
                return
            held = self._held()
            if held is not None and held.confirmed is not None:
                self._say(held)

    def _say(self, held: Held) -> None:
        said = {
            "instance": self._instance,
            "host": UNFIT.sub("-", socket.gethostname())[:255] or "unknown",
            "pid": os.getpid(),
            "revision": held.snapshot.revision,
            "served_seconds": round(max(0.0, time.monotonic() - held.since), 6),
        }
        try:
            answer = self._http.post(BASE + "acks", json=said)
            if answer.status_code != 200:
                log.warning("the portal did not take the revision: %s", answer.status_code)
        except httpx.HTTPError as problem:
            log.warning("the revision could not be acknowledged: %s", problem)
