"""Region names in the reader's language, from the CLDR (through Babel); subdivisions in their ISO name."""

from functools import cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

from portal.kernel.regions import region_name

_CLDR = {"zh-hant": "zh_Hant", "zh-hans": "zh_Hans", "pt-br": "pt_BR"}


@cache
def _territories(language: str) -> dict[str, str]:
    try:
        return dict(Locale.parse(_CLDR.get(language, language)).territories)
    except (UnknownLocaleError, ValueError):
        return {}


# The CLDR's own short forms read better on a page than its official ones.
_SHORT = {
    "en": {"HK": "Hong Kong", "MO": "Macao"},
    "zh-hant": {"HK": "香港", "MO": "澳門"},
    "zh-hans": {"HK": "香港", "MO": "澳门"},
}


def region_label(code: str) -> str:
    """“Hong Kong (HK)”."""
    language = get_language() or "en"
    short = _SHORT.get(language, {}).get(code)
    name = short or (_territories(language).get(code) if "-" not in code else None) or region_name(code)
    return f"{name} ({code})"
