"""The hot path against nginx serving the same bytes (where installed) and a plain Django view."""

import contextlib
import shutil
from pathlib import Path
from typing import Any

import httpx

from benchmarks.load import loader, requests_per_second, spread
from benchmarks.people import live_campaign
from benchmarks.serving import free_port, granian, running

ROUNDS = 5
QUERY = "/api/v1/campaigns/active?region=HK&language=zh-Hant"
NGINX = """
daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx-error.log; worker_processes 2;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000; default_type application/json;
  server {{ listen 127.0.0.1:{port}; location = /api/v1/campaigns/active {{ root {directory}/www; }} }} }}
"""


def run(directory: Path) -> dict[str, Any]:
    version, key, _client = live_campaign()
    headers = {"Authorization": f"Bearer {key}"}
    notes = [f"load by {loader()}, {ROUNDS} interleaved rounds of 2 s"]
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, target, threads in (
            ("edge", "portal.delivery:application", 1),
            ("django", "benchmarks.baseline:application", 1),
        ):
            port = free_port()
            url = f"http://127.0.0.1:{port}{QUERY}"
            command = granian(target, port, threads)
            servers[name] = stack.enter_context(running(command, url, headers, directory / f"{name}.log"))
        answer = httpx.get(servers["edge"], headers=headers)
        if answer.json()["campaigns"][0]["warning"] != version.content["texts"]["zh-Hant"]:
            raise RuntimeError("the edge does not answer with the approved text")
        if httpx.get(servers["edge"], headers={"Authorization": "Bearer lepp_wrong"}).status_code != 401:
            raise RuntimeError("a wrong key is let in")
        if binary := shutil.which("nginx") or shutil.which("/usr/sbin/nginx"):
            servers["nginx"] = stack.enter_context(_nginx(binary, directory, answer.content))
        else:
            notes.append("nginx is not installed: the ratio to a static file is not measured")
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for url in servers.values():
            requests_per_second(url, headers, 1)  # warm-up, not counted
        for _round in range(ROUNDS):
            for name, url in servers.items():
                rates[name].append(requests_per_second(url, headers))
    figures = {f"{name}, requests/s": spread(values) for name, values in rates.items()}
    for name in servers.keys() - {"edge"}:
        ratios = [edge / other for edge, other in zip(rates["edge"], rates[name], strict=True)]
        figures[f"edge ÷ {name}"] = spread(ratios)
    return {
        "name": "delivery",
        "what": f"one live campaign, {len(answer.content)} bytes, key checked, 16 connections",
        "notes": notes,
        "figures": figures,
    }


def _nginx(binary: str, directory: Path, body: bytes) -> Any:
    port = free_port()
    page = directory / "www" / "api" / "v1" / "campaigns" / "active"
    page.parent.mkdir(parents=True)
    page.write_bytes(body)
    for folder in (directory, *page.parents):
        if directory in (folder, *folder.parents):
            folder.chmod(0o755)
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(directory=directory, port=port), encoding="utf-8")
    url = f"http://127.0.0.1:{port}{QUERY}"
    return running([binary, "-c", str(config), "-p", str(directory)], url, {}, directory / "nginx.log")
