"""The delivery API's refusals: one stable code each, as RFC 9457 problem documents."""

import json
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus


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
    """Raised anew each time: an exception that is raised twice drags its old frames along."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


_ASK = (("WWW-Authenticate", 'Bearer realm="portal"'),)

KEY_MISSING = Problem(401, "key-missing", "Send the client's key as “Authorization: Bearer …”.", _ASK)
KEY_UNKNOWN = Problem(401, "key-unknown", "No client has this key.", _ASK)
KEY_EXPIRED = Problem(401, "key-expired", "This key has expired. Ask the exchange for a new one.", _ASK)
KEY_REVOKED = Problem(401, "key-revoked", "This key was revoked. Ask the exchange for a new one.", _ASK)
UNCONFIRMED = Problem(
    503,
    "unconfirmed",
    "This process cannot confirm that what it holds is still live, so it serves nothing.",
    (("Retry-After", "1"),),
)
NOT_FOUND = Problem(404, "not-found", "This process serves the delivery API alone.")
METHOD = Problem(405, "method-not-allowed", "Ask with GET or HEAD.", (("Allow", "GET, HEAD"),))


def scope_missing(scope: str) -> Problem:
    return Problem(403, "scope-missing", f"This key does not carry the scope {scope}.")


def bad_query(detail: str) -> Problem:
    return Problem(400, "bad-query", detail)


def unknown_region(code: str) -> Problem:
    return Problem(422, "unknown-region", f"“{code[:20]}” is not an ISO 3166-1 or 3166-2 code.")


def unknown_language(tag: str) -> Problem:
    return Problem(422, "unknown-language", f"“{tag[:35]}” is not a BCP 47 language tag.")
