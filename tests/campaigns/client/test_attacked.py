"""The client against portals that are wrong or hostile: nothing unproved is shown."""

import time
from typing import Any

import pytest

from campaigns.client import following
from campaigns.delivery import stream
from portal.embedded.environment import signing_key
from portal.kernel.signing import Keyring
from tests.campaigns.client.conftest import within
from tests.campaigns.client.feigned import Feigned, change, content, headlines, no_stream, started


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


def test_a_signed_snapshot_of_other_regions_changes_nothing(feigned: Feigned, client_of: Any) -> None:
    """Whoever holds one of another region could otherwise silence this one, with a signature that fits."""
    feigned.regions = ["HK", "SG"]
    client = started(client_of, feigned, regions=["sg", "HK"])
    feigned.regions = ["SE"]
    change(feigned)
    assert within(2, lambda: "other regions" in client.status().problem)
    assert headlines(client) == ["Stop 1"]


def test_why_the_portal_cannot_be_followed_is_logged_once(
    feigned: Feigned, client_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = started(client_of, feigned, poll=0.02)
    feigned.spoil = lambda body: body.update(snapshot=None)
    change(feigned)
    assert within(3, lambda: feigned.count("snapshot") > 6)
    feigned.spoil = lambda body: None
    assert within(5, lambda: headlines(client) == ["Stop 2"])
    said = [
        each.message
        for each in caplog.records
        if each.levelname == "WARNING" and each.name.startswith("campaigns.client")
    ]
    assert said == ["the portal cannot be followed: not a snapshot"]


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
