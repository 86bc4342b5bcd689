"""Which wording a user gets: the same one at every withdrawal, in every process, without asking anybody."""

import hashlib
from collections.abc import Mapping


def share(salt: str, subject: str) -> float:
    """Where a subject stands in [0, 1), evenly spread, by the first 53 bits of SHA-256 of “salt:subject”.

    The salt is the experiment's, so that who is early in one experiment is not so in the next.
    """
    digest = hashlib.sha256(f"{salt}:{subject}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) / 2**53


def assign(salt: str, subject: str, weights: Mapping[str, int]) -> str:
    """The variant of this subject; `weights` in their order, whole numbers of any sum.

    Raises ValueError where nothing has a weight.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("no weights")
    left = share(salt, subject) * total
    for name, weight in weights.items():
        if left < weight:
            return name
        left -= weight
    raise AssertionError("a share is below 1")
