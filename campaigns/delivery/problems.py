"""The delivery API's refusals, beside those of the clients' door: one stable code each (RFC 9457)."""

from portal.clients.problems import Problem

UNCONFIRMED = Problem(
    503,
    "unconfirmed",
    "This process cannot confirm that what it holds is still live, so it serves nothing.",
    (("Retry-After", "1"),),
)
NOT_FOUND = Problem(404, "not-found", "This process serves the delivery API alone.")
NO_STREAM = Problem(
    503,
    "no-stream",
    "This process holds no more streams. Ask for the snapshot every few seconds instead.",
    (("Retry-After", "30"),),
)
METHOD = Problem(405, "method-not-allowed", "Ask with GET or HEAD.", (("Allow", "GET, HEAD"),))


def bad_query(detail: str) -> Problem:
    return Problem(400, "bad-query", detail)


def unknown_region(code: str) -> Problem:
    return Problem(422, "unknown-region", f"“{code[:20]}” is not an ISO 3166-1 or 3166-2 code.")


def unknown_language(tag: str) -> Problem:
    return Problem(422, "unknown-language", f"“{tag[:35]}” is not a BCP 47 language tag.")
