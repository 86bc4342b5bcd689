"""A real Chromium, and a real portal for it: granian, a worker and a scheduler on the test's own servers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from django.db import connection

from campaigns.delivery.publish import announce
from portal.celery import app
from portal.clients import flows as clients
from portal.clients.keys import new_key
from tests.clients import make_client
from tests.kept import kept
from tests.portal.agencies.nameserver import NameServer, serving, texts

# Playwright's loop runs in this thread, which makes Django believe that we are asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHECKOUT = Path(__file__).resolve().parents[2]
NOT_OURS = texts('"v=spf1 -all"')
# The shell draws no window of its own, which leaves a fifth more of the processor to the tests.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser at a time: all journeys run in one worker."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("PORTAL_REQUIRE_BROWSER"):
            pytest.fail("No Chromium is installed, and PORTAL_REQUIRE_BROWSER asks for one.")
        pytest.skip("No Chromium is installed (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    # While Playwright's loop runs in this thread Django has another connection. The one that it had before,
    # and has again afterwards, must not wait with a transaction open.
    _close_the_connection(django_db_blocker)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()
        _close_the_connection(django_db_blocker)


def _close_the_connection(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        kept.clear()
        connection.close()


@dataclass(frozen=True, slots=True)
class Portal:
    url: str
    key: str  # of a client that may read campaigns and report outcomes
    prefix: str


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture(scope="package")
def _name_server() -> Iterator[NameServer]:
    with serving(NOT_OURS) as server:
        yield server


@pytest.fixture
def dns(_name_server: NameServer) -> NameServer:
    """Answers with what the test puts there; at first with a value that is not ours."""
    _name_server.reply = NOT_OURS
    _name_server.asked.clear()
    return _name_server


@pytest.fixture(scope="package")
def servers(
    server_environment: dict[str, str], _name_server: NameServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal as `make demo` runs it, but on the tests' database; for one journey after another."""
    logs = tmp_path_factory.mktemp("portal")
    port = free_port()
    url = f"http://localhost:{port}"
    key, prefix = new_key()
    environment = {
        **server_environment,
        "PORTAL_BASE_URL": url,
        "PORTAL_DEMO_CLIENT_KEY": key,
        "PORTAL_DNS_RESOLVERS": _name_server.address,
    }
    granian = f"granian --interface wsgi --host 127.0.0.1 --port {port} --workers 1 --blocking-threads 8"
    commands = {
        "web": f"{granian} --http 1 --no-ws portal.wsgi:application",
        "worker": "celery -A portal worker --concurrency 1 --loglevel WARNING",
        "beat": f"celery -A portal beat --schedule {logs / 'schedule'} --loglevel WARNING",
    }
    # What other tests sent and nobody ran: thousands of tasks, each of which would go first.
    app.control.purge()
    running = []
    try:
        for name, command in commands.items():
            with (logs / f"{name}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *command.split()],
                        cwd=CHECKOUT,
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        wait_until_ready(url, logs)
        yield Portal(url, key, prefix)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def portal(transactional_db: None, servers: Portal, now: datetime) -> Portal:
    """The running portal, with this test's own client behind the key that it was started with."""
    with mock.patch.object(clients, "new_key", lambda: (servers.key, servers.prefix)):
        make_client("withdrawals", ["campaigns:read", "events:write"], now=now)
    # Beyond whatever number the test before reached, so that the portal sees that everything has changed.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_deliveryrevision SET revision = %s", [time.time_ns() // 1000])
    announce()
    return servers


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
