"""The working text of a warning: every language of every part, as one value between form and tables.

One table says what the parts are made of; the form, the check, the tables and the frozen form all read it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Answer, Campaign, Resource, ScamExample, Source, Tip
from campaigns.models.campaign import BODY_MAX, HEADLINE_MAX, LONG_MAX, SHORT_MAX, ScamType
from campaigns.models.texts import PHONE_MAX, URL_MAX
from portal.kernel.errors import Invalid, Text
from portal.kernel.languages import NAMES, bcp47
from portal.kernel.words import unfit, unfit_line

NUMBER = re.compile(r"0|[1-9][0-9]{0,2}")
WEB = ("https://", "http://")  # the check asks for the first; a page follows no other
Words = dict[str, str]  # language code → text
Row = dict[str, Any]  # name → Words where it is translated, else the value

# The texts of the campaign itself, and how many characters each holds.
SINGLE: Mapping[str, int] = {"headline": HEADLINE_MAX, "body": BODY_MAX, "question": SHORT_MAX}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of ordered part: its table, what it holds in each language, what it holds once."""

    model: type[models.Model]
    translated: Mapping[str, int]  # name → characters at most
    once: Mapping[str, Any]  # name → the value of a row that does not name it
    most: int = 12
    limits: Mapping[str, int] = field(default_factory=dict)  # of texts that are held once


PARTS: Mapping[str, Kind] = {
    "tips": Kind(Tip, {"text": SHORT_MAX}, {}),
    "examples": Kind(
        ScamExample,
        {"title": SHORT_MAX, "how_it_goes": LONG_MAX, "how_to_tell": LONG_MAX},
        {"scam_type": ""},
    ),
    "answers": Kind(Answer, {"label": SHORT_MAX, "advice": LONG_MAX}, {"is_warning_sign": False}, most=6),
    "resources": Kind(
        Resource,
        {"name": SHORT_MAX, "hours": SHORT_MAX},
        {"phone": "", "url": "", "languages": (), "valid_until": None},
        limits={"phone": PHONE_MAX, "url": URL_MAX},
    ),
    "sources": Kind(Source, {"name": SHORT_MAX}, {"url": "", "as_of": None}, most=6, limits={"url": URL_MAX}),
}


@dataclass(slots=True)
class WorkingText:
    headline: Words = field(default_factory=dict)
    body: Words = field(default_factory=dict)
    question: Words = field(default_factory=dict)
    tips: list[Row] = field(default_factory=list)
    examples: list[Row] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)
    resources: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, campaign: Campaign) -> "WorkingText":
        """In the campaign's languages; the others' columns keep what they hold, unread."""
        languages = campaign.languages
        held: dict[str, Any] = {name: _words(campaign, name, languages) for name in SINGLE}
        for name, kind in PARTS.items():
            held[name] = [_row(row, kind, languages) for row in getattr(campaign, name).all()]
        return cls(**held)

    @classmethod
    def from_frozen(cls, texts: Mapping[str, Any]) -> "WorkingText":
        """The other way round of `in_language`, for every language at once.

        Raises KeyError, TypeError or ValueError where the languages do not say the same things in the same
        places, or a value is not of its kind.
        """
        by_code = {tag.lower(): _as_parts(text) for tag, text in texts.items()}
        counts = {tuple(len(text[name]) for name in PARTS) for text in by_code.values()}
        if len(counts) != 1:
            raise ValueError("the languages differ in their parts")
        found = cls()
        for name in SINGLE:
            setattr(found, name, {code: _words_of(text[name]) for code, text in by_code.items()})
        for name, kind in PARTS.items():
            for rows in zip(*(text[name] for text in by_code.values()), strict=True):
                words = {
                    part: {code: _words_of(row[part]) for code, row in zip(by_code, rows, strict=True)}
                    for part in kind.translated
                }
                once = {
                    part: _value(rows[0].get(part, missing), missing) for part, missing in kind.once.items()
                }
                getattr(found, name).append(words | once)
        return found

    def rows(self, name: str) -> list[Row]:
        return list(getattr(self, name))

    def units(self, language: str) -> Iterator[tuple[str, str]]:
        """(key, text) of all that is translated, in the order it is read: headline, tips.0.text, …"""
        for name in SINGLE:
            yield name, getattr(self, name).get(language, "")
        for name, kind in PARTS.items():
            for place, row in enumerate(self.rows(name)):
                for part in kind.translated:
                    yield f"{name}.{place}.{part}", row.get(part, {}).get(language, "")

    def with_unit(self, key: str, language: str, words: str) -> None:
        """Put one text in its place; raises KeyError where there is none."""
        name, _dot, rest = key.partition(".")
        if not rest:
            if name not in SINGLE:
                raise KeyError(key)
            getattr(self, name)[language] = words
            return
        place, _dot, part = rest.partition(".")
        if name not in PARTS or part not in PARTS[name].translated or not NUMBER.fullmatch(place):
            raise KeyError(key)
        try:
            row = getattr(self, name)[int(place)]
        except IndexError:
            raise KeyError(key) from None
        row.setdefault(part, {})[language] = words

    def check(self) -> None:
        """Raises Invalid for what the columns cannot hold; what merely weakens a text is guidance."""
        errors: dict[str, list[Text]] = {}

        def wrong(name: str, texts: Iterable[Text]) -> None:
            for each in texts:
                errors.setdefault(name, []).append(each)

        for name, limit in SINGLE.items():
            for language, text in getattr(self, name).items():
                wrong(column(name, language), unfit(text, limit))
        for name, kind in PARTS.items():
            rows = self.rows(name)
            if len(rows) > kind.most:
                wrong(name, [_("At most %(limit)d entries.") % {"limit": kind.most}])
            for row in rows:
                for part, limit in kind.translated.items():
                    for language, text in row.get(part, {}).items():
                        wrong(column(part if name != "tips" else name, language), unfit(text, limit))
                for part, limit in kind.limits.items():
                    wrong(part, unfit_line(row.get(part, ""), limit))
                if (url := row.get("url", "")) and not url.lower().startswith(WEB):
                    wrong(
                        "url", [_("“%(url)s” is no address that begins with https://.") % {"url": url[:80]}]
                    )
        wrong("resources", _unknown_languages(self.resources))
        wrong("examples", _unknown_scam_types(self.examples))
        if errors:
            raise Invalid(errors)

    def write(self, campaign: Campaign) -> None:
        """Save the campaign with these columns and lay its rows anew, in order."""
        for name in SINGLE:
            _set(campaign, name, getattr(self, name))
        campaign.save()
        for name, kind in PARTS.items():
            getattr(campaign, name).all().delete()
            kind.model._default_manager.bulk_create(
                _made(kind, campaign, place, row) for place, row in enumerate(self.rows(name))
            )

    def in_language(self, language: str) -> dict[str, Any]:
        """One language's text, in the form that is frozen and served."""
        found: dict[str, Any] = {
            "headline": self.headline.get(language, ""),
            "body": self.body.get(language, ""),
            "tips": [tip["text"].get(language, "") for tip in self.tips],
            "question": None,
        }
        for name in ("examples", "resources", "sources"):
            found[name] = [_frozen(PARTS[name], row, language) for row in self.rows(name)]
        if self.answers or any(self.question.values()):
            found["question"] = {
                "text": self.question.get(language, ""),
                "answers": [_frozen(PARTS["answers"], row, language) for row in self.answers],
            }
        return found


