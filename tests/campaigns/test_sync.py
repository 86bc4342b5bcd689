"""Snapshots for clients, public keys, and the prepared forms of an answer."""

import gzip
import json
from datetime import timedelta
from typing import Any

import brotli
import pytest

from campaigns.client.publication import Publication
from campaigns.client.signing import trusted
from campaigns.client.snapshot import Snapshot
from campaigns.delivery import sync
from campaigns.delivery.edge import ACTIVE, KEYS, SNAPSHOT, Edge
from campaigns.delivery.encodings import accepted
from campaigns.delivery.sync import snapshot_answer
from portal.kernel.regions import is_region
from tests.campaigns.asking import Held, ask, candidate, raw, read, snapshot_of
from tests.campaigns.warnings import published
from tests.clients import make_client


@pytest.fixture
def key(transactional_db: None, now: Any) -> str:
    return make_client("withdrawals", ["campaigns:read"], now=now)[1]


@pytest.fixture
def house(transactional_db: None, house: Any) -> Any:
    return house


def verified(edge: Edge, key: str, query: str = "") -> Snapshot:
    status, _, jwks = ask(edge, None, "", path=KEYS)
    assert status == 200
    status, _, body = ask(edge, key, query, path=SNAPSHOT)
    assert status == 200
    return Snapshot.verified(body, documents=trusted(jwks, "documents"), snapshots=trusted(jwks, "snapshots"))


def test_a_client_can_prove_a_whole_snapshot_and_selects_the_same(key, house, now):
    published(house, now, title="low", priority=10, assets=["USDT"], show_at_most=2, show_per_days=7)
    published(house, now, title="high", priority=90, ends_at=None, unconfirmed_seconds=900)
    published(house, now, title="tomorrow", starts_at=now + timedelta(days=1))
    edge = Edge(None, Held(held := read()))
    found = verified(edge, key)
    assert found.revision == held.revision
    assert len(found.publications) == 3
    assert found.selection.regions == held.selection.regions
    _, _, answered = ask(edge, key, "region=HK&language=en")
    live = found.selection.live("HK", "en", now.timestamp())
    assert [each["publication"]["id"] for each in answered["campaigns"]] == [
        each.candidate.id for each in live.chosen
    ]


def test_one_campaign_of_an_answer_proves_itself(key, house, now):
    published(house, now)
    edge = Edge(None, Held(read()))
    keys = trusted(ask(edge, None, "", path=KEYS)[2], "documents")
    [campaign] = ask(edge, key)[2]["campaigns"]
    texts = {campaign["language"]: campaign["warning"]}
    given = {"publication": campaign["publication"], "signature": campaign["signature"], "texts": texts}
    assert Publication.verified(given, keys).texts == texts


def test_a_superseded_version_says_until_when(key, house, now):
    from campaigns.authoring import flows as authoring
    from tests.campaigns.warnings import audience, submitted, text

    first = published(house, now)
    campaign = first.campaign
    authoring.revise(campaign.pk, actor=house.officer, now=now)
    later = now + timedelta(days=2)
    authoring.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=2, audience=audience(now, starts_at=later),
        text=text("Second"),
    )  # fmt: skip
    campaign.refresh_from_db()
    published(house, now, submitted(house, now, campaign))
    found = verified(Edge(None, Held(read())), key)
    ends = found.selection.candidates[str(first.publication.pk)].ends
    assert ends == later.replace(microsecond=0).timestamp()


def test_a_snapshot_of_some_regions_has_their_countries_and_parts_and_no_others():
    snapshot = snapshot_of(
        candidate(1, "US"),
        candidate(2, "US-CA"),
        candidate(3, "US-NY"),
        candidate(4, "HK"),
        candidate(5, "SE", "HK"),
    )

    def ids(*regions: str) -> list[str]:
        body = json.loads(snapshot_answer(snapshot, frozenset(regions)).body or b"")
        assert body["snapshot"]["regions"] == sorted(regions)
        return [each["publication"] for each in body["snapshot"]["publications"]]

    assert ids("US-CA") == ["p1", "p2"]
    assert ids("US") == ["p1", "p2", "p3"]
    assert ids("HK") == ["p4", "p5"]
    assert ids("FR") == []
    assert len(json.loads(snapshot_answer(snapshot, None).body or b"")["publications"]) == 5


def test_snapshots_are_made_once_and_few_are_kept():
    snapshot = snapshot_of(candidate(1))
    assert snapshot_answer(snapshot, None) is snapshot_answer(snapshot, None)
    for number in range(100):
        snapshot_answer(snapshot, frozenset({f"R{number}"}))
    assert len(snapshot.synced) <= sync.MOST_KEPT


