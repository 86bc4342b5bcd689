"""Where the web component's files are, and the integrity value of each (W3C Subresource Integrity)."""

import base64
import hashlib
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

FILES = {"script": "component/withdrawal-warning.js", "stylesheet": "css/warning.css"}


def published() -> dict[str, dict[str, str]]:
    return _of(staticfiles_storage)


@lru_cache(maxsize=2)
def _of(storage: Any) -> dict[str, dict[str, str]]:
    """A process serves what was collected before it began: read once for a storage."""
    return {kind: _named(storage, name) for kind, name in FILES.items()}


def _named(storage: Any, name: str) -> dict[str, str]:
    stored = getattr(storage, "stored_name", lambda given: given)(name)
    with storage.open(stored) as file:
        digest = hashlib.sha384(file.read()).digest()
    return {
        "url": settings.BASE_URL + storage.url(name),
        "integrity": f"sha384-{base64.b64encode(digest).decode()}",
    }
