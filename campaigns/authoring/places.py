"""Every place of a warning where something stands, by its key and in words: “Scam example 2: how it goes”."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.text import PARTS, SINGLE, WorkingText, column
from campaigns.models.campaign import ScamType
from portal.kernel.errors import Text
from portal.kernel.languages import NAMES

ALONE: dict[str, Text] = {"headline": _("Headline"), "body": _("Body"), "question": _("Question")}
IN_ROWS: dict[tuple[str, str], Text] = {
    ("tips", "text"): _("Tip %(number)d"),
    ("examples", "title"): _("Scam example %(number)d: name"),
    ("examples", "how_it_goes"): _("Scam example %(number)d: how it goes"),
    ("examples", "how_to_tell"): _("Scam example %(number)d: how to tell"),
    ("examples", "scam_type"): _("Scam example %(number)d: scam type"),
    ("answers", "label"): _("Answer %(number)d"),
    ("answers", "advice"): _("Answer %(number)d: what it leads to"),
    ("answers", "is_warning_sign"): _("Answer %(number)d: a sign of the scam"),
    ("resources", "name"): _("Resource %(number)d: name"),
    ("resources", "hours"): _("Resource %(number)d: hours"),
    ("resources", "phone"): _("Resource %(number)d: phone"),
    ("resources", "url"): _("Resource %(number)d: web address"),
    ("resources", "languages"): _("Resource %(number)d: languages it answers in"),
    ("resources", "valid_until"): _("Resource %(number)d: valid until"),
    ("sources", "name"): _("Source %(number)d"),
    ("sources", "url"): _("Source %(number)d: web address"),
    ("sources", "as_of"): _("Source %(number)d: figures of"),
}

Row = dict[str, str]  # what of the part → its words, empty ones left out


def label_of(key: str) -> Text:
    """Raises KeyError for a key that is no place."""
    name, _dot, rest = key.partition(".")
    if not rest:
        return ALONE[name]
    place, _dot, part = rest.partition(".")
    return IN_ROWS[name, part] % {"number": int(place) + 1}


def field_id(key: str, language: str) -> str:
    """Of the author's form: where this place is written."""
    name, _dot, rest = key.partition(".")
    if not rest:
        return f"id_{column(name, language)}"
    number, _dot, part = rest.partition(".")
    translated = part in PARTS[name].translated
    return f"id_{name}-{number}-{column(part, language) if translated else part}"


def read_frozen(text: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, list[Row]]]:
    """One language of a frozen content, all of it as words: (what stands alone, rows by part)."""
    held = WorkingText.from_frozen({"": text})
    alone = {name: getattr(held, name)[""] for name in SINGLE}
    rows = {
        name: [
            {part: words for part in (*kind.translated, *kind.once) if (words := _words(row[part]))}
            for row in held.rows(name)
        ]
        for name, kind in PARTS.items()
    }
    return alone, rows


def places(text: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, words) of all that one frozen language says, in the order it is read."""
    alone, rows = read_frozen(text)
    yield from ((name, words) for name, words in alone.items() if words)
    for name, of_part in rows.items():
        for number, row in enumerate(of_part):
            yield from ((f"{name}.{number}.{part}", words) for part, words in row.items())


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return str(value[""])
    if isinstance(value, (list, tuple)):
        return ", ".join(NAMES[code] if code in NAMES else str(code) for code in value)
    if value is True:
        return "✓"
    if value in ScamType.values:
        return str(ScamType(value).label)
    return str(value or "")
