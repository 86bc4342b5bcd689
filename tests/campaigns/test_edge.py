"""The hot path as a client meets it: keys, parameters, windows, ETags, and the lease."""

import json
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings

from campaigns.delivery import load
from campaigns.delivery.edge import Edge
from campaigns.review import flows as review
from portal.clients import flows as clients
from tests.campaigns.asking import Held, answered, ask, candidate, read, snapshot_of
from tests.campaigns.warnings import drafted, published, submitted, text
from tests.clients import make_client
from tests.people import SYSTEM


@pytest.fixture
def key(transactional_db: None, now: Any) -> str:
    return make_client("withdrawals", ["campaigns:read"], now=now)[1]


@pytest.fixture
def house(transactional_db: None, house: Any) -> Any:
    return house


def test_it_answers_exactly_the_approved_text(key, house, now):
    version = published(house, now)
    status, headers, body = ask(Edge(None, Held(read())), key)
    assert status == 200
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    [campaign] = body["campaigns"]
    assert campaign["warning"] == version.content["texts"]["zh-Hant"]
    assert campaign["publication"]["version"] == {
        "id": str(version.pk),
        "number": 1,
        "sha256": version.sha256,
    }
    assert campaign["agency"] == "測試警隊"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("zh-HK", "zh-Hant"), ("zh-TW", "zh-Hant"), ("en-GB", "en"), ("sv", "zh-Hant"), ("zh-CN", "zh-Hant")],
)
def test_the_language_is_negotiated_and_never_mixed(key, house, now, asked, answered):
    version = published(house, now)
    _, _, body = ask(Edge(None, Held(read())), key, f"region=HK&language={asked}")
    assert body["campaigns"][0]["language"] == answered
    assert body["campaigns"][0]["warning"] == version.content["texts"][answered]


def test_nothing_live_is_204_and_a_draft_or_a_version_in_review_is_not_live(key, house, now):
    drafted(house, now)
    submitted(house, now)
    assert ask(Edge(None, Held(read())), key)[0] == 204
    assert ask(Edge(None, Held(read())), key, "region=SE")[0] == 204


def test_a_window_is_judged_when_the_api_answers_and_its_end_is_exclusive(key, house, now):
    published(house, now, starts_at=now, ends_at=now + timedelta(hours=1))
    snapshot = read()
    starts, ends = now.timestamp(), now.timestamp() + 3600
    assert answered(snapshot, "HK", "en", starts - 0.001).body is None
    assert answered(snapshot, "HK", "en", starts).body is not None
    assert answered(snapshot, "HK", "en", ends - 0.001).body is not None
    assert answered(snapshot, "HK", "en", ends).body is None


def test_a_subdivision_inherits_its_country_but_not_the_other_way():
    of_state, of_country = candidate(1, "US-CA"), candidate(2, "US", priority=90)
    snapshot = snapshot_of(of_state, of_country)
    assert b"p1" not in (answered(snapshot, "US", "en", 1.0).body or b"")
    body = json.loads(answered(snapshot, "US-CA", "en", 1.0).body or b"")
    # By priority, whichever region it is for.
    assert [each["publication"]["id"] for each in body["campaigns"]] == ["p2", "p1"]


def test_the_highest_priority_comes_first(key, house, now):
    published(house, now, title="low", priority=10)
    published(house, now, title="high", priority=90)
    _, _, body = ask(Edge(None, Held(read())), key)
    assert [campaign["publication"]["priority"] for campaign in body["campaigns"]] == [90, 10]


def test_a_recalled_text_is_gone(key, house, now):
    version = published(house, now)
    assert ask(Edge(None, Held(read())), key)[0] == 200
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="wrong number")
    assert ask(Edge(None, Held(read())), key)[0] == 204


def test_the_older_version_is_served_until_the_newer_ones_window_opens(key, house, now):
    from campaigns.authoring import flows as authoring
    from campaigns.models import Campaign
    from tests.campaigns.warnings import audience

    first = published(house, now)
    campaign = Campaign.objects.get()
    authoring.revise(campaign.pk, actor=house.officer, now=now)
    authoring.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=2,
        audience=audience(now, starts_at=now + timedelta(days=2)), text=text("Second"),
    )  # fmt: skip
    campaign.refresh_from_db()
    second = published(house, now, submitted(house, now, campaign))
    snapshot = read()
    before = json.loads(answered(snapshot, "HK", "en", (now + timedelta(days=1)).timestamp()).body or b"")
    after = json.loads(answered(snapshot, "HK", "en", (now + timedelta(days=2)).timestamp()).body or b"")
    assert [each["publication"]["version"]["id"] for each in before["campaigns"]] == [str(first.pk)]
    assert [each["publication"]["version"]["id"] for each in after["campaigns"]] == [str(second.pk)]


def test_a_training_agency_reaches_no_one(key, house, now):
    from portal.models import Agency

    published(house, now)
    Agency.objects.filter(pk=house.ours.pk).update(is_training=True)
    assert ask(Edge(None, Held(read())), key)[0] == 204


def test_a_version_whose_text_is_not_what_was_approved_is_left_out(key, house, now, as_owner):
    published(house, now)
    changed = "jsonb_set(content, '{texts,en,headline}', '\"Send it\"')"
    as_owner(f"UPDATE campaigns_version SET content = {changed}")  # noqa: S608
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        snapshot, refused = load.load(direct)
    assert len(refused) == 1
    assert ask(Edge(None, Held(snapshot)), key)[0] == 204


