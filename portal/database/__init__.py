"""Turns DATABASE_URL into Django's settings. PostgreSQL only: its triggers, locks and policies carry rules.

It is Django's engine too (base.py), whose sessions keep to the scope of whoever acts.
"""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def settings_from_url(url: str) -> dict[str, Any]:
    """Read postgresql://user:password@host:port/name; ?host=/directory names a unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql:// (no other engine is supported)."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "portal.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(options.pop("port", parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 5, **options},
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
