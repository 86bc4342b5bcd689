"""Outcome events over the API: judged one by one, stored once, counted where they belong."""

import json
from datetime import timedelta, timezone
from typing import Any

import pytest

from campaigns.models import Exposure, OutcomeEvent
from campaigns.outcomes.figures import figures
from campaigns.outcomes.ingest import keyed_reference
from portal.kernel.identifiers import new_id
from tests.campaigns.warnings import published
from tests.clients import make_client

URL = "/api/v1/campaigns/events"
pytestmark = pytest.mark.django_db


@pytest.fixture
def post(client: Any, house: Any, now: Any, known_here: None) -> Any:
    _, key = make_client("withdrawals", ["events:write"], now=now)

    def send(events: Any, key: str | None = key) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = events if isinstance(events, str) else json.dumps({"events": events})
        answer = client.post(URL, data=body, content_type="application/json", headers=headers)
        return answer.status_code, json.loads(answer.content)

    return send


@pytest.fixture
def version(house: Any, now: Any) -> Any:
    return published(house, now)


def event(
    version: Any, now: Any, kind: str = "shown", reference: str = "withdrawal-0001", **changes: Any
) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "kind": kind,
        "campaign": str(version.campaign_id),
        "version": str(version.pk),
        "region": "HK",
        "language": "zh-Hant",
        "reference": reference,
        "occurred_at": now.isoformat(),
        **changes,
    }


def test_an_exposure_adds_up_from_its_events_in_any_order(post, version, now):
    later = now + timedelta(seconds=30)
    assert post([event(version, now, "reconsidered", occurred_at=later.isoformat())]) == (
        200, {"accepted": 1, "repeated": 0, "refused": []},
    )  # fmt: skip
    assert figures(version.campaign).exposures == 0
    post([event(version, now), event(version, now, "reviewed", part="tips")])
    exposure = Exposure.objects.get()
    assert (exposure.shown_at, exposure.reviewed_at, exposure.reconsidered_at) == (now, now, later)
    found = figures(version.campaign)
    assert (found.exposures, found.either.count, found.reviewed.count, found.reconsidered.count) == (
        1,
        1,
        1,
        1,
    )


def test_a_repeated_call_changes_nothing(post, version, now):
    events = [event(version, now), event(version, now, "proceeded")]
    assert post(events)[1] == {"accepted": 2, "repeated": 0, "refused": []}
    assert post(events)[1] == {"accepted": 0, "repeated": 2, "refused": []}
    assert post([events[0], events[0]])[1]["repeated"] == 2
    assert OutcomeEvent.objects.count() == 2


def test_bad_events_are_named_and_good_ones_kept(post, version, now):
    good = event(version, now)
    bad = [
        ("not-an-object", "text"),
        ("field-missing", {**good, "region": ""}),
        ("not-a-uuid", {**good, "id": "7"}),
        ("not-uuidv7", {**good, "id": "9b2f0c2e-8c1b-4b8e-9d70-0c4d3a2b1e00"}),
        ("unknown-kind", {**good, "kind": "stopped"}),
        ("unknown-part", {**good, "part": "tips"}),
        ("unknown-region", {**good, "region": "XX"}),
        ("region-not-covered", {**good, "region": "SE"}),
        ("language-not-covered", {**good, "language": "sv"}),
        ("unknown-version", {**good, "version": str(new_id())}),
        ("unknown-version", {**good, "campaign": str(new_id())}),
        ("reference-unfit", {**good, "reference": "user@example.org"}),
        ("reference-unfit", {**good, "reference": "85291234567"}),
        ("reference-unfit", {**good, "reference": "Chan Tai Man"}),
        ("not-a-time", {**good, "occurred_at": "yesterday"}),
        ("not-a-time", {**good, "occurred_at": "2026-11-22T10:00:00"}),
        ("in-the-future", {**good, "occurred_at": (now + timedelta(minutes=6)).isoformat()}),
        ("too-late", {**good, "occurred_at": (now - timedelta(days=8)).isoformat()}),
    ]
    status, answer = post([each for _, each in bad] + [good])
    assert status == 200
    assert [(each["index"], each["code"]) for each in answer["refused"]] == [
        (i, code) for i, (code, _) in enumerate(bad)
    ]
    assert answer["accepted"] == 1


def test_no_reference_is_stored_as_it_came(post, version, now):
    post([event(version, now)])
    stored = OutcomeEvent.objects.get()
    assert "withdrawal" not in str(OutcomeEvent.objects.values().get())
    assert stored.reference.hex == keyed_reference(str(stored.client_id), "withdrawal-0001")


def test_the_call_itself_must_fit(post, version, now):
    assert post([])[0] == 422
    assert post([event(version, now)] * 1001)[0] == 422
    assert post("{not json")[0] == 400
    assert post([event(version, now)], key=None) == (401, {**post([event(version, now)], key=None)[1]})
    assert post([event(version, now)], key="lepp_nonsense")[1]["code"] == "key-unknown"
    status, answer = post([event(version, now, reference="x" * 2_000_000)])
    assert (status, answer["code"]) == (413, "too-large")
    assert not OutcomeEvent.objects.exists()


def test_a_reading_key_may_not_write(post, version, now):
    _, reader = make_client("monitor", ["campaigns:read"], now=now)
    status, answer = post([event(version, now)], key=reader)
    assert (status, answer["code"]) == (403, "scope-missing")


def test_the_day_is_noted_once_in_the_audit_trail(post, version, now):
    from portal.models import AuditEvent

    post([event(version, now)])
    post([event(version, now, reference="withdrawal-0002")])
    assert AuditEvent.objects.filter(event="campaigns.outcomes_received").count() == 1


@pytest.mark.parametrize(
    "offset", [timedelta(hours=16), -timedelta(hours=23, minutes=59), timedelta(seconds=30)]
)
def test_an_offset_that_postgresql_does_not_take_loses_nothing(post, version, now, offset):
    moment = now.astimezone(timezone(offset)).isoformat()
    assert (
        post([event(version, now, occurred_at=moment), event(version, now, "proceeded")])[1]["accepted"] == 2
    )
    assert OutcomeEvent.objects.get(kind="shown").occurred_at == now


@pytest.mark.parametrize("written", ["{%s}", "urn:uuid:%s", " %s", "%s "])
def test_an_id_has_one_way_to_be_written(post, version, now, written):
    good = event(version, now)
    [refused] = post([{**good, "id": written % good["id"]}])[1]["refused"]
    assert refused["code"] == "not-a-uuid"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/campaigns/active/", "/api/v1/campaigns/events"])
def test_every_refusal_of_the_api_is_a_problem_document(client, db, path):
    answer = client.get(path)
    assert answer.status_code in (404, 405)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_chunked_body_is_refused_by_name(client, db):
    answer = client.generic("POST", URL, data=b"", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert (answer.status_code, answer.json()["code"]) == (411, "length-missing")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer a b", "Basic abc"])
def test_what_is_no_bearer_is_a_missing_key(client, db, header):
    answer = client.post(URL, data="{}", content_type="application/json", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "key-missing")
