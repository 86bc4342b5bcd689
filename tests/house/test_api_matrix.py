"""Every address of the API × every kind of key: what each client gets, stated, then tried at the front door.

A new operation is missing from the table and fails until its row is written. Keys that do not hold are
refused in the same words whatever they would have opened; a person's session opens nothing here. A 422 was
let in: its call holds no events.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from campaigns.delivery import load
from campaigns.delivery.edge import Edge
from campaigns.delivery.follow import Truth, follower
from campaigns.delivery.snapshot import Snapshot
from portal.clients import flows
from portal.wsgi import application
from tests.campaigns.warnings import published
from tests.clients import make_client
from tests.house.addresses import addresses
from tests.people import SYSTEM, House, open_session

# Nobody's: no key, or one that is not ours. Void: a key of all scopes, but revoked, expired, of a closed
# client, or used from a network that its client does not allow.
COLUMNS = ("none", "unknown", "read", "write", "both", "revoked", "expired", "closed", "foreign", "officer")

#                     none unknown read write both revoked expired closed foreign officer
TABLE = """
api:active            401  401     200  403   200  401     401     401    403     401
api:fragment          401  401     200  403   200  401     401     401    403     401
api:snapshot          401  401     200  403   200  401     401     401    403     401
api:keys              200  200     200  200   200  200     200     200    200     200
api:component         200  200     200  200   200  200     200     200    200     200
api:publication       401  401     404  403   404  401     401     401    403     401
api:acks              401  401     422  403   422  401     401     401    403     401
api:events            401  401     403  422   422  401     401     401    403     401
api:stream            401  401     200  403   200  401     401     401    403     401
api-reference         200  200     200  200   200  200     200     200    200     200
api:openapi-json      200  200     200  200   200  200     200     200    200     200
api:api-root          404  404     404  404   404  404     404     404    404     404
"""
CODES = {"revoked": "key-revoked", "expired": "key-expired", "closed": "client-closed", "none": "key-missing",
         "unknown": "key-unknown", "foreign": "network-not-allowed", "officer": "key-missing"}  # fmt: skip
KEYED = (
    "api:active", "api:fragment", "api:snapshot", "api:stream", "api:publication", "api:acks", "api:events",
)  # fmt: skip
BOTH = ["campaigns:read", "events:write"]


def table() -> dict[str, list[str]]:
    return {name: outcomes for name, *outcomes in map(str.split, TABLE.strip().splitlines())}


def call(door: Edge, name: str, authorization: str | None, cookies: str = "") -> tuple[int, str]:
    """The status and, of a refusal, its code."""
    given = {"publication_id": uuid4()} if name == "api:publication" else {}
    path, query = reverse(name, kwargs=given), "region=HK" if name in ("api:active", "api:fragment") else ""
    body = json.dumps({"events": []}).encode() if name in ("api:events", "api:acks") else b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if body else "GET", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": settings.ALLOWED_HOSTS[0], "REMOTE_ADDR": "192.0.2.7", "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json",
    }  # fmt: skip
    if authorization is not None:
        environ["HTTP_AUTHORIZATION"] = authorization
    if cookies:
        environ["HTTP_COOKIE"] = cookies
    got: list[int] = []
    sent = door(environ, lambda status, headers, *rest: got.append(int(status[:3])))
    if name == "api:stream" and got[0] == 200:
        sent.close()  # type: ignore[attr-defined]
        return 200, ""
    answer = b"".join(sent)
    return got[0], json.loads(answer).get("code", "") if got[0] >= 400 else ""


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def held(transactional_db: None, house: House, now: datetime, monkeypatch: Any) -> Callable[[], Snapshot]:
    """One published warning; the snapshot of a moment stands in for the follower of a serving process."""
    published(house, now)

    def read() -> Snapshot:
        with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as connection:
            snapshot = load.load(connection)[0]
        monkeypatch.setattr(follower, "truth", lambda: Truth(snapshot, 0.0, None))
        return snapshot

    return read


@pytest.fixture
def keys(held: Callable[[], Snapshot], now: datetime) -> dict[str, str | None]:
    """The Authorization header of each column."""
    made = {
        "read": make_client("reader", BOTH[:1], now=now)[1],
        "write": make_client("reporter", BOTH[1:], now=now)[1],
        "both": make_client("both", BOTH, now=now)[1],
        "foreign": make_client("elsewhere", BOTH, now=now, networks=["198.51.100.0/24"])[1],
    }
    row, made["revoked"] = make_client("leaky", BOTH, now=now)
    flows.revoke(row.pk, actor=SYSTEM, now=now, why="It leaked.")
    before = now - timedelta(days=9)
    _, made["expired"] = make_client("old", BOTH, now=before, expires_at=now - timedelta(seconds=1))
    row, made["closed"] = make_client("gone", BOTH, now=now)
    flows.close(row.client_id, actor=SYSTEM, now=now, why="No longer used.")
    made["unknown"] = made["both"][:-1] + ("A" if made["both"][-1] != "A" else "B")
    held()
    return {who: f"Bearer {key}" for who, key in made.items()} | {"none": None, "officer": None}


def test_the_table_names_every_address_of_the_api_and_no_other() -> None:
    named = {address.name for address in addresses() if address.pattern.startswith("api/")}
    assert set(table()) == named


@pytest.mark.django_db(transaction=True)
def test_each_client_gets_what_the_table_says(keys: dict[str, str | None], house: House) -> None:
    browser = Browser()
    open_session(browser, house.officer)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    wrong = {}
    for name, row in table().items():
        for who, stated in zip(COLUMNS, row, strict=True):
            status, code = call(application, name, keys[who], cookie if who == "officer" else "")
            expected = CODES.get(who, "scope-missing") if stated in ("401", "403") else ""
            if str(status) != stated or (expected and code != expected):
                wrong[name, who] = (status, code, stated, expected)
    assert wrong == {}


@pytest.mark.django_db(transaction=True)
def test_the_delivery_role_gives_the_same_answers_and_knows_no_other_address(
    keys: dict[str, str | None],
) -> None:
    delivery = Edge(behind=None)
    for name in ("api:active", "api:fragment", "api:snapshot", "api:keys"):
        for who, stated in zip(COLUMNS, table()[name], strict=True):
            assert str(call(delivery, name, keys[who])[0]) == stated, (name, who)
    assert call(delivery, "api:events", keys["both"])[0] == 404


@pytest.mark.django_db(transaction=True)
def test_past_the_lease_no_key_opens_anything(keys: dict[str, str | None], monkeypatch: Any) -> None:
    monkeypatch.setattr(follower, "truth", lambda: None)
    for name in KEYED:
        assert call(application, name, keys["both"])[0] == 503
