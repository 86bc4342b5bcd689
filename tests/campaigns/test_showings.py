"""Showing rules at the API: a subject that has been shown a campaign often enough gets it no more."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from django.conf import settings

from campaigns.client.selection import Showing
from campaigns.delivery import showings as module
from campaigns.delivery.edge import FRAGMENT, Edge
from campaigns.delivery.showings import Showings, Shown, showings
from campaigns.models import OutcomeEvent
from campaigns.outcomes.ingest import ingest
from portal.clients.actor import actor_of
from portal.kernel.identifiers import new_id
from tests.campaigns.asking import Held, ask, read
from tests.campaigns.warnings import published
from tests.clients import make_client

pytestmark = pytest.mark.django_db(transaction=True)
QUERY = "region=HK&language=en&subject="


@pytest.fixture
def client(house: Any, now: Any) -> Any:
    return make_client("withdrawals", ["campaigns:read", "events:write"], now=now)


def shown(version: Any, subject: str, at: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()), "kind": "shown", "campaign": str(version.campaign_id),
        "version": str(version.pk), "region": "HK", "language": "en", "reference": "w-0000001",
        "occurred_at": at.isoformat(), "subject": subject, **changes,
    }  # fmt: skip


def live(key: str, subject: str) -> int:
    """How many campaigns it is shown."""
    status, _, body = ask(Edge(None, Held(read())), key, QUERY + subject)
    return 0 if status == 204 else len(body["campaigns"])


def test_a_rule_is_kept_by_what_was_reported(client: Any, house: Any, now: Any) -> None:
    row, key = client
    ruled = published(house, now, show_at_most=2, show_per_days=7)
    published(house, now, title="Always")
    actor = actor_of(row.client)
    first, second = shown(ruled, "user-0001", now), shown(ruled, "user-0001", now)
    assert live(key, "user-0001") == 2
    ingest([first], actor=actor, now=now)
    # The same event again is the same showing.
    assert ingest([first], actor=actor, now=now).repeated == 1
    assert live(key, "user-0001") == 2
    ingest([second], actor=actor, now=now)
    assert live(key, "user-0001") == 1
    assert live(key, "user-0002") == 2
    status, _, body = ask(Edge(None, Held(read())), key, "region=HK&language=en")
    assert (status, len(body["campaigns"])) == (200, 2)


def test_the_fragment_keeps_the_rule_too(client: Any, house: Any, now: Any) -> None:
    row, key = client
    ruled = published(house, now, show_at_most=1, show_per_days=7)
    edge = Edge(None, Held(read()))
    from tests.campaigns.asking import raw

    assert raw(edge, key, FRAGMENT, QUERY + "user-0001")[0] == 200
    ingest([shown(ruled, "user-0001", now)], actor=actor_of(row.client), now=now)
    assert raw(edge, key, FRAGMENT, QUERY + "user-0001")[0] == 204


def test_what_is_longer_ago_than_the_rule_counts_no_more(client: Any, house: Any, now: Any) -> None:
    row, key = client
    ruled = published(house, now, show_at_most=1, show_per_days=2)
    ingest([shown(ruled, "user-0001", now - timedelta(days=3))], actor=actor_of(row.client), now=now)
    assert live(key, "user-0001") == 1
    ingest([shown(ruled, "user-0001", now - timedelta(days=1))], actor=actor_of(row.client), now=now)
    assert live(key, "user-0001") == 0


def test_only_shown_counts_and_another_clients_subject_is_another(client: Any, house: Any, now: Any) -> None:
    row, key = client
    ruled = published(house, now, show_at_most=1, show_per_days=7)
    ingest([shown(ruled, "user-0001", now, kind="proceeded")], actor=actor_of(row.client), now=now)
    other, _ = make_client("other", ["events:write"], now=now)
    ingest([shown(ruled, "user-0001", now)], actor=actor_of(other.client), now=now)
    assert live(key, "user-0001") == 1


def test_the_subject_is_kept_nowhere(client: Any, house: Any, now: Any) -> None:
    row, _ = client
    ruled = published(house, now, show_at_most=1, show_per_days=7)
    ingest([shown(ruled, "user-0001", now)], actor=actor_of(row.client), now=now)
    [event] = OutcomeEvent.objects.values()
    assert "user-0001" not in str(event)
    valkey = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    keys = list(valkey.scan_iter(f"{module.PREFIX}*:{ruled.campaign_id}"))
    assert len(keys) == 1
    assert b"user-0001" not in keys[0]
    assert 0 < valkey.ttl(keys[0]) <= 7 * 24 * 3600


@pytest.mark.parametrize("subject", ["", "short", "12345678", "me%40example.org", "x" * 65, "%00aaaaaaa"])
def test_what_could_be_a_person_is_no_subject(client: Any, house: Any, now: Any, subject: str) -> None:
    status, _, body = ask(Edge(None, Held(read())), client[1], QUERY + subject)
    assert (status, body["code"]) == (400, "bad-query")


@pytest.mark.parametrize("subject", ["short", "me@example.org", 7, ["a"], "x" * 65])
def test_an_event_with_such_a_subject_is_refused(client: Any, house: Any, now: Any, subject: Any) -> None:
    ruled = published(house, now, show_at_most=1, show_per_days=7)
    receipt = ingest([shown(ruled, subject, now)], actor=actor_of(client[0].client), now=now)
    assert [each.code for each in receipt.refused] == ["subject-unfit"]


def test_without_valkey_nothing_was_shown_too_often_and_few_are_asked(settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    away = Showings()
    rules = {"c": Showing(1, 7)}
    began = time.monotonic()
    for _ in range(200):
        assert away.enough("client", "user-0001", rules, 1.0) == frozenset()
    away.note([Shown("e", "client", "user-0001", "c", 1.0, 7)])
    assert time.monotonic() - began < 1.0


def test_a_counter_grows_no_further_than_a_rule_can_look() -> None:
    campaign = str(UUID(int=7))
    now = time.time()
    showings.note(Shown(f"e{number}", "c", "user-0009", campaign, now + number, 1) for number in range(250))
    valkey = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    assert valkey.zcard(module._key("c", "user-0009", campaign)) == 100
