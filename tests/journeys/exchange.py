"""Somebody else's page: another origin than the portal's, with a strict policy and a back end of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Withdraw</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{stylesheet[url]}" integrity="{stylesheet[integrity]}" crossorigin="anonymous">
<script src="{script[url]}" integrity="{script[integrity]}" crossorigin="anonymous" defer></script>
</head><body><main><h1>Withdraw</h1>
<withdrawal-warning {attributes}>{fragment}<p>
<button type="button" data-outcome="reconsidered">Cancel</button>
<button type="button" data-outcome="proceeded">Send</button></p></withdrawal-warning>
<label>Note <input name="note"></label></main></body></html>"""


@dataclass
class Exchange:
    """`told` is what its back end was told: (headers, body); `answers` are its next statuses, then 204."""

    url: str = ""
    page: str = ""
    policy: str = ""
    told: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def opens(self, portal_url: str, files: dict[str, Any], fragment: str = "", **attributes: str) -> None:
        """Its page is this from now on."""
        given = {"report_to": "/warned", **attributes}
        written = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in given.items())
        self.page = PAGE.format(attributes=written, fragment=fragment, **files)
        self.policy = (
            f"default-src 'none'; script-src 'self' {portal_url}; style-src 'self' {portal_url}; "
            f"img-src 'self' {portal_url}; connect-src 'self'; base-uri 'none'"
        )
        self.told.clear()

    @property
    def heard(self) -> list[tuple[str, str]]:
        return [(body["kind"], body["part"]) for _, body in self.told]


@contextmanager
def serving() -> Iterator[Exchange]:
    exchange = Exchange()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                self._answer(204)
            else:
                self._answer(200, exchange.page.encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            exchange.told.append((dict(self.headers), body))
            self._answer(exchange.answers.pop(0) if exchange.answers else 204)

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", exchange.policy)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    exchange.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield exchange
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
