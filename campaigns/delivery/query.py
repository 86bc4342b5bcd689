"""What a call asks for, read strictly: a typing error must not be mistaken for an answer."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from campaigns.client.audience import AGE_BANDS, ASSET_MAX, UNSAID, Situation
from campaigns.delivery import problems
from portal.clients.problems import Refused
from portal.kernel.languages import is_language
from portal.kernel.regions import is_region

MAX_QUERY = 512
AMOUNT = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?", re.ASCII)
DAYS = re.compile(r"[0-9]{1,6}", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
# As the campaigns' own codes; networks also with a dash or an underscore, for those that we do not know.
ASSET = re.compile(rf"[A-Z0-9]{{1,{ASSET_MAX}}}", re.ASCII)
NETWORK = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,19}", re.ASCII)
# A pseudonymous name of the user: no room for an address, a name or a phone number.
SUBJECT = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{8,64}", re.ASCII)
TRUTH = {"true": True, "false": False}

Asked = tuple[str, str | None, Situation, str | None]


def parameters(query: str) -> Asked:
    """(region, language, what was said of the withdrawal, the subject); raises Refused."""
    # What is said of one user is read anew and kept nowhere; without it there are few queries, asked often.
    return _known(query) if query.count("&") < 2 and "subject" not in query else _read(query)


def regions_of(query: str) -> frozenset[str] | None:
    """What /snapshot is asked for; None for all regions. Raises Refused."""
    named = _values(query, {"regions"}).get("regions")
    return None if named is None else frozenset(_region(each) for each in named.split(","))


def _values(query: str, known: Collection[str]) -> dict[str, str]:
    if len(query) > MAX_QUERY:
        raise Refused(problems.bad_query(f"The query is longer than {MAX_QUERY} characters."))
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=16
        )
    except ValueError:
        raise Refused(problems.bad_query("The query cannot be read as name=value pairs in UTF-8.")) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Refused(problems.bad_query("A parameter is given more than once."))
    if unknown := values.keys() - known:
        raise Refused(problems.bad_query(f"Not a parameter: {', '.join(sorted(unknown))[:80]}."))
    return values


def _region(text: str) -> str:
    # Only ASCII: upper() would make SS of ß.
    code = text.upper() if text.isascii() else ""
    if not is_region(code):
        raise Refused(problems.unknown_region(text))
    return code


def _read(query: str) -> Asked:
    values = _values(query, PARAMETERS)
    region = values.pop("region", "")
    if not region:
        raise Refused(problems.bad_query("The parameter region is missing."))
    code = _region(region)
    language = values.pop("language", None)
    if language is not None and not is_language(language):
        raise Refused(problems.unknown_language(language))
    subject = values.pop("subject", None)
    if subject is not None and not SUBJECT.fullmatch(subject):
        raise Refused(problems.bad_query("subject is 8 to 64 letters, digits, dashes or underscores."))
    return code, language, _situation(values) if values else UNSAID, subject


_known = lru_cache(maxsize=4096)(_read)


def _situation(values: Mapping[str, str]) -> Situation:
    if ("amount" in values) != ("currency" in values):
        raise Refused(problems.bad_query("amount and currency are given together."))
    said = {}
    for name, text in values.items():
        read, form = FACTS[name]
        said[name] = read(text)
        if said[name] is None:
            raise Refused(problems.bad_query(f"{name} is {form}."))
    return Situation(**said)


def _in_form(form: re.Pattern[str], made: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """None for what does not have the form."""
    return lambda text: made(text) if form.fullmatch(text) else None


# What may be said: how it is read, and its form in words.
FACTS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "amount": (_in_form(AMOUNT, Decimal), "a decimal number such as 2500.00"),
    "currency": (_in_form(CURRENCY), "an ISO 4217 code such as HKD"),
    "asset": (_in_form(ASSET), f"a code in capitals such as USDT, of {ASSET_MAX} characters at most"),
    "network": (_in_form(NETWORK), "a code in capitals such as TRON"),
    "new_address": (TRUTH.get, "true or false"),
    "account_age_days": (_in_form(DAYS, int), "a whole number of days"),
    "age_band": (
        lambda text: text if text in AGE_BANDS else None,
        f"one of {', '.join(AGE_BANDS)}",
    ),
}
PARAMETERS = frozenset({"region", "language", "subject", *FACTS})
