"""Rates: the bucket by itself, and what several processes let through together."""

import multiprocessing
import random
import threading
from typing import Any

import pytest
import redis
from django.conf import settings

from portal.clients import bookkeeping, known
from portal.clients.bookkeeping import PREFIX, Bookkeeper
from portal.clients.meter import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(meter: Meter, times: int) -> int:
    return sum(meter.take()[0] == 0 for _ in range(times))


def test_a_limit_at_once_and_as_much_again_in_a_minute() -> None:
    clock = Clock()
    meter = Meter(60, clock)
    assert taken(meter, 100) == 60
    clock.now += 10
    assert taken(meter, 100) == 10
    clock.now += 60
    assert taken(meter, 100) == 60
    clock.now += 3600
    assert taken(meter, 100) == 60


def test_who_keeps_to_the_limit_in_every_minute_is_never_refused() -> None:
    clock = Clock()
    meter, choose = Meter(60, clock), random.Random(3)
    for _ in range(50):  # in each minute the whole limit in one burst, at a moment of the client's choice
        assert taken(meter, 60) == 60
        clock.now += 60 + choose.random()


def test_the_headers_say_what_is_left_and_when_there_is_more() -> None:
    clock = Clock()
    meter = Meter(6, clock)
    rate = [dict(meter.take()[1]) for _ in range(7)]
    assert {each["RateLimit-Policy"] for each in rate} == {'"client";q=6;w=60'}
    assert rate[0]["RateLimit"] == '"client";r=5;t=10'
    assert rate[5]["RateLimit"] == '"client";r=0;t=10'
    assert rate[6]["RateLimit"] == '"client";r=0;t=10'
    clock.now += 4
    assert meter.take()[0] == 6
    clock.now += 6
    assert meter.take()[0] == 0


def test_a_clock_that_runs_backwards_gives_nothing_and_locks_nobody_out() -> None:
    clock = Clock()
    meter = Meter(60, clock)
    assert taken(meter, 60) == 60
    clock.now -= 86_400
    assert taken(meter, 10) == 0
    clock.now += 5
    assert taken(meter, 10) == 5


def test_a_smaller_limit_holds_at_once_and_a_larger_one_comes_in_with_time() -> None:
    clock = Clock()
    meter = Meter(600, clock)
    meter.resize(6)
    assert taken(meter, 100) == 6
    meter.resize(600)
    assert taken(meter, 100) == 0
    clock.now += 6
    assert taken(meter, 100) == 60


@pytest.mark.parametrize("limit", [1, 3, 60, 10_000_000])
def test_a_share_of_any_limit_lets_somebody_through(limit: int) -> None:
    clock = Clock()
    meter = Meter(limit, clock)
    meter.settle(0, float(limit), max(1.0, limit / 8), 8)
    assert taken(meter, 1) == 1


def test_threads_take_no_call_twice() -> None:
    meter, counts = Meter(1000, Clock()), []
    threads = [threading.Thread(target=lambda: counts.append(taken(meter, 600))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 1000
    assert meter.used() == 1000


# --- several processes --------------------------------------------------------------------------------


@pytest.fixture
def client() -> Any:
    """The id of a client whose meters are this test's alone."""
    before = dict(known.meters)
    known.meters.clear()
    valkey().flushdb()
    yield f"test-{random.getrandbits(64):x}"
    known.meters.clear()
    known.meters.update(before)


def valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])


def process(client: str, meter: Meter) -> Bookkeeper:
    """Keeps the books as a process that knows this client alone; this test's own process knows none."""
    return Bookkeeper({client: meter})


def test_processes_learn_of_each_others_calls(client: str) -> None:
    mine, others = Meter(600), Meter(600)
    my_books, other_books = process(client, mine), process(client, others)
    for _ in range(2):
        my_books.settle()
        other_books.settle()
    assert taken(mine, 10_000) == pytest.approx(300, abs=2)  # its share
    my_books.settle()
    assert taken(mine, 10_000) <= 10  # of the 300 that are left the other may still give out all
    for _ in range(8):
        other_books.settle()
        my_books.settle()
    # What is left, and what came in since, is shared again.
    assert taken(others, 10_000) == pytest.approx(145, abs=8)
    assert taken(mine, 10_000) == pytest.approx(145, abs=8)


