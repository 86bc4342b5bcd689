"""A portal that does what a test tells it to, good or bad, over real sockets and with real signatures."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from wsgiref.handlers import format_date_time

from campaigns.client.canonical import canonical, digest
from campaigns.client.publication import TYP, document
from campaigns.client.snapshot import TYP as SNAPSHOT_TYP
from portal.embedded.environment import signing_key
from portal.kernel.signing import Keyring

BASE = "/api/v1/campaigns/"


def content(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A frozen version as small as one may be."""
    given = {
        "campaign": f"00000000-0000-7000-8000-{number:012d}", "number": 1, "scam_type": "investment",
        "agency": {"id": "a", "name": {"en": "Police", "zh-Hant": "警隊"}, "mark": None}, "priority": 50,
        "regions": ["HK"], "default_language": "zh-Hant", "conditions": {}, "showing": None,
        "window": {"starts_at": "2020-01-01T00:00:00Z", "ends_at": None, "time_zone": "UTC"},
        "unconfirmed_seconds": 3600,
        "texts": {"en": {"headline": f"Stop {number}"}, "zh-Hant": {"headline": f"請停 {number}"}},
    }  # fmt: skip
    return {**given, **changes}


class Feigned:
    """`url`, `key`; what it serves is changed by attributes, what it does by `behave`."""

    key = "lepp_000000000000_" + "k" * 43

    def __init__(self) -> None:
        self.documents, self.snapshots = Keyring([signing_key()]), Keyring([signing_key()])
        self.named_documents: list[Keyring] | None = None  # in /keys, if not just the one that signs
        self.revision = 10
        self.regions: list[str] | None = None
        self.contents: list[dict[str, Any]] = [content()]
        self.clock_off = 0.0
        self.asked: list[tuple[float, str]] = []
        self.events: list[dict[str, Any]] = []
        self.behave: Callable[[str, BaseHTTPRequestHandler], bool] = lambda path, handler: False
        self.spoil: Callable[[dict[str, Any]], None] = lambda body: None
        self.heartbeat = 0.05
        self.is_cut = False  # every stream ends
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.is_cut = True
        self.server.shutdown()
        self.server.server_close()

    def count(self, path: str) -> int:
        return sum(each == path for _, each in self.asked)

    def jwks(self) -> dict[str, Any]:
        rings = [("documents", each) for each in self.named_documents or [self.documents]]
        keys = [
            {**key, "purpose": purpose}
            for purpose, ring in [*rings, ("snapshots", self.snapshots)]
            for key in ring.jwks()["keys"]
        ]
        return {"keys": keys}

    def body(self) -> dict[str, Any]:
        """Of /snapshot, signed; then spoiled, if the test says so."""
        publications = []
        for number, each in enumerate(self.contents):
            signed, signature = self.documents.sign(
                TYP,
                document(
                    each, publication=f"p{number}", version=f"v{number}", sha256=digest(each),
                    published_at="2026-01-01T00:00:00.000000Z",
                ),
            )  # fmt: skip
            publications.append({"publication": signed, "signature": signature, "texts": each["texts"]})
        named = [
            {"publication": each["publication"]["id"], "sha256": digest(each["publication"]), "until": None}
            for each in publications
        ]
        manifest, signature = self.snapshots.sign(
            SNAPSHOT_TYP,
            {"form": 1, "revision": self.revision, "regions": self.regions, "publications": named},
        )
        body = {"snapshot": manifest, "signature": signature, "publications": publications}
        body = deepcopy(body)
        self.spoil(body)
        return body

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        feigned = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *said: Any) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_date_time(time.time() + feigned.clock_off)

            def do_GET(self) -> None:
                with suppress(OSError):
                    feigned.answer(self, self.path.partition("?")[0].removeprefix(BASE))

            def do_POST(self) -> None:
                with suppress(OSError):
                    length = int(self.headers.get("Content-Length") or 0)
                    given = json.loads(self.rfile.read(length) or b"{}")
                    feigned.take(self, self.path.removeprefix(BASE), given)

        return Handler

    def send(self, handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    def answer(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        self.asked.append((time.monotonic(), path))
        if self.behave(path, handler):
            return
        if path == "keys":
            self.send(handler, 200, json.dumps(self.jwks()).encode())
        elif path == "snapshot":
            body = json.dumps(self.body()).encode()
            etag = f'"{digest(canonical(self.revision).decode())[:16]}"'
            if handler.headers.get("If-None-Match") == etag:
                self.send(handler, 304, b"", ETag=etag)
            else:
                self.send(handler, 200, body, ETag=etag)
        elif path == "stream":
            self._stream(handler)
        else:
            self.send(handler, 404, b"{}")

    def _stream(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        told = None
        while not self.is_cut:
            kind = "heartbeat" if told == self.revision else "revision"
            told = self.revision
            handler.wfile.write(f'event: {kind}\ndata: {{"revision": {told}}}\n\n'.encode())
            handler.wfile.flush()
            time.sleep(self.heartbeat)

    def take(self, handler: BaseHTTPRequestHandler, path: str, given: dict[str, Any]) -> None:
        self.asked.append((time.monotonic(), path))
        if self.behave(path, handler):
            return
        if path == "events":
            self.events += given["events"]
            receipt = {"accepted": len(given["events"]), "repeated": 0, "refused": []}
            self.send(handler, 200, json.dumps(receipt).encode())
        else:
            self.send(handler, 200, b'{"at": "2026-01-01T00:00:00Z"}')


def no_stream(path: str, handler: BaseHTTPRequestHandler) -> bool:
    """A `behave` of a portal without streams."""
    if path == "stream":
        handler.send_response(404)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return path == "stream"


def headlines(client: Any) -> list[str]:
    return [each.text["headline"] for each in client.warnings("HK", "en")]


def started(client_of: Any, feigned: Feigned, **options: Any) -> Any:
    client = client_of(feigned, **options)
    client.start(wait=5)
    assert headlines(client) == ["Stop 1"]
    return client


def change(feigned: Feigned) -> None:
    feigned.contents, feigned.revision = [content(2)], feigned.revision + 1
