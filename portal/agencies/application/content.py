"""What an agency says of itself, as one value: checked field by field, and brought into one spelling."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from portal.agencies.lookalikes import provider
from portal.agencies.roster.invitations.addresses import Unfit, one_spelling
from portal.kernel import domains
from portal.kernel.errors import Invalid, Text
from portal.kernel.languages import NAMES
from portal.kernel.regions import countries, is_region, with_country
from portal.kernel.words import is_blank, unfit, unfit_line
from portal.kernel.zones import is_zone
from portal.models.application import MAX_DOMAINS, NAME_MAX, PERSON_MAX, PURPOSE_MAX

URL_MAX = 200
PHONE_MAX = 40
PHONE = re.compile(r"[0-9 ()/.,;x#*+-]+")
_is_web = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    name: str = ""
    local_name: str = ""
    local_language: str = ""
    country: str = ""
    is_training: bool = False
    regions: Sequence[str] = ()
    languages: Sequence[str] = ()
    time_zone: str = ""
    domains: Sequence[str] = ()
    website: str = ""
    switchboard: str = ""
    switchboard_source: str = ""
    head_name: str = ""
    head_post: str = ""
    supervisor_name: str = ""
    supervisor_email: str = ""
    purpose: str = ""

    def wrong(self, names: Iterable[str]) -> dict[str, list[Text]]:
        """What is wrong with the named fields, in words for whoever applies."""
        found = {name: RULES[name](self) for name in names if name in RULES}
        return {name: texts for name, texts in found.items() if texts}

    def checked(self) -> "Given":
        """The same in one spelling; raises Invalid."""
        if errors := self.wrong(RULES):
            raise Invalid(errors)
        stripped = {name: getattr(self, name).strip() for name in TEXTS}
        # The whole country holds its parts.
        regions = [self.country] if self.country in self.regions else sorted(set(self.regions))
        return replace(
            self,
            **stripped,
            website=_web_spelling(self.website),
            switchboard_source=_web_spelling(self.switchboard_source),
            domains=_judged(self.domains)[0],
            supervisor_email=one_spelling(self.supervisor_email),
            regions=regions,
            languages=list(dict.fromkeys(self.languages)),
        )


TEXTS = ("name", "local_name", "switchboard", "head_name", "head_post", "supervisor_name", "purpose")


def _judged(typed: Sequence[str]) -> tuple[list[str], list[Text]]:
    """The domains in one spelling, each once, in the order given; and what is wrong with them."""
    found: list[str] = []
    wrong: list[Text] = []
    for text in filter(None, map(str.strip, typed)):
        try:
            domain = domains.canonical(text)
        except ValueError:
            words = _("“%(text)s” is not a domain. Write only what stands after the @.")
            wrong.append(words % {"text": text[:60]})
        else:
            if domain not in found:
                found.append(domain)
                wrong += _unfit_domain(domain)
        if len(found) + len(wrong) > MAX_DOMAINS:
            return found, [_("At most %(count)d domains.") % {"count": MAX_DOMAINS}, *wrong[:MAX_DOMAINS]]
    if not found and not wrong:
        wrong.append(_("Name at least one official domain."))
    return found, wrong


def _unfit_domain(domain: str) -> list[Text]:
    shown = {"domain": domains.readable(domain)}
    if domains.is_public_suffix(domain):
        return [_("Many organisations register below %(domain)s. Name the one that is yours.") % shown]
    if provider(domain):
        return [_("Anybody gets a mailbox at %(domain)s. Name a domain of the agency's own.") % shown]
    return []


def _of_domain(given: Given) -> list[Text]:
    """As invitations spell and judge it: whoever confirms is invited at this very address."""
    try:
        email = one_spelling(given.supervisor_email)
    except Unfit as refused:
        return [refused.text]
    if domains.domain_of(email) not in _judged(given.domains)[0]:
        return [_("The address must be at one of the official domains.")]
    return []


def _web_address(typed: str) -> list[Text]:
    text = typed.strip()
    if wrong := unfit_line(text, URL_MAX, missing=_("Give the web address.")):
        return wrong
    try:
        _is_web(text)
        return unfit_line(_web_spelling(text), URL_MAX)
    except (ValidationError, ValueError):
        return [_("This is not a web address. It begins with https:// and names a public site.")]


def _web_spelling(typed: str) -> str:
    """The host as the network knows it (xn--…), so that borrowed letters show; raises ValueError."""
    parts = urlsplit(typed.strip())
    # What stands before an @ is taken for the site by people, and is not the site.
    if parts.username is not None or parts.password is not None:
        raise ValueError("a name before the host")
    port = f":{parts.port}" if parts.port is not None else ""
    return urlunsplit(parts._replace(netloc=domains.canonical(parts.hostname or "") + port))


def _number(typed: str) -> list[Text]:
    text = typed.strip()
    if wrong := unfit_line(text, PHONE_MAX, missing=_("Give the switchboard number.")):
        return wrong
    if PHONE.fullmatch(text) is None or sum(sign.isdigit() for sign in text) < 3:
        return [_("This is not a telephone number.")]
    return []


def _local_name(given: Given) -> list[Text]:
    if given.local_language and is_blank(given.local_name):
        return [_("Give the name in this language, or choose none.")]
    return unfit_line(given.local_name, NAME_MAX)


def _local_language(given: Given) -> list[Text]:
    if not is_blank(given.local_name) and not given.local_language:
        return [_("Say which language that name is in.")]
    if given.local_language and (given.local_language not in NAMES or given.local_language == "en"):
        return [_("Choose from the list.")]
    return []


def _regions(given: Given) -> list[Text]:
    if not given.regions:
        return [_("Choose the whole country or parts of it.")]
    foreign = [
        code for code in given.regions if not is_region(code) or with_country(code)[-1] != given.country
    ]
    return (
        [_("Not a part of the country: %(codes)s.") % {"codes": ", ".join(foreign)[:80]}] if foreign else []
    )


def _languages(given: Given) -> list[Text]:
    known = given.languages and not set(given.languages) - set(NAMES)
    return [] if known else [_("Choose from the list.")]


def _time_zone(given: Given) -> list[Text]:
    return [] if is_zone(given.time_zone) else [_("There is no such time zone.")]


RULES: Mapping[str, Callable[[Given], list[Text]]] = {
    "name": lambda given: unfit_line(given.name, NAME_MAX, missing=_("Give the agency's name.")),
    "local_name": _local_name,
    "local_language": _local_language,
    "country": lambda given: [] if given.country in countries() else [_("Choose the country.")],
    "regions": _regions,
    "languages": _languages,
    "time_zone": _time_zone,
    "domains": lambda given: _judged(given.domains)[1],
    "website": lambda given: _web_address(given.website),
    "switchboard": lambda given: _number(given.switchboard),
    "switchboard_source": lambda given: _web_address(given.switchboard_source),
    "head_name": lambda given: unfit_line(given.head_name, PERSON_MAX, missing=_("Say who heads the unit.")),
    "head_post": lambda given: unfit_line(given.head_post, PERSON_MAX, missing=_("Say which post that is.")),
    "supervisor_name": lambda given: unfit_line(
        given.supervisor_name, PERSON_MAX, missing=_("Say who the first supervisor is.")
    ),
    "supervisor_email": _of_domain,
    "purpose": lambda given: unfit(given.purpose, PURPOSE_MAX, missing=_("Say what you need access for.")),
}
