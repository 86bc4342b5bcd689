"""Whom people can turn to: numbers that can be dialled, addresses that can be trusted, none run out."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import shortnumberinfo

from campaigns.authoring.guidance.finding import Finding, Looked
from portal.kernel.domains import canonical
from portal.ui.regions import region_label


def findings(looked: Looked) -> Iterator[Finding]:
    resources = looked.text.resources
    if not resources:
        yield _found(
            True,
            _("Add at least one resource: people need somebody to ask."),
            _("Give the official hotline or the page where a scam is checked or reported."),
        )
    elif not any(resource.get("phone") for resource in resources):
        yield _found(
            False,
            _("No resource has a phone number. A hotline is used most."),
            _("Add the number of the national or regional hotline."),
        )
    for resource in resources:
        if phone := resource.get("phone", "").strip():
            yield from _phone(phone, looked)
        for field, row in (("resources", resource),):
            if url := row.get("url", "").strip():
                yield from address(url, field)
        yield from _validity(resource, looked)
    for source in looked.text.sources:
        if url := source.get("url", "").strip():
            yield from address(url, "sources")


def _found(blocks: bool, message: object, mend: object, field: str = "resources") -> Finding:
    return Finding(blocks, field, "", message, mend)  # type: ignore[arg-type]


def _phone(phone: str, looked: Looked) -> Iterator[Finding]:
    """Read as dialled in each of the regions; emergency and other short numbers are numbers too."""
    parsed = []
    for country in looked.countries:
        try:
            number = phonenumbers.parse(phone, country)
        except phonenumbers.NumberParseException:
            continue
        # The link dials every digit in one: with letters or an extension it would reach somebody else.
        if not number.extension and not any(sign.isalpha() or sign in ",;" for sign in phone):
            parsed.append((number, country))
    if not parsed:
        yield _found(
            True,
            _("“%(phone)s” is not a telephone number.") % {"phone": phone},
            _("Write it as people dial it, digits and blanks only."),
        )
    elif not any(_can_be_dialled(number, country) for number, country in parsed):
        yield _found(
            False,
            _("“%(phone)s” is not known as a number of %(regions)s.")
            % {"phone": phone, "regions": ", ".join(map(region_label, looked.countries))},
            _("Dial it once more before you submit; with the country code if it is abroad."),
        )


def _can_be_dialled(number: phonenumbers.PhoneNumber, country: str) -> bool:
    return (
        phonenumbers.is_valid_number(number)
        or shortnumberinfo.is_possible_short_number_for_region(number, country)
        or shortnumberinfo.is_emergency_number(str(number.national_number), country)
    )


def address(url: str, field: str) -> Iterator[Finding]:
    if not url.startswith("https://"):
        yield _found(
            True,
            _("%(url)s is not https.") % {"url": url},
            _("Give the address that begins with https://."),
            field,
        )
        return
    try:
        parts = urlsplit(url)
        host = canonical(parts.hostname or "")
    except ValueError:
        host = ""
    if not host or parts.username or parts.password or _is_number(host):
        yield _found(
            True,
            _("%(url)s is not the address of a site.") % {"url": url},
            _("Copy it from the address bar of the official site."),
            field,
        )
    elif "xn--" in host:
        yield _found(
            False,
            _("Spelt out, the address is %(host)s: a letter of another script can pass for one of ours.")
            % {"host": host},
            _("Make sure that it is the official site."),
            field,
        )


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _validity(resource: dict, looked: Looked) -> Iterator[Finding]:
    until = resource.get("valid_until")
    if until is None:
        return
    if until < looked.now.date():
        yield _found(
            True,
            _("A resource has expired on %(date)s.") % {"date": until.isoformat()},
            _("Replace it, or give the day until which it is valid now."),
        )
    elif looked.ends_at is None or until < looked.ends_at.date():
        yield _found(
            False,
            _("A resource expires on %(date)s, before the warning ends.") % {"date": until.isoformat()},
            _("End the warning earlier, or plan a next version."),
        )
