"""A real portal for the client: granian in the web role, on the test's own database."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from django.db import connection

from campaigns.client import Client
from campaigns.delivery.publish import announce
from portal.clients import flows as clients
from portal.clients.keys import new_key
from tests.campaigns.client.feigned import Feigned
from tests.clients import make_client
from tests.journeys.conftest import CHECKOUT, free_port
from tests.people import House


class Served:
    """A portal's address and the key of its client."""

    def __init__(self, url: str, key: str, prefix: str) -> None:
        self.url, self.key, self.prefix = url, key, prefix

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(
            f"{self.url}/api/v1/campaigns/{path}", headers={"Authorization": f"Bearer {self.key}", **headers}
        )


def start(target: str, interface: str, environment: dict[str, str], log: Path, threads: int = 8) -> Any:
    """(process, address); it answers when this returns. It leads a group of its own, with its workers."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", interface, "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--http", "1", "--no-ws", target,
    ]  # fmt: skip
    if interface == "wsgi":
        command[-1:-1] = ["--blocking-threads", str(threads)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    assert within(60, lambda: answers(url)), f"not up after 60 s: {log.read_text(errors='replace')[-2000:]}"
    return process, url


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/campaigns/active?region=HK", timeout=2).status_code == 401
    except httpx.HTTPError:
        return False


def within(seconds: float, true: Callable[[], Any]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.005)
    return False


@pytest.fixture(scope="package")
def server(server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("portal") / "web.log"
    process, url = start("portal.wsgi:application", "wsgi", server_environment, log)
    try:
        yield Served(url, *new_key())
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def served(transactional_db: None, server: Served, now: datetime) -> Served:
    known_to_the_portal(server, now)
    assert within(5, lambda: server.get("active?region=HK").status_code == 204)
    return server


def known_to_the_portal(served: Served, now: datetime) -> None:
    """A client of this test behind the key; and a revision beyond that of the test before."""
    with mock.patch.object(clients, "new_key", lambda: (served.key, served.prefix)):
        make_client("withdrawals", ["campaigns:read", "events:write"], now=now, per_minute=1_000_000)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_deliveryrevision SET revision = %s", [time.time_ns() // 1000])
    announce()


@pytest.fixture
def client_of(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """client_of(served, **options): closed after the test; it keeps its things in tmp_path."""
    made: list[Client] = []

    def make(served: Any, **options: Any) -> Client:
        given = {"directory": tmp_path / "client", "poll": 0.2, "send_every": 0.05, **options}
        made.append(Client(served.url, served.key, **given))
        return made[-1]

    yield make
    for each in made:
        each.close(wait=0.5)


@pytest.fixture
def house(transactional_db: None, house: House) -> House:
    return house


@pytest.fixture
def feigned() -> Iterator[Feigned]:
    portal = Feigned()
    yield portal
    portal.close()
