"""The languages a warning may be written in, and BCP 47 negotiation between them and what is asked for.

Inside the portal a language is Django's lower-case code (zh-hant); outside it is BCP 47 (zh-Hant).
"""

from collections.abc import Collection
from functools import lru_cache

import langcodes

NAMES = {
    "en": "English",
    "zh-hant": "繁體中文",
    "zh-hans": "简体中文",
    "sv": "Svenska",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt-br": "Português (Brasil)",
    "ja": "日本語",
    "ar": "العربية",
    "hi": "हिन्दी",
    "ms": "Bahasa Melayu",
}
RIGHT_TO_LEFT = frozenset({"ar"})
_OUTSIDE = {"zh-hant": "zh-Hant", "zh-hans": "zh-Hans", "pt-br": "pt-BR"}
MAX_TAG = 35  # the longest tag RFC 5646 section 4.4.1 asks implementations to carry


def bcp47(code: str) -> str:
    return _OUTSIDE.get(code, code)


def direction(code: str) -> str:
    return "rtl" if code in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=4096)
def preferences(tag: str) -> tuple[str, ...]:
    """Our codes that satisfy a BCP 47 tag, best first; raises ValueError for what is not a tag.

    Exact, then the same language in the same script, then the bare language. Scripts are never
    crossed: zh-HK asks for Traditional Chinese and is not answered in Simplified.
    """
    if not tag or len(tag) > MAX_TAG or not tag.isascii():
        raise ValueError(tag)
    wanted = langcodes.Language.get(tag)  # LanguageTagError is a ValueError
    if not wanted.is_valid():
        raise ValueError(tag)
    likely = wanted.maximize()
    order = [
        f"{likely.language}-{likely.script}",
        f"{likely.language}-{likely.territory}",
        likely.language or "",
    ]
    found = []
    for candidate in (wanted.to_tag(), *order):
        code = candidate.lower()
        if code in NAMES and code not in found:
            found.append(code)
    for code in NAMES:  # pt-PT may be answered in pt-BR: same language, same script
        ours = langcodes.Language.get(bcp47(code)).maximize()
        if ours.language == likely.language and ours.script == likely.script and code not in found:
            found.append(code)
    return tuple(found)


def choose(tag: str, available: Collection[str], default: str) -> str:
    """The language to answer in: the best that is available, else the campaign's own default."""
    return next((code for code in preferences(tag) if code in available), default)
