"""IANA time zones, read once: to look for them costs a walk through the whole database of them."""

from functools import cache
from zoneinfo import available_timezones

AREAS = (
    "Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/",
    "Pacific/",
)  # fmt: skip


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    return name in _known()


@cache
def offered_zones() -> tuple[str, ...]:
    """Those that are named after a city, and UTC; the others are old names of the same."""
    return (*sorted(zone for zone in _known() if zone.startswith(AREAS)), "UTC")
