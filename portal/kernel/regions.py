"""ISO 3166 region codes: HK, or a subdivision such as US-CA, which inherits from its country.

The lists are pycountry's, read once into two sets of strings so that a lookup costs nothing.
"""

from functools import cache

import pycountry


@cache
def countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def subdivisions() -> frozenset[str]:
    return frozenset(subdivision.code for subdivision in pycountry.subdivisions)


def is_region(code: str) -> bool:
    return code in countries() or code in subdivisions()


@cache
def subdivisions_of(country: str) -> tuple[str, ...]:
    """Its ISO 3166-2 codes in order; () for a code that is a subdivision itself."""
    return tuple(sorted(each.code for each in pycountry.subdivisions.get(country_code=country) or ()))


def with_country(code: str) -> tuple[str, ...]:
    """The region and, for a subdivision, its country: ("US-CA", "US")."""
    country, dash, _rest = code.partition("-")
    return (code, country) if dash else (code,)


@cache
def region_name(code: str) -> str:
    """The English name; pages show the Region row's own, which is translated."""
    if "-" in code:
        subdivision = pycountry.subdivisions.get(code=code)
        return subdivision.name if subdivision else code
    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return code
    return getattr(country, "common_name", country.name)
