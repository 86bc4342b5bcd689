"""What users did, as the portal takes it (POST /events)."""

import re
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import UUID

KINDS = frozenset({"shown", "reviewed", "reconsidered", "proceeded"})
PARTS = frozenset({"tips", "examples", "resource", "question"})
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
# Letters, digits, dash and underscore, with a letter among them: no room for an address or a phone number.
REFERENCE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the events of a warning call it by. Keep it with the withdrawal: the user's next step may come to
    another process, and after a recall.
    """

    campaign: str
    version: str
    language: str


@dataclass(frozen=True, slots=True)
class Event:
    """`reference`: the exchange's pseudonymous name of the withdrawal. `occurred_at`: RFC 3339 with an
    offset.
    """

    id: str
    kind: str
    campaign: str
    version: str
    region: str
    language: str
    reference: str
    occurred_at: str
    part: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for what the portal would refuse: a mistake is best seen where it is made."""
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is none of {', '.join(sorted(KINDS))}")
        if (self.kind == "reviewed") != (self.part in PARTS):
            raise ValueError(
                f"a reviewed event names its part of {', '.join(sorted(PARTS))}; others name none"
            )
        if not REGION.fullmatch(self.region):
            raise ValueError(f"{self.region!r} is not of the form of an ISO 3166 code")
        if not REFERENCE.fullmatch(self.reference):
            raise ValueError("a reference is 8 to 64 letters, digits, dashes or underscores, one a letter")

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorted by time, which the portal's tables like."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))


def moment(seconds: float) -> str:
    """RFC 3339 in UTC of Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
