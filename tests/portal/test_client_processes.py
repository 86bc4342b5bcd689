"""Real processes: web and delivery, two workers each. What ends is refused everywhere within a second."""

import http.client
import json
import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.delivery import publish
from portal.clients import flows
from tests.clients import make_client
from tests.journeys.conftest import CHECKOUT, free_port
from tests.people import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
ACTIVE = "/api/v1/campaigns/active?region=HK"
EVENTS = "/api/v1/campaigns/events"
TARGETS = {"application": "portal.wsgi:application", "delivery": "portal.delivery:application"}
Servers = dict[str, int]


@pytest.fixture
def servers(transactional_db: None, server_environment: dict[str, str], tmp_path: Path) -> Iterator[Servers]:
    """The port of each role."""
    ports, running = {"application": free_port(), "delivery": free_port()}, []
    try:
        for role, port in ports.items():
            command = [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port",
                str(port), "--workers", "2", "--blocking-threads", "1", "--http", "1", "--no-ws",
                TARGETS[role],
            ]  # fmt: skip
            with (tmp_path / f"{role}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(command, cwd=CHECKOUT, env=server_environment, stdout=log, stderr=log)
                )
        for port in ports.values():
            assert within(60, lambda port=port: ask(port, "no-key")[0] == 401), "not up after 60 s"
        for _ in range(8):  # Django reads its addresses at the first question to each worker
            ask(ports["application"], "no-key", EVENTS)
        yield ports
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=15)


def ask(port: int, key: str, path: str = ACTIVE, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """On a connection of its own, so that every worker is met; 0 where nobody answers."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = b'{"events": []}' if path == EVENTS else None
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        link.request("POST" if path == EVENTS else method, path, body, headers)
        answer = link.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except OSError:
        return 0, {}, b""
    finally:
        link.close()


def within(seconds: float, true: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.01)
    return False


def everywhere(servers: Servers, key: str, statuses: set[int]) -> bool:
    """Asked often enough to meet both workers of both roles, at both addresses of the web role."""
    asked = [
        ask(port, key, path)[0]
        for role, port in servers.items()
        for path in ((ACTIVE, EVENTS) if role == "application" else (ACTIVE,))
        for _ in range(4)
    ]
    return set(asked) <= statuses


def refused_after(servers: Servers, key: str, began: float) -> float:
    """Seconds from `began` until the last moment at which any process still let the key in."""
    last, until = 0.0, began + 3.0
    while time.monotonic() < until:
        for port in servers.values():
            sent = time.monotonic()
            if ask(port, key)[0] in (200, 204):
                last = max(last, sent - began)
    return last


def _load(port: int, key: str, ready: Any, done: Any) -> None:
    """As many calls as fit on four connections, whatever they are answered."""
    links = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    request = f"GET {ACTIVE} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    ready.set()
    while not done.is_set():
        for link in links:
            link.sendall(request)
        for link in links:
            link.recv(65536)


def test_a_revoked_key_is_refused_everywhere_within_a_second(
    servers: Servers, now: Any, monkeypatch: Any
) -> None:
    scopes = ["campaigns:read", "events:write"]
    keys = [make_client(f"c{number}", scopes, now=now, per_minute=1_000_000) for number in range(4)]
    assert within(10, lambda: everywhere(servers, keys[-1][1], {204, 422}))
    took = {}

    def revoke(number: int) -> float:
        row, text = keys[number]
        assert everywhere(servers, text, {204, 422})
        flows.revoke(row.pk, actor=SYSTEM, now=now, why="It leaked.")
        committed = time.monotonic()
        last = refused_after(servers, text, committed)
        assert everywhere(servers, text, {401})
        return last

    took["idle"] = revoke(0)

    ready, done = multiprocessing.Event(), multiprocessing.Event()
    busy = [
        multiprocessing.get_context("fork").Process(target=_load, args=(port, keys[3][1], ready, done))
        for port in servers.values()
    ]
    for process in busy:
        process.start()
    assert ready.wait(5)
    time.sleep(0.5)
    took["under load"] = revoke(1)
    done.set()
    for process in busy:
        process.join(5)

    # A notification that nobody hears: the poll, once a second, finds the revision.
    monkeypatch.setattr(publish, "CHANNEL", "nobody_listens_here")
    took["notification lost"] = revoke(2)
    assert took["idle"] <= 1.0, took
    assert took["under load"] <= 1.0, took
    assert took["notification lost"] <= 1.2, took


def test_every_change_reaches_every_process_and_one_rate_holds_for_all(servers: Servers, now: Any) -> None:
    key, text = make_client("c", ["campaigns:read"], now=now)
    _, limited = make_client("limited", ["campaigns:read"], now=now, per_minute=120)
    assert within(10, lambda: everywhere(servers, text, {204, 403}))
    # Spelt by hand: what a client cannot send by accident.
    for headers, code in (
        (f"Authorization: Bearer {text}\r\nAuthorization: Bearer {text}", "key-"),
        (f"Authorization: Bearer {text}\xff", "key-"),
        (f"Authorization:\tbEARER   {text}\t", ""),
        (f"X-Authorization: Bearer {text}", "key-missing"),
    ):
        for port in servers.values():
            status, body = by_hand(port, headers)
            assert (status == 204) is (code == ""), headers[:30]
            assert code in body
    status, headers_of, _ = ask(servers["delivery"], text)
    assert status == 204
    assert headers_of["ratelimit-policy"] == '"client";q=6000;w=60'
    assert headers_of["ratelimit"].startswith('"client";r=')

    time.sleep(2.5)  # the four workers know of each other
    counts: dict[int, int] = {}
    began = time.monotonic()
    while time.monotonic() - began < 5:
        for port in servers.values():
            status, headers_of, body = ask(port, limited, method="HEAD")
            counts[status] = counts.get(status, 0) + 1
            if status == 429:
                assert int(headers_of["retry-after"]) >= 1
                assert body == b""
    # The bucket of 120, two a second meanwhile, and a second's worth that each of the workers may owe.
    assert 60 <= counts[204] <= 120 + 2 * (6 + 4)
    assert counts[429] > 20

    flows.edit(
        key.client_id, actor=SYSTEM, now=now, seen_revision=1, name="c", scopes=["campaigns:read"],
        description="", contact="", networks=["198.51.100.0/24"], per_minute=6000,
    )  # fmt: skip
    assert within(1, lambda: everywhere(servers, text, {403}))
    assert json.loads(ask(servers["delivery"], text)[2])["code"] == "network-not-allowed"
    flows.close(key.client_id, actor=SYSTEM, now=now, why="done")
    assert within(1, lambda: everywhere(servers, text, {401}))


def by_hand(port: int, headers: str) -> tuple[int, str]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        link.sendall(
            f"GET {ACTIVE} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n\r\n".encode(
                "latin-1"
            )
        )
        answer = b""
        while part := link.recv(65536):
            answer += part
    return int(answer.split(b" ", 2)[1]), answer.decode("latin-1")
