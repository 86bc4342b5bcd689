"""What is live, as prepared bytes: built once per revision, looked up by region and language.

One implementation of selection. It knows no Django and no clock: the caller says what time it is, and a
window is judged at the moment of the answer (domain, section 3).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.delivery.audience import UNSAID, Conditions, Situation
from portal.clients.known import Keys
from portal.kernel.canonical import digest
from portal.kernel.languages import preferences
from portal.kernel.regions import with_country

EVENT_KINDS = ("shown", "reviewed", "reconsidered", "proceeded")


@dataclass(frozen=True, slots=True)
class Window:
    """When a publication is served, as read now; times are Unix seconds, the end exclusive or infinite."""

    publication_id: str
    starts: float
    ends: float
    published: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """One approved text, proved and turned into bytes. It never changes; snapshots hand it on."""

    priority: int
    regions: tuple[str, ...]
    default: str
    bodies: Mapping[str, bytes]  # our language code → one campaign of the answer
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    starts: float
    ends: float
    default: str
    bodies: Mapping[str, bytes]  # our language code → one campaign of the answer
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The prepared response; `body` is None where nothing is live. Right until `until`."""

    body: bytes | None
    etag: str
    length: str
    until: float


@dataclass(frozen=True, slots=True)
class Live:
    """What is live for one region in one language, and the answer of all of it.

    Right from `since` until `until`; a clock that was ahead for a moment silences nothing for longer.
    A choice among them is made anew for each call: there are more choices than memory.
    """

    campaigns: tuple[tuple[Conditions | None, bytes], ...]
    since: float
    until: float
    whole: Answer


class TamperedVersion(ValueError):
    """The stored text is not the one whose SHA-256 was approved."""


@dataclass(slots=True)
class Snapshot:
    revision: int
    regions: Mapping[str, tuple[Entry, ...]]
    keys: Keys
    texts: Mapping[str, Prepared] = field(default_factory=dict)  # by publication
    _live: dict[tuple[str, tuple[str, ...]], Live] = field(default_factory=dict)

    def answer(self, region: str, language: str | None, now: float, said: Situation = UNSAID) -> Answer:
        """What is live for a known region at `now` and not ruled out by what was `said`.

        Raises ValueError for what is no BCP 47 tag.
        """
        wanted = preferences(language) if language is not None else ()
        live = self._live.get((region, wanted))
        if live is None or not live.since <= now < live.until:
            live = self._live[region, wanted] = self._look(region, wanted, now)
        if said is UNSAID:
            return live.whole
        bodies = [
            body for conditions, body in live.campaigns if not (conditions and conditions.rule_out(said))
        ]
        return live.whole if len(bodies) == len(live.campaigns) else _answer(region, bodies, live.until)

    def _look(self, region: str, wanted: tuple[str, ...], now: float) -> Live:
        until = float("inf")
        live: dict[bytes, Conditions | None] = {}
        for code in with_country(region):
            for entry in self.regions.get(code, ()):
                if now < entry.starts:
                    until = min(until, entry.starts)
                elif now < entry.ends:
                    until = min(until, entry.ends)
                    language = next((code for code in wanted if code in entry.bodies), entry.default)
                    live.setdefault(entry.bodies[language], entry.conditions)
        campaigns = tuple((conditions, body) for body, conditions in live.items())
        return Live(campaigns, now, until, _answer(region, list(live), until))


def _answer(region: str, bodies: Sequence[bytes], until: float) -> Answer:
    if not bodies:
        return Answer(None, "", "0", until)
    body = b'{"region":"%s","campaigns":[%s]}' % (region.encode(), b",".join(bodies))
    return Answer(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', str(len(body)), until)


def build(revision: int, windows: Iterable[Window], texts: Mapping[str, Prepared], keys: Keys) -> Snapshot:
    """Every window whose text is among `texts`, by region, highest priority and then newest first."""
    regions: dict[str, list[tuple[tuple[int, float], Entry]]] = defaultdict(list)
    for each in windows:
        text = texts.get(each.publication_id)
        if text is None:
            continue
        entry = Entry(each.starts, each.ends, text.default, text.bodies, text.conditions)
        for region in text.regions:
            regions[region].append(((-text.priority, -each.published), entry))
    ordered = {
        region: tuple(entry for _, entry in sorted(entries, key=lambda pair: pair[0]))
        for region, entries in regions.items()
    }
    return Snapshot(revision, ordered, keys, texts)


def _mark(mark: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Where the picture is found: an address that names its bytes, and so is good forever."""
    return {**mark, "path": f"/marks/{mark['sha256']}.png"} if mark else None


def prepare(publication_id: str, version_id: str, sha256: str, content: Mapping[str, Any]) -> Prepared:
    """Raises TamperedVersion where the content is not the one that was approved."""
    if digest(content) != sha256:
        raise TamperedVersion(publication_id)
    bodies = {}
    for tag, text in content["texts"].items():
        served = {
            "campaign": content["campaign"],
            "publication": publication_id,
            "version": {"id": version_id, "number": content["number"], "sha256": sha256},
            "agency": content["agency"]["name"][tag],
            "scam_type": content["scam_type"],
            "priority": content["priority"],
            "window": content["window"],
            "conditions": content.get("conditions", {}),
            "showing": content.get("showing"),
            "mark": _mark(content["agency"].get("mark")),
            "language": tag,
            "warning": text,
            "events": EVENT_KINDS,
        }
        bodies[tag.lower()] = json.dumps(served, ensure_ascii=False, separators=(",", ":")).encode()
    return Prepared(
        int(content["priority"]), tuple(content["regions"]), content["default_language"].lower(), bodies,
        Conditions.of(content.get("conditions") or {}),
    )  # fmt: skip
