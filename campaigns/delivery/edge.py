"""The front of the web and delivery roles: a WSGI callable that answers the hot path before Django.

On a hit it touches no database, no session and no middleware: the key by hash, the rate by arithmetic, the
bytes by lookup.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from time import monotonic, time
from typing import Any

from campaigns.client.audience import UNSAID, Situation
from campaigns.client.selection import Live
from campaigns.delivery import problems
from campaigns.delivery.answers import COMMON, Answer, Form, Header, not_modified
from campaigns.delivery.encodings import LONGEST, accepted
from campaigns.delivery.follow import Follower, Truth, follower
from campaigns.delivery.fragment import fragment_answer
from campaigns.delivery.query import parameters, regions_of
from campaigns.delivery.showings import showings
from campaigns.delivery.snapshot import Question, Ready
from campaigns.delivery.sync import snapshot_answer
from portal.clients.door import admit
from portal.clients.problems import Headers, Problem, Refused
from portal.keyring import jwks
from portal.requestid import HEADER as REQUEST_ID
from portal.requestid import chosen

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Response = tuple[str, list[Header], bytes]

BASE = "/api/v1/campaigns/"
ACTIVE, FRAGMENT, SNAPSHOT, KEYS, STREAM = (
    BASE + name for name in ("active", "fragment", "snapshot", "keys", "stream")
)
SCOPE = "campaigns:read"
# Questions that a snapshot has an answer ready for: a client asks the same ones again and again.
MOST_READY = 1024


class Edge:
    """`streams` answers STREAM, and `behind` every other path; without it this is the delivery role, which
    serves nothing else.
    """

    def __init__(
        self, behind: Wsgi | None, following: Follower = follower, *, streams: Wsgi | None = None
    ) -> None:
        self._behind = behind
        self._streams = streams
        self._following = following

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in ROUTES:
            status, headers, body = self.respond(environ)
        elif path == STREAM and self._streams is not None:
            return self._streams(environ, start_response)
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
        began = monotonic()
        method = environ["REQUEST_METHOD"]
        rate: Headers = ()
        truth: Truth | None = None
        try:
            if method != "GET" and method != "HEAD":
                raise Refused(problems.METHOD)
            path = environ["PATH_INFO"]
            if path == KEYS:
                return _public_keys(environ, method)
            now = time()
            truth = self._following.truth()
            if truth is None:
                raise Refused(problems.UNCONFIRMED)
            snapshot = truth.snapshot
            key, rate = admit(environ, snapshot.keys, SCOPE, now)
            question = (path, environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_ENCODING"))
            ready = snapshot.ready.get(question)
            if ready is None or not ready.live.holds(now, truth.confirmed_at):
                ready = _found(question, truth, now, key.client.id)
            form = ready.form
            if "HTTP_IF_NONE_MATCH" in environ and _matches(environ["HTTP_IF_NONE_MATCH"], ready.answer):
                form = not_modified(form)
            status, headers, body = form.status, [*form.headers, *rate], form.body
        except Refused as refused:
            status, headers, body = refusal(refused.problem, rate or refused.rate)
        if truth is not None:
            headers.append(_age(int(truth.age * 100)))
        headers.append((REQUEST_ID, chosen(environ.get("HTTP_X_REQUEST_ID"))))
        headers.append(_timing(int((monotonic() - began) * 1_000_000)))
        return status, headers, b"" if method == "HEAD" else body

    def _health(self, path: str) -> Response:
        truth = self._following.truth() if path == "/readyz" else None
        if path == "/livez" or (truth is not None and truth.confirmed_at is None):
            return "200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")], b"ok"
        return refusal(problems.UNCONFIRMED)


def _found(question: Question, truth: Truth, now: float, client: str) -> Ready:
    path, query, encodings = question
    if path == SNAPSHOT:
        if truth.confirmed_at is not None:
            raise Refused(problems.UNCONFIRMED)
        answer = snapshot_answer(truth.snapshot, regions_of(query))
        return Ready(NO_END, answer, _accepted(answer, encodings))
    region, language, said, subject = parameters(query)
    live = truth.snapshot.selection.live(region, language, now, truth.confirmed_at)
    if subject is not None:
        said = _seen(live, said, client, subject, now)
    if path == ACTIVE:
        answer = truth.snapshot.answer(region, live, said)
    else:
        answer = fragment_answer(truth.snapshot, live, said)
    if answer.body is None and truth.confirmed_at is not None:
        # That nothing is live cannot be said by whoever could not ask.
        raise Refused(problems.UNCONFIRMED)
    ready = Ready(live, answer, _accepted(answer, encodings))
    if subject is None and said is UNSAID and len(encodings or "") <= LONGEST:
        kept = truth.snapshot.ready
        if len(kept) >= MOST_READY:
            kept.clear()
        kept[question] = ready
    return ready


def _accepted(answer: Answer, encodings: str | None) -> Form:
    return answer.forms[accepted(encodings) if len(answer.forms) > 1 else "identity"]


def _seen(live: Live, said: Situation, client: str, subject: str, now: float) -> Situation:
    rules = {
        each.candidate.campaign: each.candidate.showing for each in live.chosen if each.candidate.showing
    }
    if rules and (seen := showings.enough(client, subject, rules, now)):
        return replace(said, seen_enough=seen)
    return said


ROUTES = frozenset({ACTIVE, FRAGMENT, SNAPSHOT, KEYS})
NO_END = Live((), float("-inf"), float("inf"), None)


# The same few numbers come again and again, and writing one costs more than finding it.
@lru_cache(maxsize=1024)
def _age(hundredths: int) -> Header:
    return "Age-of-truth", f"{hundredths / 100:.2f}"


@lru_cache(maxsize=4096)
def _timing(microseconds: int) -> Header:
    return "Server-Timing", f"answer;dur={microseconds / 1000:.3f}"


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


def _matches(header: str, answer: Answer) -> bool:
    """If-None-Match by weak comparison (RFC 9110, section 13.1.2); any form of the answer will do."""
    if header.strip() == "*":
        return bool(answer.etags)
    return not answer.etags.isdisjoint(part.strip().removeprefix("W/") for part in header.split(","))
