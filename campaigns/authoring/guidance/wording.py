"""How a text reads in its language: too general, too long for a phone, too hard, or not translated at all."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.guidance.finding import Finding
from campaigns.authoring.guidance.readability import measured
from campaigns.authoring.text import WorkingText
from portal.kernel.languages import NAMES

# Characters that a phone of 360 points shows in three lines of a headline, and above the fold of a body.
HEADLINE = {"zh-hant": 30, "zh-hans": 30, "ja": 33}
HEADLINE_OTHERS = 66
BODY = {"zh-hant": 160, "zh-hans": 160, "ja": 180}
BODY_OTHERS = 400
LONG_SENTENCE = {"zh-hant": 60, "zh-hans": 60, "ja": 70}  # characters, where words are not set apart
LONG_SENTENCE_WORDS = 25
SENTENCE_END = re.compile(r"(?<!\d)[.](?!\d)|[!?。！？؟।\n]")
ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)


def fits_a_phone(field: str, language: str) -> int | None:
    """Characters of a headline or a body that a phone shows at once; None for what is folded or listed."""
    known = {"headline": (HEADLINE, HEADLINE_OTHERS), "body": (BODY, BODY_OTHERS)}
    if field not in known:
        return None
    by_language, others = known[field]
    return by_language.get(language, others)


def findings(text: WorkingText, language: str) -> Iterator[Finding]:
    headline, body = text.headline.get(language, ""), text.body.get(language, "")
    if general := _general(headline, language):
        yield Finding(
            False,
            "headline",
            language,
            _("“%(words)s” could stand over any warning.") % {"words": general},
            _("Say what this scam looks like from the inside: who asks, and for what."),
        )
    for field, given in (("headline", headline), ("body", body)):
        most = fits_a_phone(field, language)
        if most is not None and len(given) > most:
            yield Finding(
                False,
                field,
                language,
                _("Long for a phone: %(length)d characters, %(most)d fit on the first screen.")
                % {"length": len(given), "most": most},
                _("Put first what must be read, and cut the rest."),
            )
    yield from _sentences(body, language)
    if ADDRESS.search(
        f"{headline} {body} {' '.join(tip.get('text', {}).get(language, '') for tip in text.tips)}"
    ):
        yield Finding(
            False,
            "resources",
            language,
            _("A web address in the text cannot be pressed."),
            _("Put it among the resources."),
        )
    if reading := measured(_prose(text, language), language):
        yield Finding(
            False,
            "body",
            language,
            _("Hard to read: %(measure)s %(value)d, aim at %(aim)s.")
            % {"measure": reading.measure, "value": reading.value, "aim": reading.aim},
            _("Use shorter sentences and everyday words."),
        )


def untranslated(text: WorkingText, languages: Sequence[str]) -> Iterator[Finding]:
    """The same long words under two languages: somebody copied and never translated."""
    seen: dict[tuple[str, str], str] = {}
    for language in languages:
        for key, words in text.units(language):
            if len(words) < 25:
                continue
            first = seen.setdefault((key, words), language)
            if first != language:
                field = key.partition(".")[0]
                yield Finding(
                    False,
                    "question" if field == "answers" else field,
                    language,
                    _("The same words as in %(language)s.") % {"language": NAMES[first]},
                    _("Translate them, unless they are meant to be the same."),
                )
                break


def _prose(text: WorkingText, language: str) -> str:
    """Sentences people read on their own: the body, the tips, the examples."""
    tips = [tip.get("text", {}) for tip in text.tips]
    stories = [example.get(name, {}) for example in text.examples for name in ("how_it_goes", "how_to_tell")]
    return "\n".join(words.get(language, "") for words in (text.body, *tips, *stories))


def _sentences(body: str, language: str) -> Iterator[Finding]:
    sentences = [each.strip() for each in SENTENCE_END.split(body) if each.strip()]
    if characters := LONG_SENTENCE.get(language):
        is_long, most = any(len(each) > characters for each in sentences), characters
        message = _("A sentence has more than %(most)d characters.")
    else:
        is_long, most = (
            any(len(each.split()) > LONG_SENTENCE_WORDS for each in sentences),
            LONG_SENTENCE_WORDS,
        )
        message = _("A sentence has more than %(most)d words.")
    if is_long:
        yield Finding(False, "body", language, message % {"most": most}, _("Make two of it."))


@cache
def _phrases() -> dict[str, list[str]]:
    file = Path(__file__).with_name("general.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _general(headline: str, language: str) -> str:
    lowered = headline.casefold()
    return next((each for each in _phrases().get(language, []) if each.casefold() in lowered), "")