def column(name: str, language: str) -> str:
    """The modeltranslation column; the bare one is never read, so no fallback can leak a language."""
    return f"{name}_{language.replace('-', '_')}"


def _words(row: Any, name: str, languages: Iterable[str]) -> Words:
    return {language: getattr(row, column(name, language)) or "" for language in languages}


def _row(row: models.Model, kind: Kind, languages: Iterable[str]) -> Row:
    held = {name: getattr(row, name) for name in kind.once}
    return {**{name: _words(row, name, languages) for name in kind.translated}, **held}


def _set(row: Any, name: str, words: Words) -> None:
    for language, text in words.items():
        setattr(row, column(name, language), text)


def _made(kind: Kind, campaign: Campaign, place: int, row: Row) -> models.Model:
    once = {name: row.get(name, default) for name, default in kind.once.items()}
    if "languages" in once:
        once["languages"] = list(once["languages"])
    made = kind.model(campaign=campaign, position=place, **once)
    for name in kind.translated:
        _set(made, name, row.get(name, {}))
    return made


def _frozen(kind: Kind, row: Row, language: str) -> dict[str, Any]:
    held = {name: _plain(row.get(name, default)) for name, default in kind.once.items()}
    return {**{name: row.get(name, {}).get(language, "") for name in kind.translated}, **held}


def _as_parts(text: Mapping[str, Any]) -> dict[str, Any]:
    """One frozen language with a question's parts beside the others, and tips as rows. Form 1 had fewer."""
    question = text.get("question") or {"text": "", "answers": []}
    return {
        "headline": text["headline"],
        "body": text["body"],
        "question": question["text"],
        "tips": [{"text": tip} for tip in listed(text["tips"])],
        "examples": listed(text["examples"]),
        "answers": listed(question["answers"]),
        "resources": listed(text["resources"]),
        "sources": listed(text.get("sources", [])),
    }


def string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def listed(value: Any) -> list[Any]:
    """A text or a mapping can be gone through too, and would come in letter by letter."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _words_of(value: Any) -> str:
    """As a form would have taken them: line ends as one character, no blanks around."""
    return string(value).replace("\r\n", "\n").strip()


def _value(value: Any, missing: Any) -> Any:
    """A value that is held once, of the kind of what stands for it where it is missing."""
    if missing is None:
        return date.fromisoformat(string(value)) if value is not None else None
    if isinstance(missing, bool):
        return value is True
    if missing == ():
        return [string(each).lower() for each in (value if value == () else listed(value))]
    return string(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [bcp47(code) for code in value] if isinstance(value, (list, tuple)) else value


def _unknown_languages(resources: list[Row]) -> list[Text]:
    unknown = {code for row in resources for code in row.get("languages", ()) if code not in NAMES}
    return [_("Choose languages from the list.")] if unknown else []


def _unknown_scam_types(examples: list[Row]) -> list[Text]:
    unknown = {row.get("scam_type", "") for row in examples} - {"", *ScamType.values}
    return [_("Choose a scam type from the list.")] if unknown else []
