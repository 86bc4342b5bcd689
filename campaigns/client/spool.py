"""Outcome events on disk until the portal has them: what was reported survives the process, not only the
network.

A directory with files of JSON lines. Each process appends to files of its own, which it holds locked; a file
that nobody holds was left by one that ended, and whoever finds it sends it. Events carry their own ids, so
sending one twice changes nothing.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

# A file is closed at this size; so much may be sent again after a crash.
SEGMENT_BYTES = 4 * 1024 * 1024


class Full(Exception):
    """The spool holds as much as it may: the portal has been away for very long."""


class Spool:
    """Append from any thread; send from one."""

    def __init__(self, directory: Path, *, most_bytes: int) -> None:
        self._directory = directory
        self._most = most_bytes
        self._lock = threading.Lock()
        self._file: int | None = None
        self._path: Path | None = None
        self._written = 0
        self._others = 0
        self._counted_at = float("-inf")
        directory.mkdir(parents=True, exist_ok=True)

    def append(self, event: dict[str, Any]) -> None:
        """It is with the operating system when this returns: a crash of the process loses nothing.

        Raises Full, and OSError where the disk refuses.
        """
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._others_bytes() + self._written + len(line) > self._most:
                raise Full("the spool is full")
            if self._file is None or self._written >= SEGMENT_BYTES:
                self._close()
                self._open()
            assert self._file is not None  # noqa: S101 - just opened
            os.write(self._file, line)
            self._written += len(line)

    def _others_bytes(self) -> int:
        # Counted anew every second: others write too.
        if time.monotonic() - self._counted_at > 1.0:
            self._counted_at = time.monotonic()
            self._others = 0
            for path in self._directory.glob("*.jsonl"):
                if path != self._path:
                    with suppress(OSError):
                        self._others += path.stat().st_size
        return self._others

    def _open(self) -> None:
        # Named by time: oldest first. Nobody sees it before it is locked, or they would send and remove it.
        self._path = self._directory / f"{time.time_ns():020d}-{uuid4().hex[:8]}.jsonl"
        draft = self._path.with_suffix(".opening")
        self._file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        draft.rename(self._path)
        self._written = 0

    def _close(self) -> None:
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = self._path = None
            self._written = 0

    def close(self) -> None:
        """Give the current file free, so that it can be sent."""
        with self._lock:
            self._close()

    def renew(self) -> None:
        """In a child: the file is the parent's."""
        self._lock = threading.Lock()
        if self._file is not None:
            os.close(self._file)
        self._file = self._path = None
        self._written = 0

    @contextmanager
    def oldest(self) -> Iterator["Segment | None"]:
        """A file that nobody writes to, for as long as it is being sent; our own is closed for it if it has
        to be.
        """
        with self._lock:
            if self._written:
                self._close()
        for path in sorted(self._directory.glob("*.jsonl")):
            try:
                handle = os.open(path, os.O_RDWR)
            except OSError:
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                continue
            try:
                # Whoever had it before us may have sent and removed it.
                if path.exists():
                    yield Segment(path)
                    return
            finally:
                os.close(handle)
        yield None


class Segment:
    """Lines of one file, and how far they have been sent."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sent_path = path.with_suffix(".sent")

    def batch(self, most: int, most_bytes: int) -> tuple[list[dict[str, Any]], int]:
        """The next events that are not sent, and where they end. Lines that are no JSON are passed over."""
        found: list[dict[str, Any]] = []
        end = self._sent()
        size = 0
        with self._path.open("rb") as file:
            file.seek(end)
            for line in file:
                if len(found) == most or (found and size + len(line) > most_bytes):
                    break
                end += len(line)
                size += len(line)
                # A line without its end was cut by a crash.
                with suppress(ValueError):
                    found.append(json.loads(line))
        return found, end

    def _sent(self) -> int:
        try:
            return int(self._sent_path.read_text())
        except (OSError, ValueError):
            return 0

    def sent(self, end: int) -> None:
        """All before `end` is with the portal."""
        draft = self._sent_path.with_suffix(".draft")
        draft.write_text(str(end))
        draft.replace(self._sent_path)

    def done(self) -> None:
        self._path.unlink(missing_ok=True)
        self._sent_path.unlink(missing_ok=True)
