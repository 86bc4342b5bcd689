"""What answers: our edge, nginx with the same bytes as a file, and the same answer from plain Django views.

Each is asked with the same request, and must give the same answer before it is measured.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.delivery.databases import connected
from benchmarks.serving import WORKERS, Running, free_port, granian, running
from benchmarks.sockets import Link

PATH = "/api/v1/campaigns/active"
LANGUAGE = "zh-Hant"
EDGE = "portal.delivery:application"
NGINX = """
daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx-error.log; worker_processes 2;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000; default_type "application/json; charset=utf-8";
  server {{ listen 127.0.0.1:{port}; add_header X-Filling "{filling}";
    location = {path} {{ root {directory}/www; }} }} }}
"""


@dataclass(frozen=True, slots=True)
class Front:
    url: str
    size: int  # bytes of an answer, head and body
    pid: int
    seconds: float  # from its start to its first answer


def question(port: int, region: str, path: str = PATH) -> str:
    return f"http://127.0.0.1:{port}{path}?region={region}&language={LANGUAGE}"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def got(url: str, headers: dict[str, str]) -> httpx.Response:
    """As the load asks: uncompressed."""
    return httpx.get(url, headers=headers | {"Accept-Encoding": "identity"})


def size_of(url: str, headers: dict[str, str]) -> int:
    """Bytes of a whole answer, counted on the wire."""
    link = Link(url, headers)
    try:
        link.answer()
        return link.received
    finally:
        link.close()


@contextlib.contextmanager
def edge(
    key: str,
    region: str,
    log: Path,
    *,
    target: str = EDGE,
    threads: int = 1,
    nice: int = 0,
    env: Mapping[str, str] | None = None,
    patience: float = 30.0,
) -> Iterator[Front]:
    """`nice`: by so much its processes give way to others."""
    url, headers = question(port := free_port(), region), bearer(key)
    command = ["nice", "-n", str(nice)] * bool(nice) + granian(target, port, threads)
    with running(command, url, headers, log, env=env, patience=patience) as server:
        _every_worker_is_up(server, headers, env or os.environ, patience)
        refuses_strangers(url)
        yield _front(server, headers)


def workers(environment: Mapping[str, str], server: int) -> list[int]:
    """Of the server's processes those that have said what they answer with."""
    started = {each.pid for each in psutil.Process(server).children(recursive=True)}
    with connected(environment) as connection:
        rows = connection.execute("SELECT pid FROM campaigns_deliveryprocess WHERE ended_at IS NULL")
        return sorted(started & {pid for (pid,) in rows})


def _every_worker_is_up(
    server: Running, headers: dict[str, str], environment: Mapping[str, str], patience: float
) -> None:
    """A worker begins to load with the first question to it, and refuses until it has."""
    until = time.monotonic() + patience
    while len(workers(environment, server.pid)) < WORKERS:
        if time.monotonic() > until:
            raise RuntimeError("not every worker of the server has come up")
        with contextlib.suppress(RuntimeError):
            size_of(server.url, headers)
        time.sleep(0.02)


@contextlib.contextmanager
def nginx(directory: Path, key: str, body: bytes, size: int) -> Iterator[Front]:
    """The same bytes as a file, the head filled up to the same size: the limit of this machine."""
    headers = bearer(key)
    page = directory / "www" / PATH.lstrip("/")
    page.parent.mkdir(parents=True)
    page.write_bytes(body)
    for each in (directory.parent, directory):
        each.chmod(0o711)  # nginx's workers are another user's
    with _nginx(directory, headers, "") as server:
        filling = "x" * max(0, size - size_of(server.url, headers) + 1)
    with _nginx(directory, headers, filling) as server:
        yield _front(server, headers)


def nginx_binary() -> str | None:
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextlib.contextmanager
def _nginx(directory: Path, headers: dict[str, str], filling: str) -> Iterator[Running]:
    port = free_port()
    config = directory / "nginx.conf"
    config.write_text(
        NGINX.format(directory=directory, port=port, filling=filling or "x", path=PATH), encoding="utf-8"
    )
    command = [nginx_binary() or "nginx", "-c", str(config), "-p", str(directory)]
    with running(command, question(port, "HK"), headers, directory / "nginx.log") as server:
        yield server


@contextlib.contextmanager
def bare(directory: Path, key: str, answer: httpx.Response) -> Iterator[Front]:
    """The edge's server with the edge's answer, and nothing that finds it: what the edge itself costs."""
    said = directory / "answer.json"
    # The date is the server's own.
    headers = [(name, value) for name, value in answer.headers.items() if name not in ("date", "server")]
    said.write_text(json.dumps({"headers": headers, "body": answer.text}), encoding="utf-8")
    url = question(port := free_port(), "HK")
    command = granian("benchmarks.bare:application", port, 1)
    env = os.environ | {"BENCH_ANSWER": str(said)}
    with running(command, url, bearer(key), directory / "bare.log", env=env) as server:
        yield _front(server, bearer(key))


@contextlib.contextmanager
def django(key: str, region: str, log: Path) -> Iterator[tuple[Front, Front]]:
    """(bytes that the process holds, one query) from the same server, started as the edge is."""
    headers = bearer(key)
    url = question(port := free_port(), region, "/held")
    with running(granian("benchmarks.baseline:application", port, 1), url, headers, log) as server:
        asked = question(port, region, "/queried")
        for each in (url, asked):
            refuses_strangers(each)
        yield _front(server, headers), _front(Running(asked, server.pid, server.seconds), headers)


def refuses_strangers(url: str) -> None:
    if httpx.get(url, headers=bearer("lepp_wrong")).status_code != 401:
        raise RuntimeError(f"{url} lets a wrong key in")


def _front(server: Running, headers: dict[str, str]) -> Front:
    return Front(server.url, size_of(server.url, headers), server.pid, server.seconds)
