"""Bad input over real sockets to the delivery role as it is deployed: the right refusal, never a 500, never a
process that stops answering."""

import contextlib
import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from portal.clients.keys import new_key
from portal.embedded.environment import signing_key
from tests.campaigns.client.conftest import Served, known_to_the_portal, start, within

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/campaigns/active"


@pytest.fixture(scope="module")
def running(server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One process with its one thread: whoever holds it holds everything."""
    log = tmp_path_factory.mktemp("delivery") / "log"
    process, url = start("portal.delivery:application", "wsgi", server_environment, log, threads=1)
    try:
        yield Served(url, *new_key())
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def served(transactional_db: None, running: Served, now: datetime) -> Iterator[Served]:
    known_to_the_portal(running, now)
    assert within(5, lambda: running.get("active?region=HK").status_code == 204)
    yield running
    # Whatever came before: it still answers, and at once.
    began = time.monotonic()
    assert running.get("active?region=HK").status_code == 204
    assert time.monotonic() - began < 1.0


def connected(served: Served) -> socket.socket:
    host, _, port = served.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def said(link: socket.socket) -> bytes:
    """All until the server ends the connection, or says nothing for a while."""
    link.settimeout(2)
    found = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while data := link.recv(65536):
            found += data
    return found


def talk(served: Served, request: bytes) -> bytes:
    with connected(served) as link:
        with contextlib.suppress(ConnectionError):
            link.sendall(request)
        return said(link)


def request(served: Served, target: str = f"{PATH}?region=HK", *lines: str, version: str = "1.1") -> bytes:
    head = [f"GET {target} HTTP/{version}", "Host: portal", f"Authorization: Bearer {served.key}", *lines]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1")


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


@pytest.mark.parametrize(
    ("target", "expected", "code"),
    [
        (f"{PATH}?region=" + "H" * 60_000, 400, "bad-query"),
        (f"{PATH}?" + "&".join(f"a{number}=1" for number in range(5000)), 400, "bad-query"),
        (f"{PATH}?region=HK&region=HK", 400, "bad-query"),
        (f"{PATH}?region=HK&language=en&language=sv", 400, "bad-query"),
        (f"{PATH}?region=%00", 422, "unknown-region"),
        (f"{PATH}?region=HK&language=%00en", 422, "unknown-language"),
        (f"{PATH}?region=HK&language=zh-Hant-Hant", 422, "unknown-language"),
        (f"{PATH}?region=%ED%A0%80", 400, "bad-query"),
        (f"{PATH}?region=HK%0d%0aX-Injected:%201", 422, "unknown-region"),
        (f"{PATH}?region=" + "%F0%9F%92%A9" * 40, 422, "unknown-region"),
        (f"{PATH}?region=HK&amount=1e9999&currency=HKD", 400, "bad-query"),
        (f"{PATH}?region=HK&amount={'9' * 400}&currency=HKD", 400, "bad-query"),
        (f"{PATH}?region=HK&account_age_days={'9' * 300}", 400, "bad-query"),
        (f"{PATH}/?region=HK", 404, "not-found"),
        (f"/{PATH}?region=HK", 404, "not-found"),
        ("/api/v1/campaigns/%61ctive?region=HK", 204, ""),
        ("/api/v1/campaigns/../campaigns/active?region=HK", 404, "not-found"),
    ],
)  # fmt: skip
def test_a_bad_address_is_a_problem_document(served: Served, target: str, expected: int, code: str) -> None:
    answer = talk(served, request(served, target))
    assert status(answer) == expected
    if code:
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == code
        assert b"application/problem+json" in answer


def test_a_query_of_a_megabyte_is_refused_before_it_is_read(served: Served) -> None:
    answer = talk(served, request(served, f"{PATH}?region=" + "H" * 1_000_000))
    assert status(answer) in (0, 400, 414, 431)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["X-Long: " + "x" * 10_000], (204,)),
        (["Cookie: " + "c" * 10_000], (204,)),
        (["If-None-Match: " + '"a",' * 2_500], (204,)),
        (["Accept-Encoding: " + "gzip," * 2_000], (204,)),
        (["X-Request-ID: " + "r" * 10_000], (204,)),
        (["X-Forwarded-For: " + "1.2.3.4," * 1_250], (204,)),
        (["X-Long: " + "x" * 1_000_000], (0, 400, 431)),
        ([f"X-{number}: 1" for number in range(5_000)], (0, 400, 431)),
        (["X-Bad: a\x00b"], (400, 204)),
        (["No colon"], (400,)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_long_and_broken_headers_cost_nobody_anything(
    served: Served, lines: list[str], expected: tuple[int, ...]
) -> None:
    assert status(talk(served, request(served, f"{PATH}?region=HK", *lines))) in expected


def test_a_key_of_ten_kilobytes_is_unknown(served: Served) -> None:
    head = f"GET {PATH}?region=HK HTTP/1.1\r\nHost: p\r\nAuthorization: Bearer {'k' * 10_000}\r\n"
    answer = talk(served, head.encode() + b"Connection: close\r\n\r\n")
    assert (status(answer), json.loads(answer.partition(b"\r\n\r\n")[2])["code"]) == (401, "key-unknown")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_405(served: Served, method: str) -> None:
    answer = talk(served, request(served).replace(b"GET ", f"{method} ".encode(), 1))
    assert status(answer) == 405
    assert b"allow: GET, HEAD" in answer or b"Allow: GET, HEAD" in answer


def test_http_1_0_is_answered_and_closed(served: Served) -> None:
    answer = talk(served, request(served, version="1.0").replace(b"Connection: close\r\n", b""))
    assert status(answer) == 204


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x00" * 1000, b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /api/v1/campaigns/active?region=HK HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /api/v1/campaigns/active HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_what_is_no_request_is_refused_or_dropped(served: Served, request_bytes: bytes) -> None:
    assert status(talk(served, request_bytes)) in (0, 400, 401, 404, 405, 414, 431, 505)


def test_pipelined_requests_are_answered_in_their_order(served: Served) -> None:
    one = request(served, f"{PATH}?region=HK").replace(b"Connection: close\r\n", b"")
    other = request(served, f"{PATH}?region=XX").replace(b"Connection: close\r\n", b"")
    last = request(served, f"{PATH}?region=HK")
    answer = talk(served, one + other + last)
    found = [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert found == [204, 422, 204]


def test_a_body_on_a_question_is_not_waited_for(served: Served) -> None:
    head = request(served).replace(b"Connection: close\r\n", b"Content-Length: 1000000\r\n")
    with connected(served) as link:
        link.sendall(head)
        link.settimeout(5)
        assert status(link.recv(65536)) == 204


def test_a_hundred_slow_callers_hold_up_nobody(served: Served) -> None:
    """Each sends its request a byte at a time; the process has one thread, and it must not wait for them."""
    slow = [connected(served) for _ in range(100)]
    stop = threading.Event()
    text = request(served)

    def drip() -> None:
        for byte in text[:200]:
            for link in slow:
                with contextlib.suppress(OSError):
                    link.sendall(bytes([byte]))
            if stop.wait(0.02):
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        times = []
        for _ in range(20):
            began = time.monotonic()
            assert served.get("active?region=HK").status_code == 204
            times.append(time.monotonic() - began)
        assert statistics.median(times) < 0.25
    finally:
        stop.set()
        thread.join()
        for link in slow:
            link.close()


def test_those_who_never_read_their_answer_hold_up_nobody(served: Served) -> None:
    deaf = [connected(served) for _ in range(50)]
    one = request(served, "/api/v1/campaigns/keys").replace(b"Connection: close\r\n", b"")
    try:
        for link in deaf:
            link.settimeout(0.5)
            with contextlib.suppress(OSError):
                link.sendall(one * 200)
        for _ in range(10):
            began = time.monotonic()
            assert served.get("active?region=HK").status_code == 204
            assert time.monotonic() - began < 1.0
    finally:
        for link in deaf:
            link.close()


def test_an_unknown_key_costs_no_more_than_a_known_one(running: Served, served: Served) -> None:
    """By the work that is done, not by a clock: one digest, however much of the guess was right."""
    from unittest import mock

    from portal.clients import door
    from tests.portal.test_client_door import known, says

    keys, text = known()
    near, far = text[:-1] + ("A" if text[-1] != "A" else "B"), "lepp_" + "0" * 12 + "_" + "A" * 43
    for key in (text, near, far):
        with mock.patch.object(door, "key_digest", wraps=door.key_digest) as digest:
            says(keys, f"Bearer {key}")
        assert digest.call_count == 1
    with mock.patch.object(door, "key_digest", wraps=door.key_digest) as digest:
        says(keys, f"Bearer {'k' * 10_000}")
    assert digest.call_count == 0


def test_the_delivery_role_loads_no_model_and_needs_no_secret_of_the_portal() -> None:
    import subprocess
    import sys

    from portal.keyring import jwks
    from tests.journeys.conftest import CHECKOUT

    public = ",".join(each["x"] for each in jwks()["keys"] if each["purpose"] == "documents")
    program = (
        "import sys, portal.delivery; "
        "print([m for m in sys.modules if m.startswith(('portal.models', 'campaigns.models'))],"
        " [m for m in ('allauth', 'ninja', 'modeltranslation') if m in sys.modules])"
    )
    judged = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env={
            "PATH": "/usr/bin:/bin", "PORTAL_ROLE": "delivery", "PORTAL_BASE_URL": "https://portal.example",
            "DATABASE_URL": "postgresql://p@localhost/p", "REDIS_URL": "redis://localhost:6379",
            "PORTAL_VERIFY_KEYS": public, "PORTAL_DELIVERY_KEYS": signing_key(),
        },
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (judged.returncode, judged.stdout.strip()) == (0, "[] []"), judged.stderr
