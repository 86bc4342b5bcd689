"""Starts a server for a benchmark and takes it down again."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], url: str, headers: dict[str, str], log: Path) -> Iterator[str]:
    """Wait until `url` answers 200; `command` is ended with everything it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=os.environ, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, headers=headers).status_code == 200:
                    break
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError(f"{command[0]} did not come up: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=15)


def granian(target: str, port: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", str(threads), "--http", "1", "--no-ws", target,
    ]  # fmt: skip
