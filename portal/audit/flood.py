"""Acts that strangers can cause as often as they like: the first ones and then fewer and fewer become rows.

Every row takes the chain's lock and stays for ever; a flood of failed sign-ins must cost neither. The counts
are in Valkey; a row says which attempt of the hour it was, and how many went before it without a row.
"""

import structlog
from django.core.cache import cache

HOUR = 60 * 60
STEPS = (1, 2, 5)  # times 1, 10, 100, …
FIRST = 3
MOST_AN_HOUR = 1000  # rows of one event, whoever is meant

log = structlog.get_logger(__name__)


def worth_a_row(event: str, key: str) -> dict[str, int]:
    """What the row should say, as data for record(); empty if this one is only counted."""
    attempts = _count(f"{event}.{key}")
    unwritten = f"audit-flood.unwritten.{event}.{key}"
    if not _is_step(attempts) or not _has_room(event):
        _raise(unwritten)
        return {}
    said = {"attempts": attempts}
    before = cache.get(unwritten)
    if before:
        cache.delete(unwritten)
        said["unwritten"] = before
    return said


def _is_step(count: int) -> bool:
    if count <= FIRST:
        return True
    while count % 10 == 0:
        count //= 10
    return count in STEPS


def _has_room(event: str) -> bool:
    rows = _count(f"rows.{event}")
    if rows == MOST_AN_HOUR + 1:
        log.warning("audit flood: further rows of this hour are only counted", act=event, rows=MOST_AN_HOUR)
    return rows <= MOST_AN_HOUR


def _count(name: str) -> int:
    """How often in this hour, this time included; the hour begins with the first."""
    name = f"audit-flood.{name}"
    cache.add(name, 0, timeout=HOUR)
    return _raised(name, HOUR)


def _raise(name: str) -> None:
    """Counted until a row tells of it, a day at most."""
    cache.add(name, 0, timeout=24 * HOUR)
    _raised(name, 24 * HOUR)


def _raised(name: str, timeout: int) -> int:
    try:
        return int(cache.incr(name))
    except ValueError:  # it ran out in between
        cache.set(name, 1, timeout=timeout)
        return 1
