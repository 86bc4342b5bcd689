"""The library's texts as they stand in their files, one a scam type; what is amiss is told by file and place.

A file holds every language whole. The languages say the same things in the same places, so that a draft in
any choice of them is complete.
"""

import tomllib
from collections.abc import Collection, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from campaigns.authoring.text import PARTS, SINGLE, Words, WorkingText
from campaigns.models.campaign import ScamType
from portal.kernel.errors import Invalid
from portal.kernel.languages import NAMES
from portal.kernel.words import is_blank

TEXTS = Path(__file__).parent / "texts"
# “Other” is what no text of ours can be specific about.
SCAM_TYPES = tuple(each for each in ScamType if each is not ScamType.OTHER)
# What an agency adds itself.
LEFT_TO_AGENCIES = ("resources", "sources")


class Amiss(Exception):
    """A file of the library is not as it should be."""


def template(scam_type: str, languages: Collection[str] = tuple(NAMES)) -> WorkingText:
    """The warning of a scam type in these languages, the caller's own to change; KeyError if none."""
    text = deepcopy(_shelf()[scam_type])
    for words in _translated(text):
        for code in set(words) - set(languages):
            del words[code]
    return text


def titles(language: str) -> dict[str, str]:
    """Scam type → headline in this language, in the order of the scam types."""
    return {scam_type: text.headline[language] for scam_type, text in _shelf().items()}


@cache
def _shelf() -> dict[str, WorkingText]:
    """Read once a process; raises Amiss."""
    return {each.value: read(TEXTS / f"{each.value}.toml") for each in SCAM_TYPES}


def read(path: Path) -> WorkingText:
    """One file, checked; raises Amiss."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as refused:
        raise Amiss(f"{path.name}: {refused}") from None
    try:
        text = laid_out(written)
        text.check()
    except Amiss as refused:
        raise Amiss(f"{path.name}: {refused}") from None
    except Invalid as refused:
        wrong = "; ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in refused.errors.items())
        raise Amiss(f"{path.name}: {wrong}") from None
    return text


def _translated(text: WorkingText) -> Iterator[Words]:
    """Each text of it, with what it says in every language."""
    yield from (getattr(text, name) for name in SINGLE)
    for name, kind in PARTS.items():
        for row in text.rows(name):
            yield from (row[part] for part in kind.translated)


def laid_out(written: dict[str, Any]) -> WorkingText:
    """A file's tables as a working text: what stands there by language stands here by place."""
    once = {
        "examples": [{"scam_type": each} for each in _list(written.pop("example_types", None), str)],
        "answers": [{"is_warning_sign": each} for each in _list(written.pop("warning_signs", None), bool)],
    }
    if list(written) != list(NAMES):
        raise Amiss(f"its languages are {', '.join(written)}; they should be {', '.join(NAMES)}")
    by_language = {language: _parts(table, language) for language, table in written.items()}
    first = next(iter(by_language.values()))
    once["tips"] = [{} for _tip in first["tips"]]
    text = WorkingText()
    for name in SINGLE:
        setattr(text, name, {code: parts[name] for code, parts in by_language.items()})
    for name, facts in once.items():
        for language, parts in by_language.items():
            if len(parts[name]) != len(facts):
                raise Amiss(f"{language} has {len(parts[name])} {name}, not {len(facts)}")
        for place, held in enumerate(facts):
            words = {
                part: {code: parts[name][place][part] for code, parts in by_language.items()}
                for part in PARTS[name].translated
            }
            getattr(text, name).append(words | held)
    return text


def _parts(table: Any, language: str) -> dict[str, Any]:
    """One language, whole and nothing besides; tips as rows like the other parts."""
    expected = {*SINGLE, *PARTS} - set(LEFT_TO_AGENCIES)
    if not isinstance(table, dict) or set(table) != expected:
        raise Amiss(f"{language} should hold {', '.join(sorted(expected))}")
    parts = table | {"tips": [{"text": tip} for tip in _list(table["tips"], str)]}
    for name in SINGLE:
        _words(parts[name], f"{language}.{name}")
    for name in ("tips", "examples", "answers"):
        for place, row in enumerate(_list(parts[name], dict), start=1):
            if set(row) != set(PARTS[name].translated):
                raise Amiss(f"{language}.{name}, number {place}, holds {', '.join(row)}")
            for part, words in row.items():
                _words(words, f"{language}.{name}, number {place}, {part}")
    return parts


def _words(words: Any, where: str) -> None:
    if not isinstance(words, str) or is_blank(words):
        raise Amiss(f"{where} is missing")


def _list(found: Any, kind: type) -> list[Any]:
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise Amiss(f"{found!r} is not a list of {kind.__name__}")
    return found
