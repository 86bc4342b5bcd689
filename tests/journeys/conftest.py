"""A real Chromium, and a real portal for it: granian, a worker and a scheduler on the test's own servers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients import make_client

# Playwright's loop runs in this thread, which makes Django believe that we are asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHECKOUT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser at a time: all journeys run in one worker."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("PORTAL_REQUIRE_BROWSER"):
            pytest.fail("No Chromium is installed, and PORTAL_REQUIRE_BROWSER asks for one.")
        pytest.skip("No Chromium is installed (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Portal:
    url: str
    key: str  # of a client that may read campaigns and report outcomes


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
def portal(
    transactional_db: None, server_environment: dict[str, str], now: Any, tmp_path: Path
) -> Iterator[Portal]:
    """The portal as `make demo` runs it, but on this test's database."""
    _, key = make_client("withdrawals", ["campaigns:read", "events:write"], now=now)
    port = free_port()
    url = f"http://localhost:{port}"
    environment = {**server_environment, "PORTAL_BASE_URL": url, "PORTAL_DEMO_CLIENT_KEY": key}
    python = (sys.executable, "-m")
    commands = {
        "web": (
            *python,
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
            "--blocking-threads",
            "8",
            "--http",
            "1",
            "--no-ws",
            "portal.wsgi:application",
        ),
        "worker": (
            *python,
            "celery",
            "-A",
            "portal",
            "worker",
            "--concurrency",
            "1",
            "--loglevel",
            "WARNING",
        ),
        "beat": (
            *python,
            "celery",
            "-A",
            "portal",
            "beat",
            "--schedule",
            str(tmp_path / "beat"),
            "--loglevel",
            "WARNING",
        ),
    }
    running = []
    try:
        for name, command in commands.items():
            with (tmp_path / f"{name}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(
                        command, cwd=CHECKOUT, env=environment, stdout=log, stderr=subprocess.STDOUT
                    )
                )
        wait_until_ready(url, tmp_path)
        yield Portal(url, key)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(url: str, logs: Path) -> None:
    until = time.monotonic() + 60
    answer = "nothing"
    while time.monotonic() < until:
        try:
            response = httpx.get(f"{url}/readyz", timeout=2)
        except httpx.HTTPError as error:
            answer = repr(error)
        else:
            if response.status_code == 200:
                return
            answer = response.text
        time.sleep(0.2)
    tails = "\n".join(f"{log.name}: {log.read_text(errors='replace')[-2000:]}" for log in logs.glob("*.log"))
    pytest.fail(f"The portal was not ready after 60 s: {answer}\n{tails}")
