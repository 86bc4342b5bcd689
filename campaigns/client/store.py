"""The last good snapshot on disk: a start without the portal begins with it, verified as if just fetched.

One file holds what /snapshot and /keys said; a small one beside it says when that was last known to hold.
Each is written as a whole or not at all. Several processes of a host may share the directory: whoever writes
last wrote something good.
"""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Kept:
    """`confirmed_at`: Unix seconds. Nothing in it is believed before it is verified."""

    snapshot: dict[str, Any]
    keys: dict[str, Any]
    confirmed_at: float


def read(path: Path) -> Kept | None:
    """None where there is no file, or none that can be read."""
    try:
        found = json.loads(path.read_bytes())
        kept = Kept(dict(found["snapshot"]), dict(found["keys"]), float(found["confirmed_at"]))
        revision = kept.snapshot["snapshot"]["revision"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    try:
        later = json.loads(_beside(path).read_bytes())
        if later["revision"] == revision:
            return Kept(kept.snapshot, kept.keys, max(kept.confirmed_at, float(later["confirmed_at"])))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return kept


def write(path: Path, kept: Kept) -> None:
    """Raises OSError; the caller goes on without."""
    _replace(path, {"confirmed_at": kept.confirmed_at, "keys": kept.keys, "snapshot": kept.snapshot})


def confirm(path: Path, revision: int, at: float) -> None:
    """What is kept still held then. Raises OSError."""
    _replace(_beside(path), {"revision": revision, "confirmed_at": at})


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.confirmed")


def _replace(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise
