"""Keep-alive HTTP/1.1 of our own: as hard as it goes where wrk is not installed, and at a fixed pace.

At a pace the loop is open: each request has the moment at which it is meant to go, whatever the server does,
and its latency counts from there. A loop that waits for answers would ask a slow server less often, and so
never see how long others would have waited (coordinated omission).
"""

import contextlib
import os
import re
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# What is not answered so long after the last request was meant to go counts as having taken that long.
PATIENCE_SECONDS = 10.0
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class Link:
    """One connection, one request on it at a time."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._request = "\r\n".join([*lines, "", ""]).encode()
        self.socket = socket.create_connection(
            (parts.hostname or "", parts.port or 80), timeout=PATIENCE_SECONDS
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""
        self.asked_at = 0.0  # when the request that is on its way was meant to go

    def fileno(self) -> int:
        return self.socket.fileno()

    def ask(self, at: float) -> None:
        self.asked_at = at
        self._data = b""
        self.socket.sendall(self._request)

    def read(self) -> bytes | None:
        """The answer's body once it is whole; raises RuntimeError for anything but 2xx."""
        more = self.socket.recv(65536)
        if not more:
            raise RuntimeError("the server closed a connection that was to be kept")
        self._data += more
        return body_of(self._data)

    def answer(self) -> bytes:
        """Ask and wait for the body."""
        self.ask(0.0)
        while (body := self.read()) is None:
            pass
        return body

    @property
    def received(self) -> int:
        """Bytes of the last answer, head and body."""
        return len(self._data)

    def close(self) -> None:
        self.socket.close()


def body_of(data: bytes) -> bytes | None:
    """None while more is to come. 204 has no body and no length."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return None
    if not head.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(data.decode(errors="replace")[:500])
    length = LENGTH.search(head)
    return body if len(body) >= (int(length[1]) if length else 0) else None


@dataclass(slots=True)
class Found:
    """Seconds from the intended moment to the whole answer; and by how much each request left too late."""

    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    unanswered: int = 0
    bytes: int = 0  # of heads and bodies


def closed(url: str, headers: dict[str, str], connections: int, seconds: float) -> Found:
    """Each connection asks again as soon as it is answered."""
    found = Found()
    with _links(url, headers, connections) as links:
        now = time.perf_counter()
        until = now + seconds
        for link in links:
            link.ask(now)
        waiting = set(links)
        while waiting:
            for link in _readable(waiting, 1.0):
                if link.read() is None:
                    continue
                now = time.perf_counter()
                found.latencies.append(now - link.asked_at)
                found.bytes += link.received
                if now < until:
                    link.ask(now)
                else:
                    waiting.discard(link)
    return found


def paced(
    url: str, headers: dict[str, str], per_second: float, seconds: float, connections: int = 64
) -> Found:
    """`per_second` requests, evenly; one that finds no free connection waits, and its time runs."""
    found = Found()
    waiting, due = set[Link](), deque[float]()
    count, sent = int(per_second * seconds), 0
    with _links(url, headers, connections) as links:
        free = list(links)
        began = time.perf_counter() + 0.05
        end = began + seconds + PATIENCE_SECONDS
        while (now := time.perf_counter()) < end and not (sent == count and not waiting and not due):
            while sent < count and began + sent / per_second <= now:
                due.append(began + sent / per_second)
                sent += 1
            while due and free:
                link, at = free.pop(), due.popleft()
                link.ask(at)
                found.late.append(time.perf_counter() - at)
                waiting.add(link)
            following = began + sent / per_second if sent < count else end
            for link in _readable(waiting, max(0.0, following - time.perf_counter())):
                if link.read() is not None:
                    found.latencies.append(time.perf_counter() - link.asked_at)
                    found.bytes += link.received
                    waiting.discard(link)
                    free.append(link)
    for at in (*due, *(link.asked_at for link in waiting)):
        found.unanswered += 1
        found.latencies.append(end - at)
    return found


@contextlib.contextmanager
def _links(url: str, headers: dict[str, str], connections: int) -> Iterator[list[Link]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(Link(url, headers))) for _ in range(connections)]


def hurry() -> None:
    """Before others, where that is allowed: a driver stands for callers on other machines, which what runs
    here does not slow down."""
    with contextlib.suppress(PermissionError):
        os.nice(-15)


def _readable(links: set[Link], seconds: float) -> list[Link]:
    # select, not epoll, whose timeouts are whole milliseconds.
    return select.select(list(links), [], [], seconds)[0]
