"""What wrk says is read as it is meant, and an error in it is never taken for a result."""

import pytest

from benchmarks.load import Load, parsed, whole

SAID = """Running 2s test @ http://127.0.0.1:8000/api/v1/campaigns/active?region=HK
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.26ms    1.01ms  20.53ms   91.51%
    Req/Sec    27.35k     3.33k   34.29k    70.00%
  Latency Distribution
     50%    1.03ms
     75%    1.43ms
     90%    2.03ms
     99%    5.43ms
  109185 requests in 2.01s, 430.93MB read
Requests/sec:  54321.09
Transfer/sec:    214.40MB
"""


def test_the_rate_and_the_percentiles_are_read() -> None:
    found = parsed(SAID)
    assert (found.rate, found.p50, found.p99, found.requests) == (54321.09, 1.03, 5.43, 109185)
    assert found.read == pytest.approx(430.93 * 2**20)


@pytest.mark.parametrize(
    ("said", "milliseconds"), [("312.00us", 0.312), ("5.43ms", 5.43), ("1.10s", 1100.0), ("1.50m", 90_000.0)]
)
def test_each_unit_becomes_milliseconds(said: str, milliseconds: float) -> None:
    assert parsed(SAID.replace("5.43ms", said)).p99 == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    "more",
    [
        "  Non-2xx or 3xx responses: 1\n",
        "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
    ],
)
def test_one_refused_answer_or_one_broken_connection_fails_the_slice(more: str) -> None:
    with pytest.raises(RuntimeError, match="109185 requests"):
        parsed(SAID.replace("Requests/sec", more + "Requests/sec"))


@pytest.mark.parametrize("lost", ["Requests/sec:  54321.09\n", "     99%    5.43ms\n", "430.93MB read"])
def test_what_is_not_there_is_not_made_up(lost: str) -> None:
    with pytest.raises(RuntimeError):
        parsed(SAID.replace(lost, ""))


def test_answers_that_are_too_small_on_the_whole_are_not_the_answer() -> None:
    size = 4138
    found = Load(1.0, 1.0, 1.0, requests=1000, read=1000.0 * size)
    assert whole(found, size, 64) is found
    with pytest.raises(RuntimeError, match="too few"):
        whole(Load(1.0, 1.0, 1.0, requests=1000, read=1000.0 * 300), size, 64)
