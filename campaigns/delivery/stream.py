"""Server-sent events: a client that holds a snapshot learns at once that there is a newer revision.

An event says no more than the number; what changed is fetched from /snapshot. Two faces of one feed: for
WSGI, a few streams beside the pages of the web role; for ASGI, as many as a host has clients, in a process of
their own.
"""

import asyncio
import json
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from campaigns.delivery import problems
from campaigns.delivery.edge import SCOPE, STREAM, Edge, refusal
from campaigns.delivery.follow import Follower, follower
from portal.clients.door import admit, judge_again
from portal.clients.problems import Refused
from portal.requestid import HEADER as REQUEST_ID
from portal.requestid import chosen

# Three of these without a word, and the client takes the connection for dead.
HEARTBEAT_SECONDS = 5.0
# A stream ends by itself after so long, each at another moment: callers spread anew over what serves.
LONGEST_SECONDS = (600.0, 900.0)
HEADERS = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    # A proxy that collects before it sends would hold a recall back.
    ("X-Accel-Buffering", "no"),
]

Environ = Mapping[str, Any]


class Feed:
    """One caller's events, as bytes; it knows no server. Raises Refused at the beginning."""

    def __init__(self, environ: Environ, following: Follower) -> None:
        if environ["REQUEST_METHOD"] != "GET":
            raise Refused(problems.METHOD)
        truth = following.truth()
        if truth is None:
            raise Refused(problems.UNCONFIRMED)
        _, self.rate = admit(environ, truth.snapshot.keys, SCOPE, time.time())
        self._environ = environ
        self._following = following
        self._told: int | None = None
        self._until = time.monotonic() + random.uniform(*LONGEST_SECONDS)  # noqa: S311 - no secret
        self.headers = [
            *HEADERS, *self.rate, (REQUEST_ID, chosen(environ.get("HTTP_X_REQUEST_ID"))),
        ]  # fmt: skip

    def next(self) -> bytes | None:
        """What to send now: a new revision, else a heartbeat; None when the stream is over.

        Whoever would not be let in any more is sent away, and so is everybody once the stream has lasted
        long.
        """
        truth = self._following.truth()
        if truth is None or time.monotonic() > self._until:
            return None
        try:
            judge_again(self._environ, truth.snapshot.keys, SCOPE, time.time())
        except Refused:
            return None
        revision = truth.snapshot.revision
        kind = "heartbeat" if revision == self._told else "revision"
        if truth.confirmed_at is not None:
            kind = "unconfirmed"
        else:
            self._told = revision
        said = json.dumps({"revision": revision, "age": round(truth.age, 2)})
        return f"event: {kind}\nid: {revision}\ndata: {said}\n\n".encode()


class _Frames:
    """A WSGI answer that goes on: each step waits for a change, or for the next heartbeat."""

    def __init__(self, feed: Feed, following: Follower, over: Callable[[], None]) -> None:
        self._feed, self._following, self._over = feed, following, over
        self._changed = threading.Event()
        self._changed.set()
        following.subscribe(self._changed.set)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._changed.wait(HEARTBEAT_SECONDS)
        self._changed.clear()
        frame = self._feed.next()
        if frame is None:
            self.close()
            raise StopIteration
        return frame

    def close(self) -> None:
        self._following.unsubscribe(self._changed.set)
        over, self._over = self._over, lambda: None
        over()


class Streams:
    """Beside the edge: at most so many streams at once in this process, for each holds a thread."""

    def __init__(self, most: int, following: Follower = follower) -> None:
        self._following = following
        self._free = threading.Semaphore(most)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        try:
            feed = Feed(environ, self._following)
            if not self._free.acquire(blocking=False):
                raise Refused(problems.NO_STREAM, feed.rate)
        except Refused as refused:
            status, headers, body = refusal(refused.problem, refused.rate)
            start_response(status, headers)
            return [body]
        start_response("200 OK", feed.headers)
        return _Frames(feed, self._following, self._free.release)


Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class AsyncStreams:
    """The stream role, as ASGI: streams without end, and whatever else the edge answers, each in a thread."""

    def __init__(self, edge: Edge, following: Follower = follower) -> None:
        self._edge, self._following = edge, following

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        environ = environ_of(scope)
        if environ["PATH_INFO"] == STREAM:
            await self._stream(environ, receive, send)
        else:
            # A whole snapshot takes a while to compose; meanwhile the streams go on.
            await _send(send, *await asyncio.to_thread(self._answer, environ))

    def _answer(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        begun: list[Any] = []
        body = b"".join(self._edge(environ, lambda *given: begun.extend(given)))
        return begun[0], begun[1], body

    async def _stream(self, environ: Environ, receive: Receive, send: Send) -> None:
        try:
            feed = await asyncio.to_thread(Feed, environ, self._following)
        except Refused as refused:
            await _send(send, *refusal(refused.problem, refused.rate))
            return
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(changed.set)

        self._following.subscribe(wake)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await _begin(send, 200, feed.headers)
            while not gone.done() and (frame := feed.next()) is not None:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait(
                    {waiting, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                waiting.cancel()
                changed.clear()
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._following.unsubscribe(wake)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    written = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": written})


async def _send(send: Send, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
    await _begin(send, int(status[:3]), headers)
    await send({"type": "http.response.body", "body": body})


def environ_of(scope: Scope) -> dict[str, Any]:
    """An ASGI scope as the edge reads it. Of a header that comes twice all values count."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": scope["path"],
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
    }
    for name, value in scope["headers"]:
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
