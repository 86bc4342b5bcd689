"""The door's refusals: one stable code each, as RFC 9457 problem documents."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Problem:
    status: int
    code: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def status_line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    @cached_property
    def body(self) -> bytes:
        return json.dumps(
            {
                "type": f"urn:portal:problem:{self.code}",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "code": self.code,
                "detail": self.detail,
            },
            ensure_ascii=False,
        ).encode()


class Refused(Exception):
    """Raised anew each time: an exception that is raised twice drags its old frames along.

    `rate` are the rate limit's headers, where the caller is known.
    """

    def __init__(self, problem: Problem, rate: Headers = ()) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.rate = rate


_ASK = (("WWW-Authenticate", 'Bearer realm="portal"'),)
_RENEW = (("WWW-Authenticate", 'Bearer realm="portal", error="invalid_token"'),)

KEY_MISSING = Problem(401, "key-missing", "Send the client's key as “Authorization: Bearer …”.", _ASK)
KEY_UNKNOWN = Problem(401, "key-unknown", "No client has this key.", _RENEW)
KEY_EXPIRED = Problem(401, "key-expired", "This key has expired. Ask the exchange for a new one.", _RENEW)
KEY_REVOKED = Problem(401, "key-revoked", "This key was revoked. Ask the exchange for a new one.", _RENEW)
CLIENT_CLOSED = Problem(401, "client-closed", "This client was closed, and every key of it.", _RENEW)
NETWORK_NOT_ALLOWED = Problem(
    403, "network-not-allowed", "This key is not to be used from the network that the call came from."
)


def scope_missing(scope: str) -> Problem:
    return Problem(403, "scope-missing", f"This key does not carry the scope {scope}.")


def rate_limited(seconds: int) -> Problem:
    return Problem(
        429,
        "rate-limited",
        f"This client has used up its calls. Try again in {seconds} s.",
        (("Retry-After", str(seconds)),),
    )
