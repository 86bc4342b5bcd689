"""One sequence of bytes for one content: JSON by RFC 8785, for documents without fractions.

What the portal signs holds strings, whole numbers, booleans and null. For these RFC 8785 is JSON without
blanks and with sorted names, which the standard library writes; only the order of names needs care.
"""

import hashlib
import json
from typing import Any

# Beyond this JSON numbers are not exact everywhere (RFC 7493, section 2.2).
LARGEST = 2**53 - 1


def canonical(document: Any) -> bytes:
    """Raises ValueError for what has no one form: fractions, numbers of over 53 bits, half characters."""
    _judge(document)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def digest(document: Any) -> str:
    """SHA-256 of the canonical JSON, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _judge(document: Any) -> None:
    if isinstance(document, dict):
        for name, value in document.items():
            # RFC 8785 sorts by UTF-16, Python by code points: the same below the surrogates.
            if type(name) is not str or not (name.isascii() or max(name) < "\ud800"):
                raise ValueError("a name that is not in the basic plane")
            _judge(value)
    elif isinstance(document, (list, tuple)):
        for value in document:
            _judge(value)
    elif isinstance(document, float):
        raise ValueError("a fraction")
    elif isinstance(document, int) and abs(document) > LARGEST:
        raise ValueError("a number of over 53 bits")
