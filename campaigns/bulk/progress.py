"""How far a worker is with a translator's file: a courtesy, kept in the cache while it may be read.

Not in the file's own row, which the worker holds until it has read everything.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from redis import RedisError

SECONDS = 120
EVERY = 50  # rows


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` rows are compared; no total while the file is unpacked."""

    done: int = 0
    total: int = 0


def note(import_id: UUID, done: int = 0, total: int = 0) -> None:
    try:
        cache.set(_key(import_id), (done, total), SECONDS)
    except RedisError:
        return


def progress(import_id: UUID) -> Progress | None:
    """None where no worker has begun, or where nobody knows."""
    try:
        held = cache.get(_key(import_id))
    except RedisError:
        return None
    return Progress(*held) if held else None


def _key(import_id: UUID) -> str:
    return f"campaigns:import:{import_id}"
