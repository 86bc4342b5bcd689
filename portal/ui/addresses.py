"""Web addresses as pages show them: template filters (portal.ui.templatetags.ui)."""

from urllib.parse import urlsplit, urlunsplit

from django.utils.encoding import iri_to_uri

from portal.kernel.domains import canonical


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
