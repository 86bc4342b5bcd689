"""Sends what is in the spool: many events a call, later and later while the portal is away."""

import json
import logging
import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from .fetching import BASE, refusal, retry_after
from .spool import Segment, Spool

log = logging.getLogger(__name__)

# What the portal takes in one call.
MOST_EVENTS, MOST_BYTES = 1000, 900_000
LONGEST_BACKOFF = 60.0
# Refused events are written down for whoever looks for them, so many of them.
MOST_REFUSED = 10_000


class Later(Exception):
    """The portal did not take the batch; it is tried again. `seconds`: how long it asked to wait."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Reporter:
    """One thread. `counts`: accepted, repeated and refused events since the start, and calls that failed."""

    def __init__(self, http: httpx.Client, spool: Spool, *, every: float, refused: Path) -> None:
        self._http = http
        self._spool = spool
        self._every = every
        self._refused = refused
        self._most = MOST_EVENTS
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.counts: Counter[str] = Counter()
        self.problem = ""

    def start(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="campaigns-outcomes", daemon=True)
        self._thread.start()

    def renew(self, http: httpx.Client) -> None:
        """In a forked child, before it starts."""
        self._http, self._thread = http, None

    def stop(self, wait: float = 2.0) -> None:
        """Send once more what is there, if that is quick; the rest stays in the spool."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(wait)

    def _run(self) -> None:
        failures = 0
        while True:
            stopping = self._stopping.is_set()
            wait = self._every * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
            try:
                self.send()
                failures, self.problem = 0, ""
            except (Later, httpx.HTTPError, OSError) as problem:
                failures += 1
                self.counts["failed"] += 1
                said = str(problem) or type(problem).__name__
                if said != self.problem:
                    log.warning("outcomes wait, the portal does not take them: %s", said)
                self.problem = said
                asked = problem.seconds if isinstance(problem, Later) else None
                wait = random.uniform(0, min(LONGEST_BACKOFF, self._every * 2 ** min(failures, 10)))  # noqa: S311
                wait = max(asked or 0.0, wait)
            except Exception:
                log.exception("sending outcomes")
                wait = LONGEST_BACKOFF
            if stopping or self._stopping.wait(wait):
                if stopping:
                    return
                continue

    def send(self) -> None:
        """Everything that is in the spool now. Raises Later, httpx.HTTPError or OSError; the rest stays
        there.
        """
        while True:
            with self._spool.oldest() as segment:
                if segment is None:
                    return
                self._send(segment)

    def _send(self, segment: Segment) -> None:
        while True:
            events, end = segment.batch(self._most, MOST_BYTES)
            if events and not self._post(events):
                continue
            segment.sent(end)
            if not events:
                segment.done()
                return

    def _post(self, events: list[dict[str, Any]]) -> bool:
        """Whether it was taken; False: something on the way wants smaller batches. Raises Later."""
        answer = self._http.post(BASE + "events", json={"events": events})
        if answer.status_code == 413 and len(events) > 1:
            self._most = len(events) // 2
            return False
        if answer.status_code != 200:
            raise Later(refusal("events", answer, answer.content), retry_after(answer))
        try:
            receipt = answer.json()
            self.counts["accepted"] += int(receipt["accepted"])
            self.counts["repeated"] += int(receipt["repeated"])
            refused = [(events[each["index"]], str(each["code"])) for each in receipt["refused"]]
        except (ValueError, KeyError, TypeError, IndexError):
            raise Later("the portal's receipt cannot be read") from None
        self._note_refused(refused)
        # What was too large is tried again by little, not at once: each time costs a call.
        self._most = min(MOST_EVENTS, self._most + self._most // 8 + 1)
        return True

    def _note_refused(self, refused: list[tuple[dict[str, Any], str]]) -> None:
        """An event that the portal will never take must not hold up those behind it."""
        for event, code in refused:
            self.counts["refused"] += 1
            if self.counts["refused"] <= MOST_REFUSED:
                with self._refused.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"code": code, "event": event}, ensure_ascii=False) + "\n")
        if refused:
            log.error("the portal refused %d outcome events: see %s", len(refused), self._refused.name)
