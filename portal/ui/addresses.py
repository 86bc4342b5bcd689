"""Telephone numbers and web addresses as pages show them: template filters (portal.ui.templatetags.ui)."""

import unicodedata
from urllib.parse import urlsplit, urlunsplit

from django.utils.encoding import iri_to_uri

from portal.kernel.domains import canonical


def phone_digits(phone: str) -> str:
    """What a tel: link holds; # would begin a fragment, so it is written as %23 (RFC 3986)."""
    # Digits of every script are the same keys of the telephone.
    kept = (str(unicodedata.decimal(sign, sign)) for sign in phone if sign.isdecimal() or sign in "+#*")
    return "".join(kept).replace("#", "%23")


def bare_address(url: str) -> str:
    """An address as people say it: without https:// and the last slash."""
    return url.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def spelt_out(url: str) -> str:
    """A web address in which no letter passes for another: its host in A-labels (xn--…), the rest in ASCII.

    For whoever judges an address. Readers of a warning see it as its own people write it.
    """
    try:
        parts = urlsplit(url)
        host = canonical(parts.hostname or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # no domain, or a port that is no number
        return iri_to_uri(url) or ""
    before, at, _ = parts.netloc.rpartition("@")
    return iri_to_uri(urlunsplit(parts._replace(netloc=f"{before}{at}{host}{port}"))) or ""
