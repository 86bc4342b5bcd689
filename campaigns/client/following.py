"""Keeps a verified snapshot true: follows the portal's stream, asks every few seconds where there is none.

One thread. A snapshot is verified as a whole before it replaces the one before; whatever fails leaves the one
before in place, with the age that it has.
"""

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from . import publication, snapshot, store
from .fetching import Fetched, Unusable, fetch
from .signing import BadSignature, Keys, UnknownKey, trusted
from .snapshot import Snapshot, WentBack

log = logging.getLogger(__name__)

# Three heartbeats of the portal's stream.
SILENCE_SECONDS = 16.0
# Clocks that differ by less are taken for equal: the portal says its own to the second.
SKEW_SECONDS = 3.0
KEYS_AGAIN_SECONDS = 60.0
LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class Held:
    """A snapshot, since when this process answers with it (monotonic), and when it was last known to hold.

    `confirmed` is by the monotonic clock, None for one that came from disk; `confirmed_at` is Unix time.
    """

    snapshot: Snapshot
    since: float
    confirmed: float | None
    confirmed_at: float


class Follower:
    """`held()` is all that answering needs. `changed` is called after each change, and returns at once."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        file: Path | None,
        bootstrap: Path | None,
        keys: dict[str, Any] | None,
        regions: str | None,
        poll: float,
        changed: Callable[[], None],
    ) -> None:
        self._http = http
        self._file = file
        self._query = {"regions": regions} if regions else {}
        self._regions = sorted(set(regions.upper().split(","))) if regions else None
        self._poll = poll
        self._changed = changed
        self._pinned = keys is not None
        self._jwks = keys or {"keys": []}
        self._documents: Keys = {}
        self._snapshots: Keys = {}
        self._keys_at = float("-inf")
        self._etag = ""
        self._body: dict[str, Any] = {}
        self._held: Held | None = None
        self._least = 0
        self.skew = 0.0
        self.problem = self._logged = ""
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        if keys is not None:
            self._trust(keys)
        for path in (bootstrap, file):
            if path is not None:
                self._begin_with(path)

    def start(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="campaigns-client", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """So long at most for the portal's first answer."""
        self._ready.wait(seconds)

    def renew(self, http: httpx.Client) -> None:
        """In a forked child, before it starts: the parent's connections are not ours."""
        self._http, self._thread = http, None

    def stop(self, wait: float = 2.0) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(wait)

    def held(self) -> Held | None:
        return self._held

    # --- what is on disk ----------------------------------------------------------------------------

    def _begin_with(self, path: Path) -> None:
        kept = store.read(path)
        if kept is None:
            return
        try:
            if not self._pinned:
                self._trust(kept.keys)
            found = self._verified(kept.snapshot)
        except ValueError as problem:
            log.warning("what lies in %s is not used: %s", path.name, problem)
            return
        # The later revision of the two; of a bootstrap that is older than what was fetched once, nothing.
        self._held = Held(found, time.monotonic(), None, kept.confirmed_at)
        self._body, self._least = kept.snapshot, found.revision

    def _keep(self, *, is_new: bool) -> None:
        held = self._held
        if self._file is None or held is None:
            return
        try:
            if is_new:
                store.write(self._file, store.Kept(self._body, self._jwks, held.confirmed_at))
            else:
                store.confirm(self._file, held.snapshot.revision, held.confirmed_at)
        except OSError as problem:
            self.problem = f"the snapshot cannot be kept: {problem}"

    # --- what the portal says -----------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self.refresh()
                failures, began = 0, time.monotonic()
                self._listen()
                # A server that ends each stream at once must not be asked as fast as it can.
                least = self._poll * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
                self._stopping.wait(max(0.0, least - (time.monotonic() - began)))
            except (httpx.HTTPError, Unusable, ValueError) as problem:
                self._note(str(problem) or type(problem).__name__)
                failures += 1
                asked = problem.retry_after if isinstance(problem, Unusable) else None
                # Each at another moment, later and later: who comes back all at once brings it down again.
                backoff = random.uniform(0, min(LONGEST_BACKOFF, self._poll * 2 ** min(failures, 8)))  # noqa: S311
                self._stopping.wait(max(asked or 0.0, backoff))
            except Exception:
                log.exception("following the portal")
                self._stopping.wait(self._poll)

    def _note(self, problem: str) -> None:
        if problem != self._logged:
            self._logged = problem
            log.warning("the portal cannot be followed: %s", problem)
        self.problem = problem

    def _is_well(self) -> None:
        if self._logged:
            self._logged = ""
            log.info("the portal is followed again")
        self.problem = ""

    def refresh(self) -> None:
        """Ask for the snapshot once. Raises httpx.HTTPError, Unusable or BadSignature, and changes nothing
        then.
        """
        asked, asked_wall = time.monotonic(), time.time()
        fetched = fetch(self._http, "snapshot", self._query, etag=self._etag)
        self._note_clock(fetched, asked_wall)
        if fetched.body is None:
            self._confirm(asked, asked_wall)
            return
        try:
            found = self._verified(fetched.body)
        except UnknownKey:
            self._ask_for_keys()
            found = self._verified(fetched.body)
        if fetched.body["snapshot"].get("regions") != self._regions:
            raise BadSignature("the snapshot is of other regions than were asked for")
        self._body, self._etag, self._least = fetched.body, fetched.etag, found.revision
        self._held = Held(found, time.monotonic(), asked, asked_wall)
        self._is_well()
        self._ready.set()
        self._changed()
        self._keep(is_new=True)

    def _verified(self, body: dict[str, Any]) -> Snapshot:
        return Snapshot.verified(
            body, documents=self._documents, snapshots=self._snapshots, least=self._least
        )

    def _confirm(self, at: float, wall: float) -> None:
        held = self._held
        if held is not None:
            self._held = Held(held.snapshot, held.since, at, wall)
            self._is_well()
            self._ready.set()
            self._keep(is_new=False)

    def _ask_for_keys(self) -> None:
        """Keys are rotated; who pinned them decides alone, and nobody makes us ask all the time."""
        if self._pinned:
            raise BadSignature("signed by a key that is not among those that were pinned")
        if time.monotonic() - self._keys_at < KEYS_AGAIN_SECONDS:
            raise BadSignature("signed by a key that the portal does not name")
        self._keys_at = time.monotonic()
        fetched = fetch(self._http, "keys", most=1024 * 1024)
        self._trust(fetched.body or {})

    def _trust(self, jwks: dict[str, Any]) -> None:
        self._documents = trusted(jwks, publication.PURPOSE)
        self._snapshots = trusted(jwks, snapshot.PURPOSE)
        self._jwks = jwks

    def _note_clock(self, fetched: Fetched, asked_wall: float) -> None:
        """How far our clock is behind the portal's, where it is far: windows are judged by the portal's."""
        if fetched.date is not None:
            between = (asked_wall + time.time()) / 2
            off = fetched.date + 0.5 - between
            self.skew = off if abs(off) > SKEW_SECONDS else 0.0

    def _listen(self) -> None:
        """Until the stream ends or is silent; without one, wait for the time of the next question."""
        timeout = httpx.Timeout(5.0, read=SILENCE_SECONDS)
        with self._http.stream("GET", "/api/v1/campaigns/stream", timeout=timeout) as answer:
            if answer.status_code != 200:
                return
            kind, data = "", ""
            for line in answer.iter_lines():
                if self._stopping.is_set():
                    return
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    data = value
                elif not line:
                    self._heard(kind, data)
                    kind, data = "", ""

    def _heard(self, kind: str, data: str) -> None:
        revision = None
        with suppress(ValueError, KeyError, TypeError):
            revision = int(json.loads(data)["revision"])
        held = self._held
        if kind not in ("revision", "heartbeat") or revision is None:
            return
        if held is None or revision > held.snapshot.revision:
            self.refresh()
        elif revision < held.snapshot.revision:
            raise WentBack(f"revision {revision} comes before {held.snapshot.revision}")
        else:
            self._confirm(time.monotonic(), time.time())
