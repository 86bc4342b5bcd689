"""The languages a warning may be written in. campaigns.client.languages negotiates between them.

Inside the portal a language is Django's lower-case code (zh-hant); outside it is BCP 47 (zh-Hant).
"""

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
def is_language(tag: str) -> bool:
    """Whether it is a BCP 47 tag of registered parts."""
    if not tag or len(tag) > MAX_TAG or not tag.isascii():
        return False
    try:
        return bool(langcodes.Language.get(tag).is_valid())
    except ValueError:  # LanguageTagError is one
        return False
