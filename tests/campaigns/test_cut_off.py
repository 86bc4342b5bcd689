"""A delivery process whose database is taken away, brought back, and was never there at its start."""

import contextlib
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from campaigns.review import flows as review
from portal.clients.keys import new_key
from tests.campaigns.client.conftest import Served, known_to_the_portal, start, within
from tests.campaigns.warnings import published

pytestmark = pytest.mark.django_db(transaction=True)


class Way:
    """The only way to PostgreSQL, by TCP; it can be cut, or made to swallow what is sent."""

    def __init__(self) -> None:
        known = conninfo_to_dict(settings.DELIVERY_DATABASE_URL)
        self._port = int(known.get("port") or 5432)
        self._host = str(known["host"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = (
            f"postgresql://{known['user']}:{known.get('password', '')}@127.0.0.1:{port}/{known['dbname']}"
        )
        self._links: list[socket.socket] = []
        self._open = threading.Event()
        self._open.set()
        self.is_silent = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                if not self._open.is_set():
                    here.close()
                    continue
                if self._host.startswith("/"):
                    there = socket.socket(socket.AF_UNIX)
                    there.connect(f"{self._host}/.s.PGSQL.{self._port}")
                else:
                    there = socket.create_connection((self._host, self._port))
                self._links += [here, there]
                threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as chosen:
            chosen.register(here, selectors.EVENT_READ, there)
            chosen.register(there, selectors.EVENT_READ, here)
            while True:
                for key, _ in chosen.select(0.5):
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    if not self.is_silent:
                        key.data.sendall(data)

    def cut(self) -> None:
        self._open.clear()
        for link in self._links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()
        self._links.clear()

    def mend(self) -> None:
        self.is_silent = False
        self._open.set()

    def close(self) -> None:
        self.cut()
        self._listener.close()


class Role:
    """The delivery role behind such a way; started and ended by the test."""

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self.way = Way()
        self._environment = {
            **environment,
            "DELIVERY_DATABASE_URL": self.way.url,
            "PORTAL_DELIVERY_DIR": str(directory / "kept"),
        }
        self._log = directory / "log"
        self.key = new_key()
        self.process: Any = None
        self.served = Served("", *self.key)

    def start(self) -> None:
        self.process, self.served.url = start(
            "portal.delivery:application", "wsgi", self._environment, self._log, threads=1
        )

    def end(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                # Its workers too: a master that is killed leaves them.
                os.killpg(self.process.pid, how)
            self.process.wait(timeout=15)

    def answers(self) -> tuple[int, list[str], float]:
        answer = self.served.get("active?region=HK&language=en")
        titles = (
            [] if answer.status_code != 200 else sorted(each["scam_type"] for each in publications(answer))
        )
        return answer.status_code, titles, float(answer.headers["Age-of-truth"])


def publications(answer: Any) -> list[dict[str, Any]]:
    campaigns = answer.json()["campaigns"] if answer.status_code == 200 else []
    return [each["publication"] for each in campaigns]


@pytest.fixture
def role(
    transactional_db: None, server_environment: dict[str, str], tmp_path: Path, now: datetime
) -> Iterator[Role]:
    role = Role(server_environment, tmp_path)
    known_to_the_portal(role.served, now)
    try:
        yield role
    finally:
        role.end()
        role.way.close()


@pytest.mark.parametrize("silently", [False, True], ids=["cut", "silent"])
def test_it_goes_on_with_what_allows_it_and_comes_back(
    role: Role, house: Any, now: datetime, silently: bool
) -> None:
    published(house, now, scam_type="romance", unconfirmed_seconds=3600)
    gone = published(house, now, scam_type="investment")
    role.start()
    assert within(10, lambda: role.answers()[:2] == (200, ["investment", "romance"]))
    if silently:
        role.way.is_silent = True
    else:
        role.way.cut()
    lost_at = time.monotonic()
    # Within the lease all of it is answered; past it only what may be.
    assert role.answers()[1] == ["investment", "romance"]
    assert within(8, lambda: role.answers()[1] == ["romance"])
    assert time.monotonic() - lost_at < settings.DELIVERY_LEASE_SECONDS + 1.5
    assert role.answers()[2] > settings.DELIVERY_LEASE_SECONDS
    review.recall(gone.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    time.sleep(0.5)
    assert role.answers()[1] == ["romance"]
    # What was swallowed is lost for good: nobody will ever answer on the old connection.
    role.way.mend()
    assert within(20, lambda: role.answers()[2] < 2)
    assert role.answers()[:2] == (200, ["romance"])


def test_it_starts_without_a_database_with_what_lies_on_disk(role: Role, house: Any, now: datetime) -> None:
    published(house, now, scam_type="romance", unconfirmed_seconds=3600)
    published(house, now, scam_type="investment")
    role.start()
    assert within(10, lambda: len(role.answers()[1]) == 2)
    assert within(15, lambda: list((Path(role._environment["PORTAL_DELIVERY_DIR"])).glob("held.json")))
    role.end(signal.SIGKILL)
    role.way.cut()
    role.start()
    code, titles, age = role.answers()
    assert (code, titles) == (200, ["romance"])
    assert age > 0
    role.way.mend()
    assert within(10, lambda: len(role.answers()[1]) == 2)


def test_a_lost_notification_heals_by_the_poll(role: Role, house: Any, now: datetime) -> None:
    version = published(house, now)
    role.start()
    assert within(10, lambda: role.answers()[0] == 200)
    with psycopg.connect(settings.DELIVERY_DATABASE_URL) as direct:
        # As a recall does it, but for the notification.
        direct.execute(
            "UPDATE campaigns_publication SET recalled_at = now() WHERE id = %s", [version.publication.pk]
        )
        direct.execute("UPDATE campaigns_deliveryrevision SET revision = revision + 1")
        direct.execute(
            "INSERT INTO campaigns_deliverychange (revision, publication_id, of_keys)"
            " SELECT revision, %s, false FROM campaigns_deliveryrevision",
            [version.publication.pk],
        )
    began = time.monotonic()
    assert within(3, lambda: role.answers()[0] == 204)
    assert time.monotonic() - began < settings.DELIVERY_POLL_SECONDS + 0.5
