"""Real processes, web and delivery: the page of a recall says when each stopped, and names the killed one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from campaigns.delivery import stopped
from campaigns.delivery.stopped import Stop, stopping
from campaigns.models import DeliveryProcess, Publication
from campaigns.review import flows
from tests.campaigns.warnings import published
from tests.clients import make_client
from tests.journeys.conftest import CHECKOUT, free_port
from tests.portal.test_client_processes import ask, within

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ports(transactional_db: None, server_environment: dict[str, str], tmp_path: Path) -> Iterator[list[int]]:
    """One web process and one delivery process, each with a single worker."""
    ports, running = [], []
    try:
        for role in ("wsgi", "delivery"):
            ports.append(free_port())
            command = [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port",
                str(ports[-1]), "--workers", "1", "--blocking-threads", "1", "--http", "1", "--no-ws",
                f"portal.{role}:application",
            ]  # fmt: skip
            with (tmp_path / f"{role}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(command, cwd=CHECKOUT, env=server_environment, stdout=log, stderr=log)
                )
        for port in ports:
            assert within(60, lambda port=port: ask(port, "no-key")[0] == 401), "not up after 60 s"
        yield ports
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=15)


def recalled(house: Any, now: Any, ports: list[int], key: str) -> Publication:
    """Published, served by each of these, and recalled."""
    version = published(house, now)
    assert within(10, lambda: all(ask(port, key)[0] == 200 for port in ports))
    flows.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.", code="contact")
    assert within(1, lambda: all(ask(port, key)[0] == 204 for port in ports))
    return Publication.objects.get(version=version)


def states(publication: Publication) -> list[Stop]:
    found = stopping(publication)
    assert found is not None
    return sorted(each.state for each in found.processes)


def test_the_page_says_when_each_process_stopped_and_who_is_silent(
    house: Any, now: Any, ports: list[int], browser_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = make_client("withdrawals", ["campaigns:read"], now=now, per_minute=1_000_000)
    publication = recalled(house, now, ports, key)
    assert within(5, lambda: states(publication) == [Stop.ANSWERED, Stop.ANSWERED])
    found = stopping(publication)
    assert found is not None
    took = [each.milliseconds for each in found.processes if each.milliseconds is not None]
    assert len(took) == 2
    assert all(0 < each < 1000 for each in took), took
    url = reverse("campaigns-recalled", args=[publication.campaign_id, publication.pk])
    page = browser_of(house.auditor).get(url).content.decode()
    assert page.count('data-state="answered"') == 2
    assert publication.recall_committed_at is not None

    killed = DeliveryProcess.objects.order_by("started_at").last()
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)
    left = [port for port in ports if within(2, lambda port=port: ask(port, key)[0] == 204)]
    assert len(left) == 1
    second = recalled(house, now, left, key)
    monkeypatch.setattr(stopped, "SILENT_AFTER", timedelta(seconds=4))
    assert within(8, lambda: states(second) == [Stop.ANSWERED, Stop.SILENT])
    url = reverse("campaigns-recalled", args=[second.campaign_id, second.pk])
    page = browser_of(house.auditor).get(url).content.decode()
    assert f"· {killed.pid}" in page
    assert 'data-state="silent"' in page
    assert "No word since" in page


def test_who_ends_says_so(house: Any, now: Any, ports: list[int]) -> None:
    assert within(5, lambda: DeliveryProcess.objects.filter(ended_at=None).count() == 2)
    for pid in DeliveryProcess.objects.values_list("pid", flat=True):
        os.kill(pid, signal.SIGTERM)
    assert within(10, lambda: DeliveryProcess.objects.exclude(ended_at=None).count() == 2)
