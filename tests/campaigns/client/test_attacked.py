"""The client against portals that are slow, wrong, hostile or away: nothing unproved is shown, none waits."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from campaigns.client import following
from campaigns.delivery import stream
from portal.embedded.environment import signing_key
from portal.kernel.signing import Keyring
from tests.campaigns.client.conftest import within
from tests.campaigns.client.feigned import Feigned, content, no_stream


@pytest.fixture
def feigned() -> Iterator[Feigned]:
    portal = Feigned()
    yield portal
    portal.close()


def headlines(client: Any) -> list[str]:
    return [each.text["headline"] for each in client.warnings("HK", "en")]


def started(client_of: Any, feigned: Feigned, **options: Any) -> Any:
    client = client_of(feigned, **options)
    client.start(wait=5)
    assert headlines(client) == ["Stop 1"]
    return client


def change(feigned: Feigned) -> None:
    feigned.contents, feigned.revision = [content(2)], feigned.revision + 1


def publications(body: dict[str, Any]) -> Any:
    return body["publications"][0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: publications(body)["texts"]["en"].update(headline="Send it all"),
        lambda body: publications(body)["texts"].pop("zh-Hant"),
        lambda body: publications(body)["publication"].update(priority=1),
        lambda body: publications(body)["publication"].update(unconfirmed_seconds=10**9),
        lambda body: publications(body).update(signature="A" * 86),
        lambda body: publications(body).update(signature=None),
        lambda body: body["publications"].clear(),
        lambda body: body["publications"].append(publications(body)),
        lambda body: body["snapshot"].update(revision=10**6),
        lambda body: body["snapshot"]["publications"].clear(),
        lambda body: body["snapshot"]["publications"][0].update(until="2100-01-01T00:00:00Z"),
        lambda body: body.update(snapshot=publications(body)["publication"]),
        lambda body: body.update(snapshot=None),
        lambda body: body.clear(),
    ],
)
def test_what_is_not_proved_as_a_whole_changes_nothing(feigned: Feigned, client_of: Any, spoil: Any) -> None:
    client = started(client_of, feigned)
    feigned.spoil = spoil
    change(feigned)
    assert within(2, lambda: client.status().problem)
    assert headlines(client) == ["Stop 1"]
    feigned.spoil = lambda body: None
    assert within(5, lambda: headlines(client) == ["Stop 2"])


def test_a_snapshot_key_signs_no_publication(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned)
    feigned.documents = feigned.snapshots
    change(feigned)
    assert within(2, lambda: "key" in client.status().problem)
    assert headlines(client) == ["Stop 1"]


def test_an_older_revision_is_refused_even_after_a_new_start(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned)
    feigned.revision, feigned.contents = 9, [content(3)]
    assert within(2, lambda: not client.status().is_confirmed or "comes before" in client.status().problem)
    client.close()
    again = client_of(feigned)
    again.start(wait=0.5)
    assert within(2, lambda: "comes before" in again.status().problem)
    assert headlines(again) == ["Stop 1"]


def test_keys_are_rotated_while_it_runs(feigned: Feigned, client_of: Any, monkeypatch: Any) -> None:
    client = started(client_of, feigned)
    monkeypatch.setattr(following, "KEYS_AGAIN_SECONDS", 0.0)
    feigned.documents = Keyring([signing_key()])
    change(feigned)
    assert within(5, lambda: headlines(client) == ["Stop 2"])


def test_pinned_keys_are_the_only_ones(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned, keys=feigned.jwks())
    asked = feigned.count("keys")
    feigned.documents = Keyring([signing_key()])
    change(feigned)
    assert within(2, lambda: "pinned" in client.status().problem)
    assert (headlines(client), feigned.count("keys")) == (["Stop 1"], asked)


def test_a_stranger_to_every_key_cannot_make_it_ask_for_keys_all_the_time(
    feigned: Feigned, client_of: Any
) -> None:
    client = started(client_of, feigned)
    before = feigned.count("keys")
    feigned.named_documents = [feigned.documents]
    feigned.documents = Keyring([signing_key()])
    change(feigned)
    time.sleep(1.0)
    assert feigned.count("keys") <= before + 1
    assert headlines(client) == ["Stop 1"]


@pytest.mark.parametrize(
    "reply",
    [b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, b'{"snapshot": 1e999}', b""],
    ids=["cut", "list", "no text", "null", "deep", "infinite", "empty"],
)
def test_what_is_no_document_changes_nothing(feigned: Feigned, client_of: Any, reply: bytes) -> None:
    client = started(client_of, feigned)

    def bad(path: str, handler: Any) -> bool:
        if path == "snapshot":
            feigned.send(handler, 200, reply)
        return path == "snapshot"

    feigned.behave = bad
    change(feigned)
    assert within(2, lambda: client.status().problem)
    assert headlines(client) == ["Stop 1"]


def test_an_endless_answer_is_cut_off(feigned: Feigned, client_of: Any, monkeypatch: Any) -> None:
    client = started(client_of, feigned)

    def endless(path: str, handler: Any) -> bool:
        if path == "snapshot":
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            while True:
                handler.wfile.write(b" " * 65536)
        return path == "snapshot"

    original = following.fetch
    monkeypatch.setattr(
        following, "fetch", lambda *given, **more: original(*given, **{**more, "most": 1_000_000})
    )
    feigned.behave = endless
    change(feigned)
    assert within(5, lambda: "longer than" in client.status().problem)
    assert headlines(client) == ["Stop 1"]


def test_without_a_stream_it_asks_every_few_seconds(feigned: Feigned, client_of: Any) -> None:
    feigned.behave = no_stream
    client = started(client_of, feigned, poll=0.1)
    change(feigned)
    assert within(2, lambda: headlines(client) == ["Stop 2"])
    asked = feigned.count("snapshot")
    time.sleep(1.0)
    assert 5 <= feigned.count("snapshot") - asked <= 15


def test_a_connection_that_is_half_open_is_noticed_by_its_silence(
    feigned: Feigned, client_of: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(following, "SILENCE_SECONDS", 0.3)
    client = started(client_of, feigned, poll=0.1)
    feigned.heartbeat = 3600.0
    assert within(2, lambda: feigned.count("stream") >= 1)
    time.sleep(0.5)
    feigned.behave = no_stream
    change(feigned)
    assert within(3, lambda: headlines(client) == ["Stop 2"])


def test_the_limit_of_silence_is_three_heartbeats_of_the_portal() -> None:
    assert following.SILENCE_SECONDS > 3 * stream.HEARTBEAT_SECONDS


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
    feigned.behave = lambda path, handler: handler.connection.shutdown(socket.SHUT_RDWR) or True
    time.sleep(1.5)
    asked = [at for at, path in feigned.asked if path == "snapshot" and at > time.monotonic() - 1.2]
    # Twelve that asked as fast as they could would have asked thousands of times, and in step.
    assert len(asked) < 12 * 1.2 / 0.3 * 2
    assert len({round(at, 3) for at in asked}) > len(asked) * 0.8
    feigned.behave = lambda path, handler: False
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
