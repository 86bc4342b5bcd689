"""Drives an HTTP server: wrk where it is installed, else keep-alive sockets of our own in processes."""

import multiprocessing
import re
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

SECONDS = 2
CONNECTIONS = 16


def loader() -> str:
    return "wrk" if shutil.which("wrk") else "our own sockets (wrk is not installed)"


def requests_per_second(url: str, headers: dict[str, str], seconds: float = SECONDS) -> float:
    """Raises RuntimeError on any answer that is not 2xx and on any broken connection."""
    return (_wrk if shutil.which("wrk") else _sockets)(url, headers, seconds)


def _wrk(url: str, headers: dict[str, str], seconds: float) -> float:
    given = [f"-H{name}: {value}" for name, value in headers.items()]
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{int(seconds)}s", *given, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None:
        raise RuntimeError(said)
    return float(found[1])


def _sockets(url: str, headers: dict[str, str], seconds: float) -> float:
    with multiprocessing.Pool(2) as pool:
        counts = pool.starmap(_ask_for, [(url, headers, seconds)] * 2)
    return sum(counts) / seconds


def _ask_for(url: str, headers: dict[str, str], seconds: float) -> int:
    """Pipelining depth one on a few connections in turn; each answer is read whole and judged."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    held = [
        socket.create_connection((parts.hostname or "", parts.port or 80)) for _ in range(CONNECTIONS // 2)
    ]
    count = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for connection in held:
            connection.sendall(request)
        for connection in held:
            _read_answer(connection)
            count += 1
    for connection in held:
        connection.close()
    return count


def _read_answer(connection: socket.socket) -> None:
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(head.decode(errors="replace"))
    length = re.search(rb"(?i)content-length: (\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0:
        missing -= len(connection.recv(min(missing, 65536)))


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}
