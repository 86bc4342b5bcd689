"""Whether an agency is here already, under this name or another: what a person who vets compares."""

import difflib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _

from portal.agencies.lookalikes import as_seen
from portal.kernel import domains
from portal.models import Agency

SIMILAR = 0.85  # of difflib's ratio: a word more, a letter wrong
MOST = 20


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Duplicate:
    agency: Agency
    reasons: tuple[Reason, ...]


# The heavier one comes first; the same place alone is common, and says so by coming last.
WEIGHTS = {"domain": 8, "related-domain": 4, "switchboard": 4, "name": 4, "place": 1}


def of(agency: Agency) -> list[Duplicate]:
    """Other agencies, whatever their standing, most alike first: a refused one may come again."""
    found = [
        Duplicate(other, reasons)
        for other in Agency.objects.exclude(pk=agency.pk)
        if (reasons := tuple(_reasons(agency, other)))
    ]
    found.sort(key=lambda each: (-sum(WEIGHTS[reason.code] for reason in each.reasons), str(each.agency)))
    return found[:MOST]


def _reasons(agency: Agency, other: Agency) -> Iterator[Reason]:
    shared = sorted(set(agency.domains) & set(other.domains))
    if shared:
        yield Reason("domain", _("The same domain: %(domain)s.") % {"domain": domains.readable(shared[0])})
    elif related := _related(agency.domains, other.domains):
        text = _("A domain of the same owner: %(one)s and %(other)s.")
        one, theirs = map(domains.readable, related)
        yield Reason("related-domain", text % {"one": one, "other": theirs})
    if number_of(agency) and number_of(agency) == number_of(other):
        yield Reason(
            "switchboard", _("The same switchboard number: %(number)s.") % {"number": other.switchboard}
        )
    if alike := _alike(agency, other):
        yield Reason("name", _("A similar name: %(name)s.") % {"name": alike})
    if agency.country == other.country and set(agency.regions) & set(other.regions):
        yield Reason("place", _("The same country and region."))


def _related(ours: list[str], theirs: list[str]) -> tuple[str, str] | None:
    for one in ours:
        for other in theirs:
            if domains.registered(one) and domains.registered(one) == domains.registered(other):
                return one, other
    return None


def number_of(agency: Agency) -> str:
    """The switchboard's digits in the international form; a short number is told apart by its country."""
    try:
        number = phonenumbers.parse(agency.switchboard, agency.country)
    except phonenumbers.NumberParseException:
        digits = "".join(sign for sign in agency.switchboard if sign.isdigit())
        return f"{agency.country}:{digits}" if digits else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _names(agency: Agency) -> list[str]:
    columns = (f"name_{code.replace('-', '_')}" for code in settings.MODELTRANSLATION_LANGUAGES)
    return [name for column in columns if (name := getattr(agency, column))]


def _alike(agency: Agency, other: Agency) -> str:
    """The other's name that is close to one of ours, as it is written there."""
    for ours in _names(agency):
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(_plain(ours))
        for theirs in _names(other):
            matcher.set_seq1(_plain(theirs))
            if matcher.quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR:
                return theirs
    return ""


def _plain(name: str) -> str:
    """Letters and digits as the eye compares them: no case, marks or spaces, and no borrowed letters."""
    return "".join(sign for sign in as_seen(unicodedata.normalize("NFKC", name)) if sign.isalnum())
