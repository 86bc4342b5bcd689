"""One publication as the portal signs it: what was approved, for whom and when, and the digest of each text.

A text proves itself: its SHA-256 stands in the signed document. Nothing of a publication that is not in that
document, or proved by it, is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .audience import Conditions
from .canonical import digest
from .selection import Candidate, Showing
from .signing import BadSignature, Keys, verify

TYP = "portal/publication"
# Keys with this purpose in the JWK set sign publications.
PURPOSE = "documents"


def document(
    content: Mapping[str, Any], *, publication: str, version: str, sha256: str, published_at: str
) -> dict[str, Any]:
    """What is signed, but for `typ` and `key`. `content` is the frozen version; its absent parts are not set.

    `published_at` is RFC 3339 in UTC with microseconds.
    """
    agency = content["agency"]
    return {
        "form": 1,
        "id": publication,
        "campaign": content["campaign"],
        "version": {"id": version, "number": content["number"], "sha256": sha256},
        "published_at": published_at,
        "agency": {"id": agency["id"], "name": agency["name"], "mark": agency.get("mark")},
        "scam_type": content["scam_type"],
        "priority": content["priority"],
        "regions": content["regions"],
        "default_language": content["default_language"],
        "window": content["window"],
        "conditions": content.get("conditions") or {},
        "showing": content.get("showing"),
        "unconfirmed_seconds": content.get("unconfirmed_seconds", 0),
        "texts": {tag: digest(text) for tag, text in content["texts"].items()},
    }


def seconds(moment: str | None) -> float:
    """Unix seconds of an RFC 3339 moment; infinite for none. Raises ValueError without an offset."""
    if moment is None:
        return float("inf")
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        raise ValueError("a moment without an offset")
    return read.timestamp()


def candidate(signed: Mapping[str, Any]) -> Candidate:
    """As selection sees it."""
    showing = signed["showing"]
    return Candidate(
        id=signed["id"],
        campaign=signed["campaign"],
        regions=tuple(signed["regions"]),
        starts=seconds(signed["window"]["starts_at"]),
        ends=seconds(signed["window"]["ends_at"]),
        priority=signed["priority"],
        published=seconds(signed["published_at"]),
        default=signed["default_language"].lower(),
        languages=frozenset(tag.lower() for tag in signed["texts"]),
        unconfirmed=float(signed["unconfirmed_seconds"]),
        conditions=Conditions.of(signed["conditions"]),
        showing=showing and Showing(showing["at_most"], showing["per_days"]),
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """A signed document with its texts, by BCP 47 tag; made by `verified` alone."""

    document: Mapping[str, Any]
    signature: str
    texts: Mapping[str, Mapping[str, Any]]

    @classmethod
    def verified(cls, given: Mapping[str, Any], keys: Keys) -> "Publication":
        """Of {"publication", "signature", "texts"}. Raises BadSignature unless every part of it is proved."""
        try:
            signed, signature, texts = given["publication"], given["signature"], given["texts"]
            verify(signed, signature, typ=TYP, keys=keys)
            wrong = [tag for tag, text in texts.items() if signed["texts"].get(tag) != digest(text)]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, BadSignature):
                raise
            raise BadSignature("not a publication") from None
        if wrong or not texts:
            raise BadSignature(f"not the text that was approved: {', '.join(wrong) or 'none'}")
        return cls(signed, signature, texts)
