"""The demo's supervisor: names what is wrong before it starts, restarts what dies, leaves nothing behind."""

import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from portal.demo import environment, summary
from portal.demo.children import MOST_RESTARTS, Restarts, Service
from portal.embedded import processes
from portal.embedded.environment import CHECKOUT

# A service that, like Celery's, has a worker of its own; both write their pids down.
FORKING = "echo $$ >> {pids}; sleep 600 & echo $! >> {pids}; wait"


def wait_until(condition, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@contextlib.contextmanager
def demo(var: Path, port: int | str, **more: str) -> Iterator[subprocess.Popen]:
    """Killed at the end, whatever happened: a test that fails must not wait for a portal that runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.demo", "--no-seed"],
        cwd=CHECKOUT,
        # `make test` has a PORT of its own in the environment.
        env={**os.environ, **more, "PORTAL_VAR_DIR": str(var), "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def guard():
    guard = processes.Guard()
    yield guard
    guard.close()


@pytest.fixture
def service(tmp_path, guard):
    made = Service(
        "stand-in", ("sh", "-c", FORKING.format(pids=tmp_path / "pids")), tmp_path / "log", os.environ, guard
    )
    yield made
    made.stop(0.1)


def pids(tmp_path: Path) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(line) for line in (tmp_path / "pids").read_text().split()]
    return []


def test_stopping_a_service_ends_its_workers_too(service, tmp_path):
    service.start()
    assert wait_until(lambda: len(pids(tmp_path)) == 2)
    service.ask_to_stop()
    service.stop(2.0)
    assert not any(alive(pid) for pid in pids(tmp_path))


def test_workers_that_a_dead_master_left_are_ended_before_the_next_start(service, tmp_path):
    service.start()
    assert wait_until(lambda: len(pids(tmp_path)) == 2)
    master, worker = pids(tmp_path)
    os.kill(master, signal.SIGKILL)
    assert wait_until(lambda: service.ended() == -signal.SIGKILL)
    assert alive(worker)
    service.stop(0.2)
    assert not alive(worker)


def test_a_child_that_keeps_dying_is_given_up_after_ever_longer_pauses():
    restarts = Restarts()
    pauses = [restarts.pause() for _ in range(MOST_RESTARTS)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.5
    assert restarts.pause() is None


@pytest.mark.parametrize("wrong", ["eighty", "0", "65536"])
def test_a_port_that_is_no_port_is_named_before_anything_starts(tmp_path, wrong):
    with demo(tmp_path, wrong) as process:
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"not '{wrong}'" in said
    assert not (tmp_path / "demo" / "servers").exists()


def test_a_used_port_is_named_before_anything_starts(tmp_path):
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other,
        demo(tmp_path, other.server_port) as process,
    ):
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"Port {other.server_port} is in use" in said
    assert not (tmp_path / "demo" / "servers").exists()


def test_reset_refuses_to_erase_a_database_that_the_demo_did_not_make(tmp_path):
    with demo(
        tmp_path, free_port(), RESET="1", DATABASE_URL="postgresql://portal@db.invalid/portal"
    ) as process:
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "DATABASE_URL names another" in said


def test_the_secrets_are_made_once_and_are_ours_alone(tmp_path):
    path = tmp_path / "secrets.json"
    first = environment.kept_secrets(path)
    assert environment.kept_secrets(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]


def test_the_demo_plays_the_exchange_with_the_first_client_that_may(tmp_path):
    people = tmp_path / "demo.json"
    clients = [
        {"name": "reader", "key": "one", "scopes": ["campaigns:read"]},
        {"name": "withdrawals", "key": "two", "scopes": ["campaigns:read", "events:write"]},
    ]
    people.write_text(json.dumps({"base_url": "http://localhost:1", "accounts": [], "clients": clients}))
    assert environment.client_key(people) == "two"
    assert any(
        "withdrawals" in line and "two" in line for line in summary.lines("http://x", people, tmp_path)
    )


def test_the_whole_portal_becomes_ready_tells_a_second_one_where_it_is_and_dies_with_a_kill(
    server_environment, tmp_path
):
    """The one test that starts everything: on the tests' own servers and migrated database."""
    var = tmp_path / "var"
    var.mkdir()
    for shared in ("static", "vendor"):
        (var / shared).symlink_to(CHECKOUT / "var" / shared)
    port = free_port()
    url = f"http://localhost:{port}"
    settings = {**server_environment, "PORTAL_VAR_DIR": str(var), "PORTAL_BASE_URL": url}
    with demo(var, port, **settings) as first:
        said = []
        for line in first.stdout:
            said.append(line)
            if "Started in" in line:
                break
        assert first.poll() is None, "".join(said)
        with urllib.request.urlopen(f"{url}/readyz") as answer:  # noqa: S310 - our own address
            report = json.load(answer)
        assert report["ready"] is True
        assert {"database", "cache", "broker", "worker", "delivery"} <= set(report["checks"])
        with demo(var, free_port(), **settings) as second:
            refusal, _ = second.communicate(timeout=20)
        assert second.returncode == 1
        assert f"already runs at {url}" in refusal
        family = psutil.Process(first.pid).children(recursive=True)
        assert len(family) >= 8  # guard, granian and 2 workers, celery and 2 workers, beat
        first.kill()
    _, left = psutil.wait_procs(family, timeout=20)
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
