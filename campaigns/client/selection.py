"""Which campaigns a user is shown: one implementation, for the API, the public pages and the client.

Pure: it knows no clock, no network and no database. The caller says what time it is, and a window is judged
at the moment of the question.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from .audience import Conditions, Situation
from .languages import choose, preferences


@dataclass(frozen=True, slots=True)
class Showing:
    """To one person at most `at_most` times in `per_days` days."""

    at_most: int
    per_days: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One publication, as far as selecting it goes. Times are Unix seconds, the end exclusive or infinite.

    `languages` are lower-case BCP 47 tags. `unconfirmed`: for so many seconds it may still be shown by
    whoever cannot ask whether it was recalled.
    """

    id: str
    campaign: str
    regions: tuple[str, ...]
    starts: float
    ends: float
    priority: int
    published: float
    default: str
    languages: frozenset[str]
    unconfirmed: float = 0.0
    conditions: Conditions | None = None
    showing: Showing | None = None

    def until(self, end: float) -> "Candidate":
        """The same, if it gives way at `end` before its window is over."""
        return self if end >= self.ends else replace(self, ends=end)

    def is_ruled_out(self, said: Situation) -> bool:
        return self.campaign in said.seen_enough or (
            self.conditions is not None and self.conditions.rule_out(said)
        )

    @property
    def rank(self) -> tuple[int, float, str]:
        """Highest priority first, then newest."""
        return -self.priority, -self.published, self.id


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate, and the language in which it answers."""

    candidate: Candidate
    language: str


@dataclass(slots=True)
class Live:
    """What is live for a region, each in its language, highest priority first.

    Right from `since` until `until` (Unix seconds); a clock that was ahead for a moment silences nothing
    longer.
    """

    chosen: tuple[Chosen, ...]
    since: float
    until: float
    confirmed_at: float | None
    prepared: object = None  # what the caller made of it, for as long as it is right

    def holds(self, now: float, confirmed_at: float | None) -> bool:
        return self.since <= now < self.until and self.confirmed_at == confirmed_at


def with_country(region: str) -> tuple[str, ...]:
    """A subdivision inherits from its country: ("US-CA", "US")."""
    country, dash, _rest = region.partition("-")
    return (region, country) if dash else (region,)


class Selection:
    """Every candidate by region. It never changes; `with_changes` makes the next one."""

    __slots__ = ("_live", "candidates", "languages", "regions")

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self.candidates: Mapping[str, Candidate] = {each.id: each for each in candidates}
        found: dict[str, list[Candidate]] = defaultdict(list)
        for each in self.candidates.values():
            for region in each.regions:
                found[region].append(each)
        self.regions: Mapping[str, tuple[Candidate, ...]] = {
            region: tuple(sorted(each, key=lambda candidate: candidate.rank))
            for region, each in found.items()
        }
        self._begin(frozenset[str]().union(*{each.languages for each in self.candidates.values()}))

    def _begin(self, languages: frozenset[str]) -> None:
        # All that any of them has, or had: it only bounds what is worth telling apart.
        self.languages = languages
        self._live: dict[tuple[str, tuple[str, ...]], Live] = {}

    def with_changes(self, gone: Collection[str], come: Iterable[Candidate]) -> "Selection":
        """Without those whose ids are `gone`, and with those that have `come`, which replace their like."""
        coming = {each.id: each for each in come}
        leaving = {*gone, *coming}
        candidates = dict(self.candidates)
        touched = {region for each in coming.values() for region in each.regions}
        for id in leaving:
            if before := candidates.pop(id, None):
                touched.update(before.regions)
        candidates.update(coming)
        regions = dict(self.regions)
        for region in touched:
            held = [each for each in regions.pop(region, ()) if each.id not in leaving]
            held += [each for each in coming.values() if region in each.regions]
            if held:
                regions[region] = tuple(sorted(held, key=lambda candidate: candidate.rank))
        after = Selection.__new__(Selection)
        after.candidates, after.regions = candidates, regions
        after._begin(self.languages.union(*(each.languages for each in coming.values())))
        return after

    def live(self, region: str, language: str | None, now: float, confirmed_at: float | None = None) -> Live:
        """`confirmed_at`: None while all of this is known to hold; else when it last was (Unix seconds)."""
        wanted = preferences(language, self.languages) if language else ()
        live = self._live.get((region, wanted))
        if live is None or not live.holds(now, confirmed_at):
            live = self._live[region, wanted] = self._look(region, wanted, now, confirmed_at)
        return live

    def _look(self, region: str, wanted: tuple[str, ...], now: float, confirmed_at: float | None) -> Live:
        until = float("inf")
        found: dict[str, Candidate] = {}
        for code in with_country(region):
            for each in self.regions.get(code, ()):
                ends = each.ends if confirmed_at is None else min(each.ends, confirmed_at + each.unconfirmed)
                if now < each.starts:
                    until = min(until, each.starts)
                elif now < ends:
                    until = min(until, ends)
                    found[each.id] = each
        chosen = tuple(
            Chosen(each, choose(wanted, each.languages, each.default))
            for each in sorted(found.values(), key=lambda candidate: candidate.rank)
        )
        return Live(chosen, now, until, confirmed_at)
