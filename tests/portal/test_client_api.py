"""The API behind Django goes through the clients' door, and its description says so."""

import json
from typing import Any

import pytest

from campaigns.outcomes.ingest import Receipt
from portal.clients import flows
from tests.campaigns.conftest import known_here  # noqa: F401 - a fixture
from tests.clients import make_client
from tests.people import SYSTEM

pytestmark = pytest.mark.django_db
URL = "/api/v1/campaigns/events"


def post(client: Any, key: str, body: str = '{"events": []}', **environ: str) -> Any:
    return client.post(
        URL, data=body, content_type="application/json", headers={"Authorization": f"Bearer {key}"}, **environ
    )


@pytest.mark.usefixtures("known_here")
@pytest.mark.parametrize(("body", "status"), [('{"events": []}', 422), ("{", 400), ('{"events": [1]}', 200)])
def test_whoever_is_let_in_learns_the_rate_whatever_comes_of_the_call(
    client: Any, now: Any, body: str, status: int
) -> None:
    _, key = make_client("x", ["events:write"], now=now, per_minute=60)
    answer = post(client, key, body)
    assert answer.status_code == status
    assert answer["RateLimit-Policy"] == '"client";q=60;w=60'
    assert answer["RateLimit"] == '"client";r=59;t=1'


@pytest.mark.usefixtures("known_here")
def test_too_many_calls_are_refused_with_the_seconds_to_wait(client: Any, now: Any) -> None:
    _, key = make_client("x", ["events:write"], now=now, per_minute=2)
    assert [post(client, key).status_code for _ in range(3)] == [422, 422, 429]
    answer = post(client, key)
    assert json.loads(answer.content)["code"] == "rate-limited"
    assert answer["Content-Type"].startswith("application/problem+json")
    assert 1 <= int(answer["Retry-After"]) <= 30
    assert answer["RateLimit"] == f'"client";r=0;t={answer["Retry-After"]}'


@pytest.mark.usefixtures("known_here")
def test_who_is_not_let_in_learns_no_rate(client: Any, now: Any) -> None:
    key, text = make_client("x", ["events:write"], now=now, networks=["203.0.113.0/24"])
    answer = post(client, text, REMOTE_ADDR="198.51.100.1")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "network-not-allowed")
    assert "RateLimit" not in answer
    assert post(client, text, REMOTE_ADDR="203.0.113.1").status_code == 422
    flows.revoke(key.pk, actor=SYSTEM, now=now, why="x")
    answer = post(client, text, REMOTE_ADDR="203.0.113.1")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (401, "key-revoked")
    assert answer["WWW-Authenticate"] == 'Bearer realm="portal", error="invalid_token"'
    assert "RateLimit" not in answer


@pytest.mark.usefixtures("known_here")
def test_an_act_of_a_client_names_where_it_came_from(client: Any, now: Any, monkeypatch: Any) -> None:
    seen = []
    monkeypatch.setattr(
        "campaigns.outcomes.api.ingest", lambda events, actor, now: seen.append(actor) or Receipt()
    )
    _, key = make_client("x", ["events:write"], now=now)
    post(client, key, '{"events": [1]}', REMOTE_ADDR="::ffff:203.0.113.1")
    [actor] = seen
    assert (actor.kind, actor.label, actor.ip) == ("client", "x", "203.0.113.1")
    assert actor.request_id


def test_a_process_that_cannot_tell_which_keys_hold_lets_nobody_in(
    client: Any, now: Any, monkeypatch: Any
) -> None:
    from campaigns.delivery.follow import follower

    monkeypatch.setattr(follower, "truth", lambda: None)
    _, key = make_client("x", ["events:write"], now=now)
    answer = post(client, key)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (503, "unconfirmed")


@pytest.mark.parametrize(("path", "method"), [("active", "get"), ("events", "post")])
def test_the_description_tells_of_the_door(client: Any, path: str, method: str) -> None:
    document = client.get("/api/v1/openapi.json").json()
    [operation] = [item[method] for name, item in document["paths"].items() if name.endswith(path)]
    assert operation["security"] == [{"ClientKey": []}]
    scheme = document["components"]["securitySchemes"]["ClientKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    answers = operation["responses"]
    for status in ("200", "400", "422", "403", "429"):
        assert {"RateLimit", "RateLimit-Policy"} <= set(answers[status]["headers"]), status
    assert "Retry-After" in answers["429"]["headers"]
    assert "WWW-Authenticate" in answers["401"]["headers"]
    assert "RateLimit" not in answers["401"]["headers"]
    for status in ("401", "403", "429", "503"):
        assert "ProblemDocument" in json.dumps(answers[status]["content"])
