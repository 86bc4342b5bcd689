"""Numbers that ask to be believed: each needs a source, and a source grows old."""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.guidance.finding import Finding, Looked
from campaigns.authoring.text import WorkingText

# Yearly statistics come out some months after their year: what is older than this has a successor.
STALE = timedelta(days=550)
# A percentage, an amount of money, or a count of three digits and more. Hours and emergency numbers are none.
# No run is longer than any figure: the time to look through a text grows with its length alone.
FIGURE = re.compile(
    r"\d[\d.,  ]{0,20}\s?(?:%|٪|％|per\s?cent|procent|Prozent|pour\s?cent|por\s?cent)"
    r"|[$€£¥₹]\s?\d[\d.,]*|\d[\d.,]{0,20}\s?[€£¥₹]"
    r"|\d[\d.,  ]{0,20}\s?(?:million|billion|miljon|miljard|Million|Milliard|milh|bilh|juta|مليون)"
    r"|\d[\d.,  ]{0,20}\s?(?:万|萬|億|亿|करोड़|लाख)"
    r"|(?<![\d.])\d{1,3}(?:[.,  ]\d{3}){1,6}(?!\d)|(?<![\d.])\d{4,}(?!\d)"
)


def findings(looked: Looked) -> Iterator[Finding]:
    text, today = looked.text, looked.now.date()
    figures = _figures(text, looked)
    if figures and not text.sources:
        yield Finding(
            False,
            "sources",
            "",
            _("A figure without its source: %(figures)s.") % {"figures": ", ".join(figures[:3])},
            _("Add where it comes from, and of which day it is."),
        )
    for source in text.sources:
        as_of = source.get("as_of")
        if as_of is None:
            yield Finding(
                False, "sources", "", _("A source has no date."), _("Give the day its figures are of.")
            )
        elif as_of > today:
            yield Finding(
                True, "sources", "", _("A source’s figures are of a day to come."), _("Correct the date.")
            )
        elif today - as_of > STALE:
            yield Finding(
                False,
                "sources",
                "",
                _("Figures of %(date)s are old by now.") % {"date": as_of.isoformat()},
                _("Look for the newest ones, or leave the figure out."),
            )


def _figures(text: WorkingText, looked: Looked) -> list[str]:
    """Of the first language that has any; telephone numbers of the resources are not figures."""
    phones = {_digits(resource.get("phone", "")) for resource in text.resources}
    for language in looked.languages:
        words = " ".join(
            value for key, value in text.units(language) if not key.startswith(("resources", "sources"))
        )
        found = [match.group().strip() for match in FIGURE.finditer(words)]
        if kept := [each for each in found if _digits(each) not in phones]:
            return list(dict.fromkeys(kept))
    return []


def _digits(value: str) -> str:
    return "".join(sign for sign in value if sign.isdigit())