def test_a_process_that_joins_a_busy_one_need_not_wait_for_a_share(client: str) -> None:
    first, joining = Meter(600), Meter(600)
    its_books, my_books = process(client, first), process(client, joining)
    its_books.settle()  # alone: all of it is leased
    my_books.settle()
    assert taken(joining, 100) == 10  # a second's worth, until the other settles again
    its_books.settle()
    my_books.settle()
    assert taken(joining, 1000) > 200


def test_a_small_limit_is_not_leased_away_from_the_process_that_is_asked(client: str) -> None:
    meters = [Meter(3) for _ in range(4)]
    processes = [process(client, meter) for meter in meters]
    for _ in range(3):
        for books in processes:
            books.settle()
    let = 0
    for _ in range(6):
        let += taken(meters[-1], 5)
        for books in processes:
            books.settle()
    assert let == 3


def test_what_was_let_through_too_much_is_paid_back(client: str) -> None:
    first, second = Meter(60), Meter(60)
    # Neither knows of the other yet: twice the limit.
    assert taken(first, 100) + taken(second, 100) == 120
    for meter in (first, second, first, second):
        process(client, meter).settle()
    left = float(valkey().hget(f"{PREFIX}{client}", "left") or 0)
    assert left == pytest.approx(-60, abs=1)
    assert taken(first, 10) == taken(second, 10) == 0


def test_a_debt_is_never_more_than_one_limit(client: str) -> None:
    meter = Meter(60)
    meter._used = 100_000
    process(client, meter).settle()
    assert float(valkey().hget(f"{PREFIX}{client}", "left") or 0) == -60
    assert meter.used() == 0


def test_a_process_that_fell_silent_gives_its_share_back(client: str) -> None:
    meter = Meter(600)
    valkey().zadd(f"{PREFIX}processes", {"gone": 1.0, "gone too": 2.0})
    process(client, meter).settle()
    assert meter._processes == 1


def test_without_valkey_each_goes_on_by_its_own_share(client: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", "redis://127.0.0.1:1/0")
    clock = Clock()
    meter = Meter(60, clock)
    meter.settle(0, 60.0, 30.0, 2)
    books = process(client, meter)
    books.settle()
    assert taken(meter, 100) == 30
    clock.now += 2
    assert taken(meter, 100) == 0  # the others may only be late
    clock.now += 60
    books.settle()
    assert taken(meter, 100) == 30
    assert meter.used() == 60  # reported once Valkey is back


def test_odd_answers_of_valkey_stop_nothing(client: str, monkeypatch: Any) -> None:
    meter = Meter(60)
    valkey().set(f"{PREFIX}{client}", "no hash")
    process(client, meter).settle()
    assert taken(meter, 100) == 60


def _flood(client: str, limit: int, seconds: float, results: Any) -> None:
    """One process that calls as fast as it can and settles as the bookkeeper does."""
    import time

    meter = Meter(limit)
    books = process(client, meter)
    books.start()
    time.sleep(2.5)  # until each knows of the other
    let, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        let += meter.take()[0] == 0
        time.sleep(0.0005)
    results.put(let)
    books.stop()


def test_two_processes_that_flood_let_through_what_one_would(client: str) -> None:
    """The documented bound: a full bucket, its refill, and a second's worth that each may owe."""
    limit, seconds = 600, 6.0
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=_flood, args=(client, limit, seconds, results)) for _ in range(2)]
    for each in processes:
        each.start()
    let = sum(results.get(timeout=30) for _ in processes)
    for each in processes:
        each.join(10)
    per_second = limit / 60
    most = limit + per_second * (seconds + 2 * bookkeeping.SETTLE_SECONDS + len(processes))
    assert 0.95 * limit <= let <= most
