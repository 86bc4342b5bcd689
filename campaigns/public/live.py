"""What is live for a region, from the snapshot that the API answers from: one selection for both."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from campaigns.client.selection import Candidate
from campaigns.delivery.follow import follower
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
    for region, candidates in snapshot.selection.regions.items():
        if languages := _languages(candidates, moment):
            found[region] = languages
    return found


def live(region: str, language: str) -> Live:
    snapshot = follower.snapshot()
    if snapshot is None:
        raise Unconfirmed
    now = time.time()
    held = snapshot.selection.regions
    candidates = [each for code in with_country(region) for each in held.get(code, ())]
    answer = snapshot.answer(region, snapshot.selection.live(region, bcp47(language), now))
    campaigns = json.loads(answer.body)["campaigns"] if answer.body else []
    return Live(campaigns, _languages(candidates, now))


def _languages(candidates: Iterable[Candidate], moment: float) -> list[str]:
    """All that the live ones have, beginning with the one that the first of them is shown in by default."""
    live = sorted(
        (each for each in candidates if each.starts <= moment < each.ends), key=lambda each: each.rank
    )
    return list(dict.fromkeys(code for each in live for code in (each.default, *sorted(each.languages))))
