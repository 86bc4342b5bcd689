"""One sequence of bytes for one content: JSON by RFC 8785, and its SHA-256."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(content: Any) -> bytes:
    """Raises rfc8785.CanonicalizationError for what JSON cannot carry exactly (NaN, integers ≥ 2**53)."""
    return rfc8785.dumps(content)


def digest(content: Any) -> str:
    """SHA-256 of the canonical JSON, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_json(content)).hexdigest()
