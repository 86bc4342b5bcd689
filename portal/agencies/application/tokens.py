"""The mailed link's token: random, single-use, and kept as its SHA-256 only."""

import hashlib
import re
import secrets

from portal.models import AgencyApplication

SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def renew(application: AgencyApplication) -> str:
    """A new token for a row that the caller holds under lock; the one before opens nothing any more."""
    token = secrets.token_urlsafe(32)
    application.token_sha256 = digest_of(token)
    application.save(update_fields=["token_sha256"])
    return token
