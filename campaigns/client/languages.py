"""Which of a campaign's languages answers a BCP 47 tag.

Exact, then the same language in the same script, with a preference for the same country, else the campaign's
own default. Scripts are never crossed: who reads Traditional Chinese is not answered in Simplified.
Whether a tag is registered is not judged here: what is not understood asks for nothing.
"""

import re
from collections.abc import Collection
from functools import lru_cache

MAX_TAG = 35  # the longest that RFC 5646, section 4.4.1, asks implementations to carry
FORM = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<extension>[a-z]{3}))?(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?:-[a-z0-9-]+)?",
    re.ASCII,
)
# The script and country that a language without them is most likely in (Unicode CLDR, likely subtags), for
# the languages that warnings are written in. What is not listed is taken to have one script only.
LIKELY = {
    "ar": ("arab", "eg"), "de": ("latn", "de"), "en": ("latn", "us"), "es": ("latn", "es"),
    "fr": ("latn", "fr"), "hi": ("deva", "in"), "ja": ("jpan", "jp"), "ms": ("latn", "my"),
    "pt": ("latn", "br"), "sv": ("latn", "se"), "zh": ("hans", "cn"),
}  # fmt: skip
# Where a language without a script is most likely in another one than elsewhere (Unicode CLDR).
ELSEWHERE = {
    "ms": ("arab", frozenset({"cc"})),
    "zh": ("hant", frozenset("au bn gb gf hk id mo pa pf ph sr th tw us vn".split())),  # noqa: SIM905
}
# Scripts that are written from right to left, as far as languages have them in everyday use.
RIGHT_TO_LEFT = frozenset(["adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"])
# Other names of the same languages: those of three letters, and members of a macrolanguage.
ALIASES = {
    "ara": "ar", "arb": "ar", "cmn": "zh", "deu": "de", "eng": "en", "fra": "fr", "hin": "hi", "jpn": "ja",
    "msa": "ms", "por": "pt", "spa": "es", "swe": "sv", "zho": "zh", "zsm": "ms",
}  # fmt: skip


@lru_cache(maxsize=4096)
def preferences(tag: str, offered: frozenset[str]) -> tuple[str, ...]:
    """Those of `offered` (lower-case tags) that satisfy the tag, best first; () for what is no tag."""
    wanted = _parts(tag)
    if wanted is None:
        return ()
    language, script, region = wanted
    exact = (tag.lower(), f"{language}-{script}", f"{language}-{region}", language)
    fitting = {}
    for code in offered:
        parts = _parts(code)
        if parts and parts[:2] == (language, script):
            fitting[code] = exact.index(code) if code in exact else len(exact)
    return tuple(sorted(fitting, key=lambda code: (fitting[code], code)))


def choose(wanted: Collection[str], available: Collection[str], default: str) -> str:
    """The first that is wanted and available, else the default."""
    return next((code for code in wanted if code in available), default)


@lru_cache(maxsize=256)
def direction(tag: str) -> str:
    """The writing direction, as the HTML attribute takes it."""
    parts = _parts(tag)
    return "rtl" if parts and parts[1] in RIGHT_TO_LEFT else "ltr"


def _parts(tag: str) -> tuple[str, str, str] | None:
    """Language, script and country, the likely ones where the tag names none."""
    found = FORM.fullmatch(tag.lower()) if tag.isascii() and len(tag) <= MAX_TAG else None
    if found is None:
        return None
    language = found["extension"] or found["language"]
    language = ALIASES.get(language, language)
    script, region = LIKELY.get(language, ("", ""))
    if language == "zh" and found["script"] == "hant":
        region = "tw"
    if found["region"]:
        region = found["region"]
        other, countries = ELSEWHERE.get(language, ("", ()))
        script = other if region in countries else script
    return language, found["script"] or script, region
