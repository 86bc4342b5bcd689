"""Starts a server for a benchmark and takes it down again."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sockets import Link

CHECKOUT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
WORKERS = 2
# A server's workers begin one by one: it is up when so many calls in a row, each on a connection of its own,
# have been answered.
IN_A_ROW = 16


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers, and how long it took until it did, again and again."""

    url: str
    pid: int
    seconds: float


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextlib.contextmanager
def running(
    command: list[str],
    url: str,
    headers: dict[str, str],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    patience: float = START_SECONDS,
) -> Iterator[Running]:
    """Wait until `url` answers 200; `command` is ended with everything it started."""
    began = came_up = time.monotonic()
    answered = 0
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=env or os.environ, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        while answered < IN_A_ROW:
            if _answers(url, headers):
                came_up = came_up if answered else time.monotonic()
                answered += 1
                continue
            answered = 0
            if time.monotonic() > began + patience or process.poll() is not None:
                raise RuntimeError(f"{command[0]} did not come up: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield Running(url, process.pid, came_up - began)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str, headers: dict[str, str]) -> bool:
    try:
        with closing(Link(url, headers)) as link:
            link.answer()
    except (OSError, RuntimeError):
        return False
    return True


def granian(target: str, port: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(WORKERS), "--blocking-threads", str(threads), "--http", "1", "--no-ws", target,
    ]  # fmt: skip
