"""Private storage: whole files under random names, or none. Nothing in it is served by a web server."""

import hashlib
import os
import re
import secrets
import tempfile
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from django.conf import settings
from django.core.files.base import File

_SHAPE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{40}")
_INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Kept:
    path: str  # below the storage's root
    size: int
    sha256: str


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _place(path: str) -> Path:
    """Where a stored path lies; a path of any other shape is not ours."""
    if _SHAPE.fullmatch(path) is None:
        raise ValueError(path)
    return _root() / path


def keep(file: File) -> Kept:
    """Write the file whole and to the disk, then give it its name: a half-written one never has a name."""
    name = secrets.token_hex(20)
    path = f"{name[:2]}/{name}"
    place = _place(path)
    incoming = _root() / _INCOMING
    for directory in (incoming, place.parent):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor, draft = tempfile.mkstemp(dir=incoming)
    try:
        with os.fdopen(descriptor, "wb") as target:
            file.seek(0)
            for chunk in file.chunks():
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            target.flush()
            os.fsync(target.fileno())
        Path(draft).replace(place)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync(place.parent)
    return Kept(path=path, size=size, sha256=digest.hexdigest())


def _sync(directory: Path) -> None:
    """A rename is on the disk only when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(path: str) -> None:
    _place(path).unlink(missing_ok=True)


def open_kept(path: str) -> BufferedReader:
    return _place(path).open("rb")


def holds(path: str, sha256: str) -> bool:
    """Whether what lies there now are the bytes that were kept."""
    try:
        with open_kept(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def sweep(known: Container[str], *, older_than_seconds: float) -> Iterator[str]:
    """Remove what a crash left behind: drafts, and files that no committed row names. Yields their paths."""
    limit = time.time() - older_than_seconds
    for place in sorted(_root().glob("*/*")):
        path = place.relative_to(_root()).as_posix()
        if path in known or not place.is_file() or place.stat().st_mtime > limit:
            continue
        if place.parent.name == _INCOMING or _SHAPE.fullmatch(path):
            place.unlink(missing_ok=True)
            yield path
