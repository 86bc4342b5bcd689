"""How hard a text is to read, by a measure published for its language; None where there is none.

Flesch-type measures (higher is easier) count words per sentence and syllables per word; syllables come from
hyphenation patterns, as is usual outside English, and are exact to about a tenth. LIX (lower is easier)
counts words per sentence and the share of long words. For Chinese, Japanese, Arabic, Hindi and Malay we know
no measure that is simple, published and agreed on: those texts are judged by the length of their sentences.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pyphen

LEAST_WORDS = 30  # below this the figures say little
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE = re.compile(r"[.!?:\n]+")
LONG_WORD = 6  # letters; LIX counts what has more


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that is harder than it should be."""

    measure: str
    value: int
    aim: str


@dataclass(frozen=True, slots=True)
class Flesch:
    name: str
    patterns: str  # of pyphen
    score: Callable[[float, float], float]  # (words per sentence, syllables per word)


# Each with its source; 60 and above is "plain" in all of them.
FLESCH = {
    # Flesch, A new readability yardstick, 1948
    "en": Flesch("Flesch", "en_US", lambda words, syllables: 206.835 - 1.015 * words - 84.6 * syllables),
    # Amstad, Wie verständlich sind unsere Zeitungen?, 1978
    "de": Flesch("Amstad", "de_DE", lambda words, syllables: 180 - words - 58.5 * syllables),
    # Fernández Huerta, Medidas sencillas de lecturabilidad, 1959
    "es": Flesch("Fernández Huerta", "es", lambda words, syllables: 206.84 - 1.02 * words - 60 * syllables),
    # Kandel and Moles, Application de l'indice de Flesch à la langue française, 1958
    "fr": Flesch("Kandel-Moles", "fr", lambda words, syllables: 207 - 1.015 * words - 73.6 * syllables),
    # Martins et al., Readability formulas applied to textbooks in Brazilian Portuguese, 1996
    "pt-br": Flesch("Martins", "pt_BR", lambda words, syllables: 248.835 - 1.015 * words - 84.6 * syllables),
}
PLAIN = 60
# Björnsson, Läsbarhet, 1968: 40 to 50 is "medium", as in newspapers
LIX_LANGUAGES = {"sv"}
LIX_PLAIN = 45


def measured(text: str, language: str) -> Reading | None:
    """None where the text is plain, too short to say, or in a language without a measure."""
    words = WORD.findall(text)
    if len(words) < LEAST_WORDS:
        return None
    sentences = max(1, sum(1 for each in SENTENCE.split(text) if WORD.search(each)))
    if language in LIX_LANGUAGES:
        value = lix(words, sentences)
        return Reading("LIX", round(value), f"≤ {LIX_PLAIN}") if value > LIX_PLAIN else None
    if measure := FLESCH.get(language):
        syllables = sum(_syllables(word, measure.patterns) for word in words)
        value = measure.score(len(words) / sentences, syllables / len(words))
        return Reading(measure.name, round(value), f"≥ {PLAIN}") if value < PLAIN else None
    return None


def lix(words: list[str], sentences: int) -> float:
    return len(words) / sentences + 100 * sum(len(word) > LONG_WORD for word in words) / len(words)


@cache
def _patterns(name: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=name, left=1, right=1)


def _syllables(word: str, patterns: str) -> int:
    return len(_patterns(patterns).positions(word.lower())) + 1
