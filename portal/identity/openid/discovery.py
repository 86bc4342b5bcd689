"""Reads a provider's own description (OpenID Connect Discovery 1.0) and refuses one too weak for us."""

from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Invalid

SECONDS = 5.0
MAX_BYTES = 256 * 1024
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


def is_sound_url(url: str) -> bool:
    """https with a host, and nothing that is not part of an issuer; plain http only on a demo's machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    local = settings.MODE != "production" and host in ("localhost", "127.0.0.1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        return False
    return bool(host) and not (parts.query or parts.fragment or parts.username)


def discover(issuer: str) -> dict[str, Any]:
    """The provider's configuration; raises Invalid({"issuer": …}) with what is wrong. Asks the network."""
    if not is_sound_url(issuer):
        raise _refused(_("Give the issuer’s https address, without a query."))
    try:
        answer = httpx.get(
            f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=SECONDS, follow_redirects=False
        )
        answer.raise_for_status()
        if len(answer.content) > MAX_BYTES:
            raise ValueError
        found = answer.json()
    except (httpx.HTTPError, ValueError):
        raise _refused(_("The issuer’s OpenID Connect configuration could not be read there.")) from None
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise _refused(_("The configuration found there names another issuer."))
    if not all(is_sound_url(str(found.get(name, "")).partition("?")[0]) for name in ENDPOINTS):
        raise _refused(_("The configuration lacks an endpoint, or names one without https."))
    if "S256" not in found.get("code_challenge_methods_supported", []):
        raise _refused(_("The provider does not announce PKCE with S256, which the portal requires."))
    return found


def _refused(text: Any) -> Invalid:
    return Invalid({"issuer": [text]})
