"""What is live for a region, from the snapshot that the API answers from: one selection for both."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from campaigns.delivery.follow import follower
from campaigns.delivery.snapshot import Entry
from portal.kernel.languages import bcp47
from portal.kernel.regions import with_country


class Unconfirmed(Exception):
    """This process cannot say what is live just now."""


@dataclass(frozen=True, slots=True)
class Live:
    """One region's warnings in one language, highest priority first; `languages` are all that it has."""

    campaigns: list[dict[str, Any]]
    languages: list[str]


def regions(now: float | None = None) -> dict[str, list[str]]:
    """Each region with a live warning, and the languages it has them in."""
    snapshot = follower.snapshot()
    if snapshot is None:
        raise Unconfirmed
    moment = time.time() if now is None else now
    found: dict[str, list[str]] = {}
    for region, entries in snapshot.regions.items():
        if languages := _languages(entries, moment):
            found[region] = languages
    return found


def live(region: str, language: str) -> Live:
    snapshot = follower.snapshot()
    if snapshot is None:
        raise Unconfirmed
    now = time.time()
    entries = [each for code in with_country(region) for each in snapshot.regions.get(code, ())]
    answer = snapshot.answer(region, bcp47(language), now)
    campaigns = json.loads(answer.body)["campaigns"] if answer.body else []
    return Live(campaigns, _languages(entries, now))


def _languages(entries: Iterable[Entry], moment: float) -> list[str]:
    """All that the live ones have, beginning with the one that the first of them is shown in by default."""
    live = [each for each in entries if each.starts <= moment < each.ends]
    return list(dict.fromkeys(code for each in live for code in (each.default, *sorted(each.bodies))))
