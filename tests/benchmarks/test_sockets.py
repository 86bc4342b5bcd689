"""Our own driver asks a real server as often as it should, and never takes a refusal for an answer."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.sockets import Found, Link, body_of, closed, paced


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"])
        known = self.headers["Authorization"] == "Bearer key"
        body = b"warning" if known else b"no"
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, address: object) -> None:
        """Whoever is refused hangs up on the rest."""


@pytest.fixture
def url() -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}/active?region=HK"
    server.shutdown()
    server.server_close()


def test_a_pace_asks_exactly_so_often_and_every_answer_is_counted(url: str) -> None:
    found = paced(url, {"Authorization": "Bearer key"}, 200, 0.25, connections=4)
    assert len(Handler.asked) == len(found.latencies) == len(found.late) == 50
    assert found.unanswered == 0
    assert min(found.latencies) > 0
    assert min(found.late) >= 0


def test_as_hard_as_it_goes_each_connection_asks_again(url: str) -> None:
    found = closed(url, {"Authorization": "Bearer key"}, 2, 0.2)
    assert len(Handler.asked) == len(found.latencies) > 2
    assert found.bytes > len(found.latencies) * len(b"warning")


@pytest.mark.parametrize("drive", [closed, partial(paced, per_second=50)])
def test_a_refusal_ends_the_measurement(url: str, drive: Callable[..., Found]) -> None:
    with pytest.raises(RuntimeError, match="401"):
        drive(url, {"Authorization": "Bearer wrong"}, connections=2, seconds=0.2)


def test_the_answers_size_is_counted_on_the_wire(url: str) -> None:
    link = Link(url, {"Authorization": "Bearer key"})
    assert link.answer() == b"warning"
    assert link.received > len(b"warning") + len("HTTP/1.1 200 OK\r\n\r\n")
    link.close()


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwarn", None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nwarning", b"warning"),
        (b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", b""),
    ],
)
def test_a_body_is_there_once_it_is_whole(data: bytes, body: bytes | None) -> None:
    assert body_of(data) == body
