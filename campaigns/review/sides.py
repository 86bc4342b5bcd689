"""What is live beside what is proposed: place by place in one language, and fact by fact of the audience."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from django.utils.safestring import SafeString

from campaigns.authoring.places import Row, label_of, places, read_frozen
from campaigns.authoring.text import PARTS
from campaigns.review.differences import marked
from portal.kernel.errors import Text
from portal.kernel.languages import bcp47


@dataclass(frozen=True, slots=True)
class Side:
    """One place. `key` names it in the proposed text, and is empty where that has it no more."""

    key: str
    label: Text
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def changed(self) -> SafeString:
        """Both as one text, with <ins> and <del>."""
        return marked(self.before, self.after)


def place_of(content: dict[str, Any], language: str, key: str) -> str | None:
    """The words at this place of a frozen content; None where there is no such place."""
    text = content["texts"].get(bcp47(language))
    return dict(places(text)).get(key) if text is not None else None


def sides(live: dict[str, Any] | None, proposed: dict[str, Any], tag: str) -> list[Side]:
    """All that either says in this language. Rows that moved, came or went are matched by their words."""
    after = read_frozen(proposed["texts"][tag])
    before = read_frozen(live["texts"][tag]) if live and tag in live["texts"] else ({}, {})
    return [*_alone(before[0], after[0]), *_rows(before[1], after[1])]


def _alone(before: dict[str, str], after: dict[str, str]) -> Iterator[Side]:
    for name, words in after.items():
        if words or before.get(name):
            yield Side(name, label_of(name), before.get(name, ""), words)


def _rows(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> Iterator[Side]:
    for name, kind in PARTS.items():
        for number, old, new in _matched(before.get(name, []), after.get(name, [])):
            for part in (*kind.translated, *kind.once):
                had, has = (old or {}).get(part, ""), (new or {}).get(part, "")
                if had or has:
                    key = f"{name}.{number}.{part}"
                    yield Side(key if new is not None else "", label_of(key), had, has)


def _matched(before: list[Row], after: list[Row]) -> Iterator[tuple[int, Row | None, Row | None]]:
    """(number, old, new): equal rows stay together, and what lies between them is told pair by pair."""
    old, new = [tuple(row.items()) for row in before], [tuple(row.items()) for row in after]
    for _action, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for i, j in zip_longest(range(i1, i2), range(j1, j2)):
            yield (
                i if j is None else j,
                None if i is None else before[i],
                None if j is None else after[j],
            )
