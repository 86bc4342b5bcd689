"""The front of the web and delivery roles: a WSGI callable that answers the hot path before Django.

On a hit it touches no database, no session and no middleware: the key by hash, the rate by arithmetic, the
bytes by lookup.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from campaigns.delivery import problems
from campaigns.delivery.follow import Follower, follower
from campaigns.delivery.query import parameters
from campaigns.delivery.snapshot import Snapshot
from portal.clients.door import admit
from portal.clients.problems import Headers, Problem, Refused

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

PATH = "/api/v1/campaigns/active"
SCOPE = "campaigns:read"
COMMON = [
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization"),
    ("X-Content-Type-Options", "nosniff"),
]
Response = tuple[str, list[tuple[str, str]], bytes]


class Edge:
    """`behind` answers every other path; without it this is the delivery role, which serves nothing else."""

    def __init__(self, behind: Wsgi | None, following: Follower = follower) -> None:
        self._behind = behind
        self._following = following

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == PATH:
            status, headers, body = self.respond(environ)
        elif self._behind is not None:
            return self._behind(environ, start_response)
        elif path in ("/livez", "/readyz"):
            confirmed = path == "/livez" or self._following.snapshot() is not None
            status, headers, body = ("200 OK", [], b"ok") if confirmed else refusal(problems.UNCONFIRMED)
        else:
            status, headers, body = refusal(problems.NOT_FOUND)
        start_response(status, headers)
        # A list of one is sent in one piece; granian steps through any other iterable.
        return [body]

    def respond(self, environ: Environ) -> Response:
        """The status line, headers and body for one request of the hot path."""
        method = environ["REQUEST_METHOD"]
        rate: Headers = ()
        try:
            if method not in ("GET", "HEAD"):
                raise Refused(problems.METHOD)
            now = time.time()
            snapshot = self._following.snapshot()
            if snapshot is None:
                raise Refused(problems.UNCONFIRMED)
            _, rate = admit(environ, snapshot.keys, SCOPE, now)
            status, headers, body = _answer(environ, snapshot, now, rate)
        except Refused as refused:
            status, headers, body = refusal(refused.problem, rate or refused.rate)
        return status, headers, b"" if method == "HEAD" else body


def _answer(environ: Environ, snapshot: Snapshot, now: float, rate: Headers) -> Response:
    region, language, said = parameters(environ.get("QUERY_STRING", ""))
    try:
        answer = snapshot.answer(region, language, now, said)
    except ValueError:
        raise Refused(problems.unknown_language(language or "")) from None
    if answer.body is None:
        return "204 No Content", [*COMMON, *rate], b""
    if _matches(environ.get("HTTP_IF_NONE_MATCH"), answer.etag):
        return "304 Not Modified", [*COMMON, *rate, ("ETag", answer.etag)], b""
    headers = [
        *COMMON,
        *rate,
        ("ETag", answer.etag),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", answer.length),
    ]
    return "200 OK", headers, answer.body


def refusal(problem: Problem, rate: Headers = ()) -> Response:
    headers = [
        *COMMON,
        *rate,
        *problem.headers,
        ("Content-Type", "application/problem+json; charset=utf-8"),
        ("Content-Length", str(len(problem.body))),
    ]
    return problem.status_line, headers, problem.body


def _matches(header: str | None, etag: str) -> bool:
    """If-None-Match by weak comparison (RFC 9110, section 13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in header.split(","))
