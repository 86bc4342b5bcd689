"""What the clients' door answers, as OpenAPI says it: the same words for every operation behind it."""

from collections.abc import Iterable
from typing import Any

SECURED: dict[str, Any] = {"security": [{"ClientKey": []}]}
RATE = {
    "RateLimit-Policy": "The client's limit: q calls in w seconds",
    "RateLimit": "What is left of it (r), and the seconds until there is more (t)",
}
RETRY = {"Retry-After": "Seconds after which the next call may come"}
REALM = {"WWW-Authenticate": "The scheme to sign in with"}
# The door's own refusals, and what each is for. Those before the caller is known say nothing of rates.
REFUSALS = {
    401: ("key-missing, key-unknown, key-expired, key-revoked or client-closed", REALM),
    403: ("network-not-allowed (without the rate's headers) or scope-missing", RATE),
    429: ("rate-limited: this client has used up its calls", RATE | RETRY),
    503: ("unconfirmed: this process cannot tell which keys hold", RETRY),
}


def behind_the_door(statuses: Iterable[int]) -> dict[str, Any]:
    """An operation's `openapi_extra`; `statuses` are those that it answers to whoever was let in.

    The scheme itself comes from the operation's `auth`; one that opens the door by itself adds SECURED.
    """
    responses: dict[int, Any] = {status: {"headers": _headers(RATE)} for status in statuses}
    responses |= {
        status: {"description": description, "headers": _headers(headers)}
        for status, (description, headers) in REFUSALS.items()
    }
    return {"responses": responses}


def _headers(names: dict[str, str]) -> dict[str, Any]:
    return {
        name: {"description": description, "schema": {"type": "string"}}
        for name, description in names.items()
    }
