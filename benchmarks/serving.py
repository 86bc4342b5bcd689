"""Starts a server for a benchmark and takes it down again."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers, and how long it took until it first did."""

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
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=env or os.environ, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, headers=headers).status_code == 200:
                    break
            if time.monotonic() > began + patience or process.poll() is not None:
                raise RuntimeError(f"{command[0]} did not come up: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield Running(url, process.pid, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(timeout=30)


def granian(target: str, port: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", str(threads), "--http", "1", "--no-ws", target,
    ]  # fmt: skip
