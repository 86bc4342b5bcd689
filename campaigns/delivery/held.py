"""The last good snapshot on disk, for a start without a database.

The texts lie in one file, a line each; another, signed by the delivery key, names that file's SHA-256, its
revision and when it was last known to hold. Each text is proved again by its own signature when it is read.
One process of a host writes; whichever has the lock.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import structlog

from campaigns.client.publication import Publication
from campaigns.client.signing import verify
from campaigns.delivery.snapshot import Snapshot, build, prepared
from portal.clients import known
from portal.keyring import delivery_keyring, keyring

log = structlog.get_logger(__name__)

TYP = "portal/held-snapshot"
NAME = "held.json"
KEEP_SECONDS = 5.0


class NotHeld(Exception):
    """There is no snapshot on disk that can be used; the text says why."""


def read(directory: Path) -> tuple[Snapshot, float]:
    """The snapshot, and the Unix time at which it was last known to hold. Raises NotHeld."""
    try:
        kept = json.loads((directory / NAME).read_bytes())
        held = kept["held"]
        verify(held, kept["signature"], typ=TYP, keys=delivery_keyring().public)
        content = (directory / _name(int(held["revision"]))).read_bytes()
        if hashlib.sha256(content).hexdigest() != held["sha256"]:
            raise NotHeld("the file is not the one that was signed")
        first, *lines = content.splitlines()
        keys = known.restored(json.loads(first))
        live = {}
        for line in lines:
            publication, until = _publication(json.loads(line))
            live[publication.document["id"]] = (
                prepared(publication.document, publication.signature, publication.texts),
                until,
            )
        return build(int(held["revision"]), live, keys), int(held["confirmed_at"])
    except FileNotFoundError:
        raise NotHeld("nothing was kept") from None
    except (OSError, KeyError, TypeError, ValueError) as problem:
        raise NotHeld(f"{type(problem).__name__}: {problem}") from None


def _publication(line: dict[str, Any]) -> tuple[Publication, float]:
    until = line["until"]
    return Publication.verified(line, keyring().public), float("inf") if until is None else float(until)


def write(directory: Path, snapshot: Snapshot, confirmed_at: float, sha256: str = "") -> str:
    """Keep it; returns the SHA-256 of the texts' file. Given that of one there, only the time moves."""
    name = _name(snapshot.revision)
    if not sha256:
        digest = hashlib.sha256()
        draft = directory / f"{name}.draft"
        with draft.open("wb") as file:
            for line in _lines(snapshot):
                file.write(line)
                digest.update(line)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / name)
        sha256 = digest.hexdigest()
    held, signature = delivery_keyring().sign(
        TYP, {"revision": snapshot.revision, "sha256": sha256, "confirmed_at": int(confirmed_at)}
    )
    draft = directory / f"{NAME}.draft"
    draft.write_text(json.dumps({"held": held, "signature": signature}), encoding="utf-8")
    draft.replace(directory / NAME)
    for old in directory.glob(_name("*")):
        if old.name != name:
            old.unlink(missing_ok=True)
    return sha256


def _name(revision: int | str) -> str:
    return f"snapshot-{revision}.jsonl"


def _lines(snapshot: Snapshot) -> Iterator[bytes]:
    yield json.dumps(known.written(snapshot.keys), separators=(",", ":")).encode() + b"\n"
    for id, text in snapshot.texts.items():
        ends = snapshot.selection.candidates[id].ends
        until = b"null" if ends == float("inf") else repr(ends).encode()
        yield b'{"until":%s,%s}\n' % (until, text.members)


class Keeper:
    """Keeps what the follower confirms, beside it: a slow disk makes nothing late."""

    def __init__(
        self,
        directory: Path,
        confirmed: Callable[[], tuple[Snapshot, float] | None],
        *,
        beside: Callable[[], None],
    ) -> None:
        """`beside` is done at each turn too."""
        self._directory = directory
        self._beside = beside
        self._confirmed = confirmed
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock: IO[bytes] | None = None
        self._kept: tuple[int, str] = (-1, "")
        self._failing = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="delivery-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)
        if self._lock is not None:
            self._lock.close()

    def _run(self) -> None:
        while True:
            try:
                self._beside()
                self.keep()
                self._failing = False
            except Exception as problem:
                if not self._failing:
                    log.warning("the live warnings cannot be kept on disk", problem=str(problem))
                self._failing = True
            if self._stopping.wait(KEEP_SECONDS):
                return

    def keep(self) -> None:
        """Write down what is confirmed just now, if this process is the one that does."""
        confirmed = self._confirmed()
        if confirmed is None or not self._is_mine():
            return
        snapshot, at = confirmed
        revision, sha256 = self._kept
        sha256 = write(self._directory, snapshot, at, sha256 if revision == snapshot.revision else "")
        self._kept = (snapshot.revision, sha256)

    def _is_mine(self) -> bool:
        if self._lock is None:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._directory / "lock").open("wb")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return False
            self._lock = lock
        return True
