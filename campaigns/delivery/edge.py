"""The front of the web and delivery roles: a WSGI callable that answers the hot path before Django.

On a hit it touches no database, no session and no middleware: the key by hash, the rate by arithmetic, the
bytes by lookup.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from campaigns.client.audience import Situation
from campaigns.delivery import problems
from campaigns.delivery.encodings import accepted
from campaigns.delivery.follow import Follower, Truth, follower
from campaigns.delivery.fragment import fragment_answer
from campaigns.delivery.query import parameters, regions_of
from campaigns.delivery.showings import showings
from campaigns.delivery.snapshot import Answer
from campaigns.delivery.sync import snapshot_answer
from portal.clients.door import admit
from portal.clients.problems import Headers, Problem, Refused
from portal.keyring import jwks
from portal.requestid import HEADER as REQUEST_ID
from portal.requestid import chosen

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Header = tuple[str, str]
Response = tuple[str, list[Header], bytes]

BASE = "/api/v1/campaigns/"
ACTIVE, FRAGMENT, SNAPSHOT, KEYS = (BASE + name for name in ("active", "fragment", "snapshot", "keys"))
SCOPE = "campaigns:read"
COMMON: list[Header] = [
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization, Accept-Encoding"),
    ("X-Content-Type-Options", "nosniff"),
]


class Edge:
    """`behind` answers every other path; without it this is the delivery role, which serves nothing else."""

    def __init__(self, behind: Wsgi | None, following: Follower = follower) -> None:
        self._behind = behind
        self._following = following

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in ROUTES:
            status, headers, body = self.respond(environ)
        elif self._behind is not None:
            return self._behind(environ, start_response)
        elif path in ("/livez", "/readyz"):
            status, headers, body = self._health(path)
        else:
            status, headers, body = refusal(problems.NOT_FOUND)
        start_response(status, headers)
        # A list of one is sent in one piece; granian steps through any other iterable.
        return [body]

    def respond(self, environ: Environ) -> Response:
        """The status line, headers and body for one request of the hot path."""
        began = time.perf_counter()
        method = environ["REQUEST_METHOD"]
        rate: Headers = ()
        truth: Truth | None = None
        try:
            if method not in ("GET", "HEAD"):
                raise Refused(problems.METHOD)
            answer_to = ROUTES[environ["PATH_INFO"]]
            if answer_to is None:
                return _public_keys(environ, method)
            now = time.time()
            truth = self._following.truth()
            if truth is None:
                raise Refused(problems.UNCONFIRMED)
            key, rate = admit(environ, truth.snapshot.keys, SCOPE, now)
            status, headers, body = _sent(environ, answer_to(environ, truth, now, key.client.id))
        except Refused as refused:
            rate = rate or refused.rate
            status, headers, body = refusal(refused.problem)
        headers += rate
        if truth is not None:
            headers.append(("Age-of-truth", f"{truth.age:.2f}"))
        headers.append((REQUEST_ID, chosen(environ.get("HTTP_X_REQUEST_ID"))))
        headers.append(("Server-Timing", f"answer;dur={(time.perf_counter() - began) * 1000:.3f}"))
        return status, headers, b"" if method == "HEAD" else body

    def _health(self, path: str) -> Response:
        truth = self._following.truth() if path == "/readyz" else None
        if path == "/livez" or (truth is not None and truth.confirmed_at is None):
            return "200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")], b"ok"
        return refusal(problems.UNCONFIRMED)


def _active(environ: Environ, truth: Truth, now: float, client: str) -> Answer:
    region, language, said = _asked(environ, truth, now, client)
    return _known(truth.snapshot.answer(region, language, now, said, truth.confirmed_at), truth)


def _fragment(environ: Environ, truth: Truth, now: float, client: str) -> Answer:
    region, language, said = _asked(environ, truth, now, client)
    return _known(fragment_answer(truth.snapshot, region, language, now, said, truth.confirmed_at), truth)


def _asked(environ: Environ, truth: Truth, now: float, client: str) -> tuple[str, str | None, Situation]:
    region, language, said, subject = parameters(environ.get("QUERY_STRING", ""))
    if subject is not None:
        live = truth.snapshot.selection.live(region, language, now, truth.confirmed_at)
        rules = {
            each.candidate.campaign: each.candidate.showing for each in live.chosen if each.candidate.showing
        }
        if rules and (seen := showings.enough(client, subject, rules, now)):
            said = replace(said, seen_enough=seen)
    return region, language, said


def _known(answer: Answer, truth: Truth) -> Answer:
    if answer.body is None and truth.confirmed_at is not None:
        # That nothing is live cannot be said by whoever could not ask.
        raise Refused(problems.UNCONFIRMED)
    return answer


def _snapshot(environ: Environ, truth: Truth, now: float, client: str) -> Answer:
    if truth.confirmed_at is not None:
        raise Refused(problems.UNCONFIRMED)
    return snapshot_answer(truth.snapshot, regions_of(environ.get("QUERY_STRING", "")))


# None: what is the same for everyone and asks for no key.
ROUTES: dict[str, Callable[[Environ, Truth, float, str], Answer] | None] = {
    ACTIVE: _active,
    FRAGMENT: _fragment,
    SNAPSHOT: _snapshot,
    KEYS: None,
}


def _sent(environ: Environ, answer: Answer) -> Response:
    """The form that the caller accepts, unless it has the answer already."""
    if answer.body is None:
        return "204 No Content", [*COMMON], b""
    encoding = accepted(environ.get("HTTP_ACCEPT_ENCODING")) if len(answer.forms) > 1 else "identity"
    body, length, etag = answer.forms[encoding]
    if _matches(environ.get("HTTP_IF_NONE_MATCH"), answer):
        return "304 Not Modified", [*COMMON, ("ETag", etag)], b""
    headers = [
        *COMMON,
        ("Content-Type", answer.content_type),
        ("ETag", etag),
        ("Content-Length", length),
    ]
    if encoding != "identity":
        headers.append(("Content-Encoding", encoding))
    return "200 OK", headers, body


def _public_keys(environ: Environ, method: str) -> Response:
    body = _keys()
    headers = [
        ("Cache-Control", "public, max-age=300"),
        ("X-Content-Type-Options", "nosniff"),
        (REQUEST_ID, chosen(environ.get("HTTP_X_REQUEST_ID"))),
        ("Content-Type", "application/jwk-set+json"),
        ("Content-Length", str(len(body))),
    ]
    return "200 OK", headers, b"" if method == "HEAD" else body


@lru_cache(maxsize=1)
def _keys() -> bytes:
    return json.dumps(jwks()).encode()


def refusal(problem: Problem, rate: Headers = ()) -> Response:
    headers = [
        *COMMON,
        *rate,
        *problem.headers,
        ("Content-Type", "application/problem+json; charset=utf-8"),
        ("Content-Length", str(len(problem.body))),
    ]
    return problem.status_line, headers, problem.body


def _matches(header: str | None, answer: Answer) -> bool:
    """If-None-Match by weak comparison (RFC 9110, section 13.1.2); any form of the answer will do."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    given = {part.strip().removeprefix("W/") for part in header.split(",")}
    return any(etag in given for _, _, etag in answer.forms.values())