def test_an_unchanged_snapshot_is_304(key, house, now):
    published(house, now)
    edge = Edge(None, Held(read()))
    _, headers, _ = ask(edge, key, "", path=SNAPSHOT)
    assert ask(edge, key, "", path=SNAPSHOT, HTTP_IF_NONE_MATCH=headers["ETag"])[0] == 304
    published(house, now, title="Another")
    edge = Edge(None, Held(read()))
    assert ask(edge, key, "", path=SNAPSHOT, HTTP_IF_NONE_MATCH=headers["ETag"])[0] == 200


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("regions=", 422, "unknown-region"), ("regions=HK,,SE", 422, "unknown-region"),
        ("regions=HK,XX", 422, "unknown-region"), ("regions=HK&regions=SE", 400, "bad-query"),
        ("region=HK", 400, "bad-query"), ("regions=" + "HK," * 400, 400, "bad-query"),
    ],
)  # fmt: skip
def test_regions_are_read_strictly(key, query, status, code):
    got, _, body = ask(Edge(None, Held(read())), key, query, path=SNAPSHOT)
    assert (got, body["code"]) == (status, code)
    assert is_region("HK")


def test_a_snapshot_needs_a_key_and_the_public_keys_need_none(key, now):
    edge = Edge(None, Held(read()))
    assert ask(edge, None, "", path=SNAPSHOT)[2]["code"] == "key-missing"
    _, writer = make_client("writer", ["events:write"], now=now)
    assert ask(Edge(None, Held(read())), writer, "", path=SNAPSHOT)[2]["code"] == "scope-missing"
    status, headers, body = ask(edge, None, "", path=KEYS)
    assert (status, headers["Cache-Control"]) == (200, "public, max-age=300")
    assert {each["purpose"] for each in body["keys"]} == {"documents", "snapshots"}
    assert not any("d" in each for each in body["keys"])
    assert ask(edge, None, "", path=KEYS, REQUEST_METHOD="DELETE")[0] == 405


# --- forms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "identity"), ("", "identity"), ("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"), ("br;q=0.000, gzip;q=0", "identity"), ("*", "br"),
        ("identity", "identity"), ("deflate", "identity"), ("GZIP", "gzip"), ("gzip ; q=0.5", "gzip"),
        ("gzip;q=x", "gzip"), ("*;q=0", "identity"), ("gzip," * 100, "identity"), ("g\x00zip", "identity"),
    ],
)  # fmt: skip
def test_the_smallest_form_that_is_accepted(header, expected):
    assert accepted(header) == expected


@pytest.mark.parametrize(
    ("encoding", "read_back"), [("gzip", gzip.decompress), ("br", brotli.decompress), (None, bytes)]
)
@pytest.mark.parametrize("path", [ACTIVE, SNAPSHOT])
def test_every_form_is_the_same_answer(key, house, now, encoding, read_back, path):
    published(house, now)
    edge = Edge(None, Held(read()))
    query = "region=HK&language=en" if path == ACTIVE else ""
    _, plain_headers, plain = raw(edge, key, path, query)
    accept = {"HTTP_ACCEPT_ENCODING": encoding} if encoding else {}
    status, headers, body = raw(edge, key, path, query, **accept)
    assert (status, read_back(body)) == (200, plain)
    assert headers.get("Content-Encoding") == encoding
    assert headers["Content-Length"] == str(len(body))
    assert headers["Vary"] == "Authorization, Accept-Encoding"
    if encoding:
        assert len(body) < len(plain)
        assert headers["ETag"] != plain_headers["ETag"]
    # Whichever form somebody has: it is the same answer.
    for etag in (headers["ETag"], plain_headers["ETag"]):
        assert raw(edge, key, path, query, HTTP_IF_NONE_MATCH=etag, **accept)[0] == 304


def test_each_answer_names_its_request_and_its_time(key):
    edge = Edge(None, Held(read(), age=1.5))
    _, headers, _ = ask(edge, key, HTTP_X_REQUEST_ID="withdrawal-7f3a")
    assert headers["X-Request-ID"] == "withdrawal-7f3a"
    assert headers["Server-Timing"].startswith("answer;dur=")
    assert headers["Age-of-truth"] == "1.50"
    _, headers, body = ask(edge, None, HTTP_X_REQUEST_ID="<script>\r\n")
    assert len(headers["X-Request-ID"]) == 36
    assert body["code"] == "key-missing"
