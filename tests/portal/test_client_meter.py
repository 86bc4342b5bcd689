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


def settle(books: Bookkeeper, client: str, meter: Meter) -> None:
    known.meters[client] = meter
    books.settle()
    known.meters.clear()


def test_processes_learn_of_each_others_calls(client: str) -> None:
    mine, others = Meter(600), Meter(600)
    my_books, other_books = Bookkeeper(), Bookkeeper()
    for _ in range(2):
        settle(my_books, client, mine)
        settle(other_books, client, others)
    assert taken(mine, 10_000) == pytest.approx(300, abs=2)  # its share
    settle(my_books, client, mine)
    assert taken(mine, 10_000) <= 10  # of the 300 that are left the other may still give out all
    for _ in range(8):
        settle(other_books, client, others)
        settle(my_books, client, mine)
    # What is left, and what came in since, is shared again.
    assert taken(others, 10_000) == pytest.approx(145, abs=8)
    assert taken(mine, 10_000) == pytest.approx(145, abs=8)


def test_a_process_that_joins_a_busy_one_need_not_wait_for_a_share(client: str) -> None:
    first, second = (Bookkeeper(), Meter(600)), (Bookkeeper(), Meter(600))
    settle(first[0], client, first[1])  # alone: all of it is leased
    settle(second[0], client, second[1])
    assert taken(second[1], 100) == 10  # a second's worth, until the other settles again
    settle(first[0], client, first[1])
    settle(second[0], client, second[1])
    assert taken(second[1], 1000) > 200


def test_a_small_limit_is_not_leased_away_from_the_process_that_is_asked(client: str) -> None:
    processes = [(Bookkeeper(), Meter(3)) for _ in range(4)]
    for _ in range(3):
        for books, meter in processes:
            settle(books, client, meter)
    asked = processes[-1]
    let = 0
    for _ in range(6):
        let += taken(asked[1], 5)
        for books, meter in processes:
            settle(books, client, meter)
    assert let == 3


def test_what_was_let_through_too_much_is_paid_back(client: str) -> None:
    first, second = Meter(60), Meter(60)
    # Neither knows of the other yet: twice the limit.
    assert taken(first, 100) + taken(second, 100) == 120
    for meter in (first, second, first, second):
        settle(Bookkeeper(), client, meter)
    left = float(valkey().hget(f"{PREFIX}{client}", "left") or 0)
    assert left == pytest.approx(-60, abs=1)
    assert taken(first, 10) == taken(second, 10) == 0


def test_a_debt_is_never_more_than_one_limit(client: str) -> None:
    meter = Meter(60)
    meter._used = 100_000
    settle(Bookkeeper(), client, meter)
    assert float(valkey().hget(f"{PREFIX}{client}", "left") or 0) == -60
    assert meter.used() == 0


def test_a_process_that_fell_silent_gives_its_share_back(client: str) -> None:
    books, meter = Bookkeeper(), Meter(600)
    valkey().zadd(f"{PREFIX}processes", {"gone": 1.0, "gone too": 2.0})
    settle(books, client, meter)
    assert meter._processes == 1


def test_without_valkey_each_goes_on_by_its_own_share(client: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", "redis://127.0.0.1:1/0")
    clock = Clock()
    books, meter = Bookkeeper(), Meter(60, clock)
    meter.settle(0, 60.0, 30.0, 2)
    settle(books, client, meter)
    assert taken(meter, 100) == 30
    clock.now += 2
    assert taken(meter, 100) == 0  # the others may only be late
    clock.now += 60
    settle(books, client, meter)
    assert taken(meter, 100) == 30
    assert meter.used() == 60  # reported once Valkey is back


def test_odd_answers_of_valkey_stop_nothing(client: str, monkeypatch: Any) -> None:
    books, meter = Bookkeeper(), Meter(60)
    valkey().set(f"{PREFIX}{client}", "no hash")
    settle(books, client, meter)
    assert taken(meter, 100) == 60


def _flood(client: str, limit: int, seconds: float, results: Any) -> None:
    """One process that calls as fast as it can and settles as the bookkeeper does."""
    import time

    meter = known.meters[client] = Meter(limit)
    books = Bookkeeper()
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
    for process in processes:
        process.start()
    let = sum(results.get(timeout=30) for _ in processes)
    for process in processes:
        process.join(10)
    per_second = limit / 60
    most = limit + per_second * (seconds + 2 * bookkeeping.SETTLE_SECONDS + len(processes))
    assert 0.95 * limit <= let <= most
