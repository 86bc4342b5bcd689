"""The answers that a snapshot has ready: never for longer, nor for anybody else, than they are right."""

import json
from typing import Any

import pytest

from campaigns.client.audience import Conditions
from campaigns.client.selection import Showing
from campaigns.delivery import edge as edges
from campaigns.delivery.answers import NOTHING, not_modified, prepared_answer
from campaigns.delivery.edge import FRAGMENT, Edge
from campaigns.delivery.snapshot import Snapshot
from tests.campaigns.asking import Held, ask, candidate, raw, snapshot_of
from tests.portal.test_client_door import known

QUERY = "region=HK&language=en"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The wall clock that the edge reads, in Unix seconds; it stands still."""
    moment = [1_000.0]
    monkeypatch.setattr(edges, "time", lambda: moment[0])
    return moment


def served(*candidates: Any) -> tuple[Edge, Snapshot, str]:
    keys, text = known(expires=float("inf"))
    snapshot = snapshot_of(*candidates, keys=keys)
    return Edge(None, Held(snapshot)), snapshot, text  # type: ignore[arg-type]


def named(body: dict[str, Any] | None) -> list[str]:
    return [each["publication"]["id"] for each in body["campaigns"]] if body else []


def test_the_second_call_is_answered_with_the_first_ones_bytes(clock: list[float]) -> None:
    edge, snapshot, key = served(candidate(1))
    first, again = raw(edge, key, edges.ACTIVE, QUERY), raw(edge, key, edges.ACTIVE, QUERY)
    assert first[2] is again[2]
    assert len(snapshot.ready) == 1


def test_a_window_that_opens_or_ends_is_seen_at_once(clock: list[float]) -> None:
    edge, _, key = served(candidate(1, ends=2_000.0), candidate(2, starts=1_500.0, priority=1))
    seen = []
    for moment in (1_000.0, 1_499.999, 1_500.0, 1_999.999, 2_000.0):
        clock[0] = moment
        seen.append(named(ask(edge, key, QUERY)[2]))
    assert seen == [["p1"], ["p1"], ["p1", "p2"], ["p1", "p2"], ["p2"]]


def test_a_clock_that_was_ahead_leaves_nothing_behind(clock: list[float]) -> None:
    edge, _, key = served(candidate(1, ends=2_000.0))
    clock[0] = 3_000.0
    assert ask(edge, key, QUERY)[0] == 204
    clock[0] = 1_000.0
    assert named(ask(edge, key, QUERY)[2]) == ["p1"]


def test_past_the_lease_only_what_may_be_is_served_and_within_it_all_again(clock: list[float]) -> None:
    keys, key = known(expires=float("inf"))
    snapshot = snapshot_of(candidate(1, unconfirmed=60.0), candidate(2, priority=1), keys=keys)
    for confirmed_at, found in ((None, ["p1", "p2"]), (990.0, ["p1"]), (None, ["p1", "p2"])):
        edge = Edge(None, Held(snapshot, confirmed_at=confirmed_at))  # type: ignore[arg-type]
        assert named(ask(edge, key, QUERY)[2]) == found
    gone = Edge(None, Held(snapshot, confirmed_at=900.0))  # type: ignore[arg-type]
    assert [ask(gone, key, QUERY)[2]["code"] for _ in range(2)] == ["unconfirmed"] * 2


def test_a_key_is_asked_for_each_time(clock: list[float]) -> None:
    edge, _, key = served(candidate(1))
    assert ask(edge, key, QUERY)[0] == 200
    assert ask(edge, None, QUERY)[0] == 401
    assert ask(edge, key[:-1] + ("A" if key[-1] != "A" else "B"), QUERY)[0] == 401
    assert ask(edge, key, QUERY, REQUEST_METHOD="POST")[0] == 405


def test_what_is_said_of_a_user_is_kept_nowhere(clock: list[float]) -> None:
    edge, snapshot, key = served(candidate(1, conditions=Conditions(new_address=True)))
    assert ask(edge, key, QUERY + "&new_address=false")[0] == 204
    assert named(ask(edge, key, QUERY + "&new_address=true")[2]) == ["p1"]
    assert ask(edge, key, QUERY + "&subject=u-00000001")[0] == 200
    assert snapshot.ready == {}


def test_who_has_seen_enough_changes_nothing_for_others(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    edge, _, key = served(candidate(1, showing=Showing(1, 7)))
    monkeypatch.setattr(edges.showings, "enough", lambda *_: frozenset({"c1"}))
    for query, status in ((QUERY, 200), (QUERY + "&subject=u-00000001", 204), (QUERY, 200)):
        assert ask(edge, key, query)[0] == status


def test_each_path_and_encoding_has_its_own(clock: list[float]) -> None:
    edge, _, key = served(*(candidate(number) for number in range(9)))
    sizes = {}
    for encoding in ("gzip", "br", "identity", "gzip;q=0, br"):
        _, headers, body = raw(edge, key, edges.ACTIVE, QUERY, HTTP_ACCEPT_ENCODING=encoding)
        sizes[encoding] = (headers.get("Content-Encoding"), len(body))
    assert [each[0] for each in sizes.values()] == ["gzip", "br", None, "br"]
    assert sizes["br"] == sizes["gzip;q=0, br"]
    assert sizes["identity"][1] > max(sizes["br"][1], sizes["gzip"][1])


def test_they_fill_no_memory(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    edge, snapshot, key = served(candidate(1))
    monkeypatch.setattr(edges, "MOST_READY", 8)
    for number in range(100):
        assert ask(edge, key, QUERY, HTTP_ACCEPT_ENCODING=f"x{number}")[0] == 200
        assert len(snapshot.ready) <= 8
    snapshot.ready.clear()
    raw(edge, key, edges.ACTIVE, QUERY, HTTP_ACCEPT_ENCODING="x" * 10_000)
    assert ask(edge, key, "region=HK&language=" + "x" * 400)[0] == 422
    assert snapshot.ready == {}


def test_a_caller_that_has_it_is_told_so_from_what_is_ready(clock: list[float]) -> None:
    edge, _, key = served(candidate(1))
    _, headers, _ = raw(edge, key, edges.ACTIVE, QUERY)
    etag = headers["ETag"]
    for given, status in ((etag, 304), ('"other"', 200), ("*", 304), (f"W/{etag}", 304)):
        got, sent, body = raw(edge, key, edges.ACTIVE, QUERY, HTTP_IF_NONE_MATCH=given)
        assert (got, sent["ETag"], bool(body)) == (status, etag, status == 200)
    # Nothing is no representation that a caller could have.
    assert ask(edge, key, "region=SE", HTTP_IF_NONE_MATCH="*")[0] == 204


def test_a_form_says_its_own_length_and_what_is_not_modified_none() -> None:
    answer = prepared_answer(json.dumps({"text": "a" * 600}).encode(), compressed=True)
    for form in answer.forms.values():
        assert dict(form.headers)["Content-Length"] == str(len(form.body))
        assert "Content-Length" not in dict(not_modified(form).headers)
        assert dict(not_modified(form).headers)["ETag"] in answer.etags
    assert len(answer.etags) == 3
    assert NOTHING.body is None


def test_the_fragment_and_the_list_do_not_meet(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    edge, _, key = served(candidate(1))
    drawn = prepared_answer(b"<p>", compressed=False, content_type="text/html")
    monkeypatch.setattr(edges, "fragment_answer", lambda *_: drawn)
    assert raw(edge, key, FRAGMENT, QUERY)[2] == b"<p>"
    assert named(ask(edge, key, QUERY)[2]) == ["p1"]
    assert raw(edge, key, FRAGMENT, QUERY)[2] == b"<p>"
