"""The client without a portal: none waits for it, and what is held is shown for as long as it may be."""

import json
import os
import socket
import threading
import time
from typing import Any

import pytest

from tests.campaigns.client.conftest import within
from tests.campaigns.client.feigned import Feigned, change, content, headlines, started


def test_a_slow_portal_makes_no_question_wait(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned)
    release = threading.Event()

    def slow(path: str, handler: Any) -> bool:
        release.wait(10)
        return False

    feigned.behave = slow
    change(feigned)
    began = time.monotonic()
    for _ in range(1000):
        assert client.warnings("HK", "en")
    assert time.monotonic() - began < 0.5
    release.set()


def test_past_its_lease_only_what_allows_it_is_shown(feigned: Feigned, client_of: Any) -> None:
    feigned.contents = [content(1), content(2, unconfirmed_seconds=0), content(3, unconfirmed_seconds=2)]
    client = client_of(feigned, lease=0.5)
    client.start(wait=5)
    assert headlines(client) == ["Stop 1", "Stop 2", "Stop 3"]
    feigned.close()
    feigned.behave = lambda path, handler: handler.connection.shutdown(socket.SHUT_RDWR) or True
    assert within(3, lambda: headlines(client) == ["Stop 1", "Stop 3"])
    assert within(4, lambda: headlines(client) == ["Stop 1"])
    assert not client.status().is_confirmed


def test_nothing_is_shown_past_the_longest_staleness(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned, lease=0.2, max_staleness=1.0)
    feigned.behave = lambda path, handler: handler.connection.shutdown(socket.SHUT_RDWR) or True
    feigned.close()
    assert within(4, lambda: headlines(client) == [])


def test_many_that_lose_the_portal_at_once_come_back_one_after_the_other(
    feigned: Feigned, client_of: Any, tmp_path: Any
) -> None:
    clients = [client_of(feigned, directory=tmp_path / str(number), poll=0.3) for number in range(12)]
    for client in clients:
        client.start(wait=5)
    assert within(5, lambda: feigned.count("stream") == len(clients))
    feigned.behave = lambda path, handler: handler.connection.shutdown(socket.SHUT_RDWR) or True
    feigned.is_cut = True
    time.sleep(1.5)
    asked = [at for at, path in feigned.asked if path == "snapshot" and at > time.monotonic() - 1.2]
    # Twelve that asked as fast as they could would have asked thousands of times, and in step.
    assert 4 <= len(asked) < 12 * 1.2 / 0.3 * 2
    assert len({round(at, 3) for at in asked}) > len(asked) * 0.8
    feigned.behave, feigned.is_cut = lambda path, handler: False, False
    change(feigned)
    assert within(20, lambda: all(headlines(client) == ["Stop 2"] for client in clients))


def test_a_stream_that_ends_at_once_is_not_asked_for_all_the_time(feigned: Feigned, client_of: Any) -> None:
    def ends(path: str, handler: Any) -> bool:
        if path == "stream":
            feigned.send(handler, 200, b"")
        return path == "stream"

    feigned.behave = ends
    started(client_of, feigned, poll=0.3)
    time.sleep(1.2)
    assert feigned.count("stream") <= 6


@pytest.mark.parametrize("off", [-7200.0, 7200.0])
def test_windows_are_judged_by_the_portals_clock(feigned: Feigned, client_of: Any, off: float) -> None:
    feigned.clock_off = off
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + off / 2))
    starts, ends = ("2020-01-01T00:00:00Z", moment) if off < 0 else (moment, None)
    window = {"starts_at": starts, "ends_at": ends, "time_zone": "UTC"}
    feigned.contents = [content(1, window=window)]
    client = client_of(feigned)
    client.start(wait=5)
    assert headlines(client) == ["Stop 1"]
    assert abs(client.status().skew - off) < 3


def test_a_second_of_difference_is_no_skew(feigned: Feigned, client_of: Any) -> None:
    feigned.clock_off = 1.0
    assert started(client_of, feigned).status().skew == 0.0


def test_a_revoked_key_leaves_what_is_held_until_its_time(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned, lease=0.2)

    def revoked(path: str, handler: Any) -> bool:
        feigned.send(handler, 401, json.dumps({"code": "key-revoked"}).encode())
        return True

    feigned.behave = revoked
    feigned.heartbeat = 0.01
    change(feigned)
    assert within(3, lambda: "key-revoked" in client.status().problem)
    assert headlines(client) == ["Stop 1"]


@pytest.mark.parametrize("spoil", [b"", b"{", b"null", b'{"snapshot": {}, "keys": {}, "confirmed_at": "x"}'])
def test_a_spoiled_file_is_no_file(feigned: Feigned, client_of: Any, tmp_path: Any, spoil: bytes) -> None:
    directory = tmp_path / "client"
    directory.mkdir()
    (directory / "snapshot.json").write_bytes(spoil)
    started(client_of, feigned, directory=directory)


def test_a_changed_file_shows_nothing(feigned: Feigned, client_of: Any, tmp_path: Any) -> None:
    client = started(client_of, feigned)
    file = tmp_path / "client" / "snapshot.json"
    assert within(2, file.exists)
    client.close()
    file.write_text(file.read_text().replace("Stop 1", "Send it"))
    feigned.close()
    assert headlines(client_of(feigned)) == []


def test_a_forked_child_goes_on_by_itself(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # What a web server's worker does: it asks, and follows by threads of its own.
        first = headlines(client)
        os.write(writer, json.dumps(first).encode() + b"\n")
        within(5, lambda: headlines(client) == ["Stop 2"])
        os.write(writer, json.dumps(headlines(client)).encode() + b"\n")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        assert json.loads(said.readline()) == ["Stop 1"]
        change(feigned)
        assert json.loads(said.readline()) == ["Stop 2"]
    os.waitpid(child, 0)
    assert within(5, lambda: headlines(client) == ["Stop 2"])
