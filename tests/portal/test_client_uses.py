"""Last uses: noted about once a minute in one statement, never by the request itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from campaigns.models import DeliveryRevision
from portal.clients import flows, known
from portal.clients.bookkeeping import Bookkeeper
from portal.clients.known import Usage
from portal.models import ClientKey
from tests.clients import make_client
from tests.people import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _usages(monkeypatch: Any) -> None:
    monkeypatch.setattr(known, "usages", {})
    monkeypatch.setattr("portal.clients.bookkeeping.usages", known.usages)


def used(key: ClientKey, calls: int, at: datetime, address: str = "203.0.113.9") -> Usage:
    usage = known.usages[str(key.pk)] = Usage(calls=calls, at=at.timestamp(), address=address)
    return usage


def kept(key: ClientKey) -> tuple[Any, ...]:
    return ClientKey.objects.values_list("calls", "last_used_at", "last_used_ip").get(pk=key.pk)


def test_calls_time_and_address_are_kept(now: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    used(key, 7, now)
    Bookkeeper().note()
    assert kept(key) == (7, now, "203.0.113.9")


def test_what_was_noted_is_not_noted_again(now: Any, django_assert_num_queries: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    usage = used(key, 7, now)
    books = Bookkeeper()
    books.note()
    with django_assert_num_queries(0):
        books.note()
    usage.calls += 2
    usage.at += 60
    books.note()
    assert kept(key)[:2] == (9, now + timedelta(minutes=1))


def test_many_keys_are_noted_in_one_statement(now: Any, django_assert_num_queries: Any) -> None:
    for number in range(20):
        key, _ = make_client(f"x{number}", ["campaigns:read"], now=now)
        used(key, number + 1, now)
    with django_assert_num_queries(1):
        Bookkeeper().note()
    assert sum(ClientKey.objects.values_list("calls", flat=True)) == 210


def test_a_process_that_is_behind_does_not_turn_the_time_back(now: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    used(key, 1, now, "203.0.113.9")
    Bookkeeper().note()
    used(key, 1, now - timedelta(seconds=30), "198.51.100.1")
    Bookkeeper().note()
    assert kept(key) == (2, now, "203.0.113.9")


@pytest.mark.parametrize(
    ("address", "ip"),
    [
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("203.0.113.9:80", "203.0.113.9"),
        ("fe80::1%eth0", None),
        ("<script>", None),
        ("", None),
    ],
)
def test_an_address_is_kept_as_one_or_not_at_all(now: Any, address: str, ip: str | None) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    used(key, 1, now, address)
    Bookkeeper().note()
    assert kept(key) == (1, now, ip)


def test_a_note_wakes_no_delivery_process_and_survives_the_end_of_the_key(now: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    flows.revoke(key.pk, actor=SYSTEM, now=now, why="x")
    seen = DeliveryRevision.objects.get().revision
    used(key, 1, now)
    Bookkeeper().note()
    assert DeliveryRevision.objects.get().revision == seen
    assert kept(key)[0] == 1


def test_a_key_that_is_gone_stops_nothing(now: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    used(key, 1, now)
    known.usages["0192f0c1-0000-7000-8000-000000000000"] = Usage(calls=1, at=now.timestamp(), address="")
    Bookkeeper().note()
    assert kept(key)[0] == 1


def test_what_could_not_be_noted_is_noted_the_next_time(now: Any, monkeypatch: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    used(key, 3, now)
    books = Bookkeeper()
    with monkeypatch.context() as away:
        away.setattr("portal.clients.bookkeeping.connection", None)
        books.note()
    assert kept(key)[0] == 0
    books.note()
    assert kept(key)[0] == 3


def test_usage_outlives_a_new_reading(now: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    connection.ensure_connection()
    first = known.read(connection.connection)[key.key_sha256]
    first.usage.calls = 5
    flows.edit(
        key.client_id, actor=SYSTEM, now=now, seen_revision=1, name="y", scopes=["events:write"],
        description="", contact="", networks=[], per_minute=3,
    )  # fmt: skip
    again = known.read(connection.connection)[key.key_sha256]
    assert again.usage is first.usage
    assert again.client.meter is first.client.meter
    assert again.client.meter.limit == 3


@pytest.mark.django_db(transaction=True)
def test_processes_that_note_the_same_keys_at_once_lose_nothing(now: Any, at_once: Any) -> None:
    keys = [make_client(f"x{number}", ["campaigns:read"], now=now)[0] for number in range(8)]
    for key in keys:
        used(key, 1, datetime.now(UTC))

    def note() -> None:
        from portal.clients.bookkeeping import NOTE

        ids = [str(key.pk) for key in keys]
        for _ in range(20):
            ids.reverse()
            with connection.cursor() as cursor:
                cursor.execute(NOTE, {"ids": ids, "at": [now] * 8, "ips": [None] * 8, "calls": [1] * 8})

    assert at_once(note, note, note) == [None] * 3
    assert set(ClientKey.objects.values_list("calls", flat=True)) == {60}
