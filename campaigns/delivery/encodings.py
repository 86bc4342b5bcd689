"""Which of the prepared forms of an answer a caller takes (Accept-Encoding, RFC 9110, section 12.5.3)."""

from functools import lru_cache

# The smallest first.
PREPARED = ("br", "gzip")
LONGEST = 200


def accepted(header: str | None) -> str:
    """“identity” where nothing is said, where it cannot be read, and where nothing else is wanted."""
    return _read(header) if header and len(header) <= LONGEST else "identity"


@lru_cache(maxsize=512)
def _read(header: str) -> str:
    wanted: dict[str, bool] = {}
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        given = weight.replace(" ", "").removeprefix("q=")
        wanted[name.strip()] = given.strip("0.") != "" or weight == ""
    for name in PREPARED:
        if wanted.get(name, wanted.get("*", False)):
            return name
    return "identity"
