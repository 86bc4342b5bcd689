"""One publication at any time, and what clients say they run."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from campaigns.client.publication import Publication as Signed
from campaigns.client.signing import trusted
from campaigns.delivery import instances
from campaigns.delivery.stopped import Stop, stopping
from campaigns.delivery.tasks import forget
from campaigns.models import DeliveryAcknowledgement, DeliveryProcess, Publication
from campaigns.review import flows as review
from portal.keyring import jwks
from tests.campaigns.warnings import published
from tests.clients import make_client

BASE = "/api/v1/campaigns/"


@pytest.fixture
def call(db: None, known_here: None, now: Any) -> Any:
    """call(path, body): as a client with both scopes; call.key is its key."""
    browser = Browser()
    key = make_client("withdrawals", ["campaigns:read", "events:write"], now=now)[1]

    def ask(path: str, body: Any = None, key: str = key) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        if body is None:
            return browser.get(BASE + path, headers=headers)
        return browser.post(BASE + path, body, content_type="application/json", headers=headers)

    return ask


def ack(revision: int, **changes: Any) -> dict[str, Any]:
    given = {"instance": str(uuid4()), "host": "w-1", "pid": 7, "revision": revision, "served_seconds": 0.02}
    return {**given, **changes}


# --- publications -----------------------------------------------------------------------------------------


def test_a_publication_is_found_and_proved_for_as_long_as_there_is_a_portal(call, house, now):
    version = published(house, now)
    answer = call(f"publications/{version.publication.pk}")
    assert answer.status_code == 200
    body = answer.json()
    Signed.verified(body, trusted(jwks(), "documents"))
    assert body["texts"] == version.content["texts"]
    assert body["state"] == "live"
    assert body["until"] == version.content["window"]["ends_at"].replace("Z", "") + "Z"
    review.recall(version.campaign_id, actor=house.supervisor, now=now + timedelta(seconds=5), why="Wrong.")
    body = call(f"publications/{version.publication.pk}").json()
    assert body["state"] == "recalled"
    Signed.verified(body, trusted(jwks(), "documents"))


@pytest.mark.parametrize(
    ("id", "status"), [(uuid4(), 404), ("nonsense", 422), ("%00", 422), ("1" * 5000, 422)]
)
def test_what_was_never_published_is_not_found(call, house, now, id, status):
    assert call(f"publications/{id}").status_code == status


def test_an_exercise_was_never_published_to_anybody(call, house, now):
    from portal.models import Agency

    version = published(house, now)
    Agency.objects.filter(pk=house.ours.pk).update(is_training=True)
    assert call(f"publications/{version.publication.pk}").status_code == 404


# --- acknowledgements -------------------------------------------------------------------------------------


def test_a_process_of_a_client_stands_in_a_recall_beside_our_own(call, house, now):
    version = published(house, now)
    before = ack(revision=1)
    assert call("acks", before).status_code == 200
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    publication = Publication.objects.get(version=version)
    [process] = stopping(publication).processes
    assert (process.state, process.host, process.client) == (Stop.WAITING, "w-1", "withdrawals")
    after = {**before, "revision": publication.recall_revision, "served_seconds": 0.0}
    assert call("acks", after).status_code == 200
    assert call("acks", after).status_code == 200
    [process] = stopping(publication).processes
    assert process.state == Stop.ANSWERED
    assert process.milliseconds < 10_000
    assert DeliveryAcknowledgement.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"revision": 10**6}, 409, "unknown-revision"), ({"revision": -1}, 422, "invalid"),
        ({"revision": 2**70}, 422, "invalid"), ({"instance": "x"}, 422, "invalid"),
        ({"served_seconds": -1}, 422, "invalid"), ({"served_seconds": 10**9}, 422, "invalid"),
        ({"served_seconds": "NaN"}, 422, "invalid"), ({"host": ""}, 422, "invalid"),
        ({"host": "h" * 256}, 422, "invalid"), ({"host": "a\x00b"}, 422, "invalid"),
        ({"pid": -1}, 422, "invalid"), ({"pid": 2**31}, 422, "invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, house, now, changes, status, code):
    published(house, now)
    answer = call("acks", ack(**{"revision": 1, **changes}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not DeliveryProcess.objects.exists()


def test_nobody_speaks_for_another_clients_process(call, house, now):
    published(house, now)
    other = make_client("other", ["campaigns:read"], now=now)[1]
    mine = ack(1)
    assert call("acks", mine).status_code == 200
    taken = call("acks", {**mine, "revision": 0}, key=other)
    assert (taken.status_code, taken.json()["code"]) == (409, "instance-taken")
    assert DeliveryProcess.objects.get().revision == 1


def test_nobody_speaks_for_a_process_of_ours(call, house, now):
    published(house, now)
    ours = DeliveryProcess.objects.create(
        id=uuid4(), host="d-1", pid=1, first_revision=0, revision=0, started_at=now, confirmed_at=now
    )
    assert call("acks", ack(1, instance=str(ours.pk))).json()["code"] == "instance-taken"
    ours.refresh_from_db()
    assert ours.revision == 0


def test_a_client_has_so_many_processes_and_no_more(call, house, now, monkeypatch):
    monkeypatch.setattr(instances, "MOST_INSTANCES", 3)
    published(house, now)
    first = ack(1)
    assert [call("acks", each).status_code for each in (first, ack(1), ack(1))] == [200] * 3
    assert call("acks", ack(1)).json()["code"] == "too-many-instances"
    assert call("acks", first).status_code == 200


def test_what_clients_said_is_forgotten_in_time(call, house, now):
    published(house, now)
    call("acks", ack(1, served_seconds=7 * 24 * 3600))
    DeliveryProcess.objects.update(confirmed_at=now - timedelta(days=60))
    forget()
    assert DeliveryProcess.objects.exists()
    # The acknowledgement is of a week ago at most; a month later both go.
    assert DeliveryAcknowledgement.objects.count() == 1
