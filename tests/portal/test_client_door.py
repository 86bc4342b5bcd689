"""The clients' door attacked: headers, keys, networks, proxies, and what a refusal gives away."""

import time
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from campaigns.delivery.edge import ACTIVE, Edge
from portal.clients.door import admit
from portal.clients.keys import key_digest, new_key
from portal.clients.known import Key, KnownClient, Usage
from portal.clients.meter import Meter
from portal.clients.problems import Refused
from tests.campaigns.asking import Held, snapshot_of

SCOPE = "campaigns:read"
NOW = 1_800_000_000.0


def known(networks: tuple[str, ...] = (), limit: int = 600, **key: Any) -> tuple[dict[str, Key], str]:
    text, _ = new_key()
    client = KnownClient(
        "c", "withdrawals", frozenset({SCOPE}), False, tuple(map(ip_network, networks)), Meter(limit)
    )
    return {
        key_digest(text): Key(
            **({"id": "k", "client": client, "expires": NOW + 1, "revoked": False, "usage": Usage()} | key)
        )
    }, text


def says(keys: dict[str, Key], authorization: str | None, scope: str = SCOPE, **environ: str) -> str:
    given = {"REMOTE_ADDR": "192.0.2.1", **environ}
    if authorization is not None:
        given["HTTP_AUTHORIZATION"] = authorization
    try:
        admit(given, keys, scope, NOW)
    except Refused as refused:
        return refused.problem.code
    return ""


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_read_in_any_case_and_the_key_is_not(scheme: str) -> None:
    keys, text = known()
    assert says(keys, f"{scheme} {text}") == ""
    assert says(keys, f"{scheme}   {text} ") == ""
    changed = (
        text[:-1] + text[-1].swapcase() if text[-1].isalpha() else text[:5] + text[5:17].upper() + text[17:]
    )
    assert says(keys, f"{scheme} {changed}") in ("key-unknown", "")[: 1 if changed != text else 2]


@pytest.mark.parametrize(
    "shape",
    ["", " ", "{}", "Bearer", "Bearer ", "Basic {}", "Bearer: {}", "Token {}", "Bearer\t{}", "Bearer\u00a0{}",
     "Bearer {} {}", "Bearer {},Bearer {}", "Bearer {}, Bearer {}"],
)  # fmt: skip
def test_what_is_no_single_bearer_key_is_refused(shape: str) -> None:
    keys, text = known()
    assert says(keys, shape.replace("{}", text)) in ("key-missing", "key-unknown")
    assert says(keys, None) == "key-missing"


@pytest.mark.parametrize(
    "make",
    [
        lambda key: key + "\x00",
        lambda key: "\x00" + key,
        lambda key: key[:30] + "\x00" + key[31:],
        lambda key: key + "\n",
        lambda key: key + "\u200b",
        lambda key: key.replace("lepp", "ｌｅｐｐ"),
        lambda key: "\ud800" + key[1:],
        lambda key: key + "A" * 10_000,
        lambda key: "A" * 10_000,
        lambda key: key[:-1],
        lambda key: key.upper(),
        lambda key: f'"{key}"',
        lambda key: "lepp_000000000000_" + "漢" * 43,
    ],
)
def test_whatever_is_no_key_is_unknown(make: Callable[[str], str]) -> None:
    keys, text = known()
    assert says(keys, f"Bearer {make(text)}") == "key-unknown"


def test_a_key_of_another_prefix_with_the_same_secret_is_unknown() -> None:
    keys, text = known()
    assert says(keys, f"Bearer lepp_{'0' * 12}{text[17:]}") == "key-unknown"


def test_a_guess_that_is_nearly_right_takes_no_longer() -> None:
    """One digest and one lookup each, however many letters are right."""
    keys, text = known(limit=10_000_000)
    near = text[:-1] + ("A" if text[-1] != "A" else "B")
    far = text[:18] + "".join("A" if sign != "A" else "B" for sign in text[18:])

    taken: dict[str, list[float]] = {near: [], far: []}
    for _ in range(5000):
        for guess, times in taken.items():
            began = time.perf_counter()
            says(keys, f"Bearer {guess}")
            times.append(time.perf_counter() - began)
    # The quick tenth: what other processes of the machine took is not in it.
    quick = {guess: sorted(times)[len(times) // 10] for guess, times in taken.items()}
    assert abs(quick[near] - quick[far]) < 0.25 * quick[far]


def test_a_key_that_expires_exactly_now_is_expired() -> None:
    keys, text = known(expires=NOW)
    assert says(keys, f"Bearer {text}") == "key-expired"
    keys, text = known(expires=NOW + 0.001)
    assert says(keys, f"Bearer {text}") == ""


def test_a_key_in_the_address_opens_nothing_and_is_not_said_again() -> None:
    keys, text = known()

    edge = Edge(None, Held(snapshot_of(keys=keys)))  # type: ignore[arg-type]
    for name in ("key", "access_token", "authorization", text):
        environ = {
            "PATH_INFO": ACTIVE,
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": f"region=HK&{name}={text}",
            "REMOTE_ADDR": "192.0.2.1",
        }
        status, _, body = edge.respond(environ)
        assert status.startswith("401")
        assert text.encode() not in body
        status, _, body = edge.respond(environ | {"HTTP_AUTHORIZATION": f"Bearer {text}"})
        assert status.startswith("400") or text.encode() not in body
