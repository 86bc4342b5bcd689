"""The stream, by real servers of both kinds: at once after a change, ended with the key, no thread lost."""

import asyncio
import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.delivery import stream
from campaigns.delivery.edge import Edge
from campaigns.delivery.stream import AsyncStreams, Streams, environ_of
from campaigns.review import flows as review
from portal.clients import flows as clients
from portal.clients.keys import new_key
from portal.wsgi import STREAMS
from tests.campaigns.asking import Held, snapshot_of
from tests.campaigns.client.conftest import Served, known_to_the_portal, start, within
from tests.campaigns.warnings import published
from tests.people import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/campaigns/stream"


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def running(
    request: Any, server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    target = "portal.wsgi:application" if request.param == "wsgi" else "portal.delivery:stream"
    process, url = start(target, request.param, server_environment, tmp_path_factory.mktemp("p") / "log")
    try:
        yield Served(url, *new_key())
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def served(transactional_db: None, running: Served, now: datetime) -> Served:
    known_to_the_portal(running, now)
    assert within(5, lambda: running.get("active?region=HK").status_code == 204)
    return running


@contextmanager
def listening(served: Served, key: str | None = None, **headers: str) -> Iterator[Any]:
    host = served.url.removeprefix("http://")
    link = http.client.HTTPConnection(host, timeout=10)
    link.request("GET", PATH, headers={"Authorization": f"Bearer {key or served.key}", **headers})
    try:
        yield link.getresponse()
    finally:
        link.close()


def event(answer: Any) -> tuple[str, dict[str, Any]]:
    lines = []
    while (line := answer.readline().decode().rstrip("\n")) or not lines:
        if not line:
            raise EOFError
        lines.append(line)
    named = dict(line.split(": ", 1) for line in lines)
    return named["event"], json.loads(named["data"])


def test_it_says_the_revision_at_once_and_each_change_as_it_comes(served, house, now):
    with listening(served) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        kind, first = event(answer)
        assert kind == "revision"
        version = published(house, now)
        assert event(answer)[1]["revision"] == first["revision"] + 1
        began = time.monotonic()
        review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
        assert event(answer)[1]["revision"] == first["revision"] + 2
        assert time.monotonic() - began < 1.0


def test_a_key_that_is_revoked_ends_its_stream(served, now):
    from portal.models import ClientKey

    with listening(served) as answer:
        event(answer)
        row = ClientKey.objects.get(prefix=served.prefix)
        clients.revoke(row.pk, actor=SYSTEM, now=now, why="Lost.")
        with suppress(http.client.IncompleteRead):
            assert answer.read(1) == b""


def test_who_is_not_let_in_gets_a_problem_and_no_stream(served, now):
    with listening(served, key="nonsense") as answer:
        assert (answer.status, json.loads(answer.read())["code"]) == (401, "key-unknown")
    assert served.get("stream", Authorization="").status_code == 401


def test_those_who_leave_give_their_place_free(served, house, now):
    for _ in range(3 * STREAMS):
        with listening(served) as answer:
            if answer.status == 200:
                event(answer)
    # Whoever left is noticed with the next event or heartbeat that cannot be sent.
    published(house, now)

    def free() -> bool:
        with listening(served) as answer:
            return bool(answer.status == 200)

    assert within(3 * stream.HEARTBEAT_SECONDS, free)
    assert served.get("active?region=HK").status_code == 200


def test_other_questions_are_answered_beside_the_streams(served, house, now):
    published(house, now)
    with listening(served) as one, listening(served) as other:
        event(one)
        event(other)
        assert within(3, lambda: served.get("active?region=HK").status_code == 200)
        assert served.get("snapshot").json()["publications"]
        assert served.get("keys").status_code == 200


# --- without a server -----------------------------------------------------------------------------------


class Following(Held):
    """Held, with the follower's subscribers."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.wakes: list[Callable[[], None]] = []

    def subscribe(self, wake: Callable[[], None]) -> None:
        self.wakes.append(wake)

    def unsubscribe(self, wake: Callable[[], None]) -> None:
        if wake in self.wakes:
            self.wakes.remove(wake)


def known() -> tuple[Any, dict[str, str]]:
    from tests.portal.test_client_door import known as keys_of

    keys, text = keys_of()
    [key] = keys.values()
    object.__setattr__(key, "expires", time.time() + 3600)
    environ = {
        "PATH_INFO": PATH, "REQUEST_METHOD": "GET", "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.1",
        "HTTP_AUTHORIZATION": f"Bearer {text}",
    }  # fmt: skip
    return Following(snapshot_of(keys=keys)), environ


def opened(streams: Streams, environ: dict[str, str]) -> tuple[str, Any]:
    got: list[str] = []
    body = streams(environ, lambda status, headers: got.append(status))
    return got[0], body


def test_a_process_holds_so_many_streams_and_says_when_it_is_full():
    following, environ = known()
    streams = Streams(2, following)
    (_, one), (_, two) = opened(streams, environ), opened(streams, environ)
    status, body = opened(streams, environ)
    assert status == "503 Service Unavailable"
    assert json.loads(body[0])["code"] == "no-stream"
    one.close()
    one.close()
    status, three = opened(streams, environ)
    assert status == "200 OK"
    assert opened(streams, environ)[0].startswith("503")
    for each in (two, three):
        each.close()
    assert following.wakes == []


def test_the_hot_path_holds_no_stream():
    from portal.delivery import application

    assert application._streams._free._value == 0


def test_silence_is_broken_by_a_heartbeat_with_the_age(monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    following, environ = known()
    _, frames = opened(Streams(1, following), environ)
    assert next(frames).startswith(b"event: revision\nid: 1\n")
    following.age = 1.25
    assert next(frames) == b'event: heartbeat\nid: 1\ndata: {"revision": 1, "age": 1.25}\n\n'
    following.age, following.confirmed_at = 9.0, time.time() - 9
    assert next(frames).startswith(b"event: unconfirmed\n")
    following.held = None
    assert list(frames) == []


def test_a_stream_ends_after_its_time(monkeypatch):
    monkeypatch.setattr(stream, "LONGEST_SECONDS", (0.0, 0.0))
    following, environ = known()
    _, frames = opened(Streams(1, following), environ)
    assert list(frames) == []


def test_only_get_opens_a_stream():
    following, environ = known()
    status, body = opened(Streams(1, following), environ | {"REQUEST_METHOD": "POST"})
    assert status.startswith("405")
    assert json.loads(body[0])["code"] == "method-not-allowed"


def test_two_headers_of_one_name_are_not_one_key() -> None:
    scope = {
        "method": "GET", "path": PATH, "query_string": b"", "client": ("192.0.2.1", 5),
        "headers": [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
    }  # fmt: skip
    assert environ_of(scope)["HTTP_AUTHORIZATION"] == "Bearer a,Bearer b"


def test_a_client_that_goes_at_once_leaves_nothing_behind() -> None:
    following, environ = known()
    scope = {
        "type": "http", "method": "GET", "path": PATH, "query_string": b"", "client": ("192.0.2.1", 5),
        "headers": [(b"authorization", environ["HTTP_AUTHORIZATION"].encode())],
    }  # fmt: skip

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(AsyncStreams(Edge(None, following), following)(scope, gone, send))
    assert sent[0]["status"] == 200
    assert following.wakes == []


def test_where_nothing_is_known_no_stream_begins(tmp_path: Path) -> None:
    _, environ = known()
    status, body = opened(Streams(1, Following(None)), environ)  # type: ignore[arg-type]
    assert status.startswith("503")
    assert json.loads(body[0])["code"] == "unconfirmed"