def test_a_text_that_was_proved_once_is_handed_on_and_its_window_is_read_anew(key, house, now, as_owner):
    kept, gone = published(house, now), published(house, now, title="Another")
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        first = load.load(direct)[0]
        review.recall(gone.campaign_id, actor=house.supervisor, now=now, why="A wrong number.")
        # Whatever happens to the stored text now, this process has the approved one.
        as_owner("UPDATE campaigns_version SET content = '{}'")
        second, refused = load.load(direct, first)
    assert refused == {}
    assert len(first.texts) == 2
    assert list(second.texts.values()) == [first.texts[str(kept.publication.pk)]]
    assert second.texts[str(kept.publication.pk)] is first.texts[str(kept.publication.pk)]
    status, _, body = ask(Edge(None, Held(second)), key)
    assert (status, [each["publication"]["version"]["sha256"] for each in body["campaigns"]]) == (
        200, [kept.sha256],
    )  # fmt: skip


def test_the_same_answer_is_304_by_its_etag(key, house, now):
    published(house, now)
    edge = Edge(None, Held(read()))
    _, headers, _ = ask(edge, key)
    status, again, body = ask(edge, key, HTTP_IF_NONE_MATCH=f'"other", W/{headers["ETag"]}')
    assert (status, body, again["ETag"]) == (304, None, headers["ETag"])
    assert ask(edge, key, HTTP_IF_NONE_MATCH='"other"')[0] == 200


def test_head_has_the_headers_and_no_body(key, house, now):
    published(house, now)
    status, headers, body = ask(Edge(None, Held(read())), key, REQUEST_METHOD="HEAD")
    assert (status, body) == (200, None)
    assert int(headers["Content-Length"]) > 100


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "bad-query"),
        ("language=en", 400, "bad-query"),
        ("region=HK&region=SE", 400, "bad-query"),
        ("region=HK&colour=red", 400, "bad-query"),
        ("region=%ff", 400, "bad-query"),
        ("region=" + "H" * 600, 400, "bad-query"),
        ("region=XX", 422, "unknown-region"),
        ("region=US-ZZ", 422, "unknown-region"),
        ("region=HK%00", 422, "unknown-region"),
        ("region=%C3%9F", 422, "unknown-region"),  # ß, which upper() would make SS
        ("region=HK&language=", 422, "unknown-language"),
        ("region=HK&language=not+a+tag", 422, "unknown-language"),
        ("region=HK&language=" + "x" * 40, 422, "unknown-language"),
        ("region=HK&language=%E4%B8%AD", 422, "unknown-language"),
    ],
)
def test_bad_input_is_a_problem_document(key, query, status, code):
    got, headers, body = ask(Edge(None, Held(read())), key, query)
    assert (got, body["code"], body["status"]) == (status, code, status)
    assert headers["Content-Type"].startswith("application/problem+json")


def test_keys_are_refused_each_with_its_reason(key, now):
    earlier = now - timedelta(days=2)
    _, expired = make_client("old", ["campaigns:read"], now=earlier, expires_at=now - timedelta(days=1))
    lost, revoked = make_client("lost", ["campaigns:read"], now=now)
    clients.revoke(lost.pk, actor=SYSTEM, now=now, why="lost")
    gone, closed = make_client("gone", ["campaigns:read"], now=now)
    clients.close(gone.client_id, actor=SYSTEM, now=now, why="gone")
    _, writer = make_client("writer", ["events:write"], now=now)
    edge = Edge(None, Held(read()))
    assert ask(edge, None)[2]["code"] == "key-missing"
    assert ask(edge, "nonsense")[2]["code"] == "key-unknown"
    assert ask(edge, key[:-1] + ("A" if key[-1] != "A" else "B"))[2]["code"] == "key-unknown"
    assert ask(edge, expired)[2]["code"] == "key-expired"
    assert ask(edge, revoked)[2]["code"] == "key-revoked"
    assert ask(edge, closed)[2]["code"] == "client-closed"
    status, _, body = ask(edge, writer)
    assert (status, body["code"]) == (403, "scope-missing")
    assert ask(edge, None)[1]["WWW-Authenticate"].startswith("Bearer")


def test_other_methods_are_405(key):
    status, headers, _ = ask(Edge(None, Held(read())), key, REQUEST_METHOD="POST")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_past_the_lease_nothing_is_served(key):
    status, headers, body = ask(Edge(None, Held(None)), key)
    assert (status, body["code"], headers["Retry-After"]) == (503, "unconfirmed", "1")


def test_a_follower_learns_of_an_approval_and_a_recall_within_a_second(key, house, now):
    from campaigns.delivery.follow import Follower

    following = Follower()
    try:
        edge = Edge(None, following)
        assert ask(edge, key)[0] == 204
        version = published(house, now)
        assert within_a_second(lambda: ask(edge, key)[0] == 200)
        review.recall(version.campaign_id, actor=house.reviewer, now=now, why="wrong")
        assert within_a_second(lambda: ask(edge, key)[0] == 204)
    finally:
        following.stop()
    assert ask(edge, key)[0] == 503


def within_a_second(holds: Any) -> bool:
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.005)
    return False
