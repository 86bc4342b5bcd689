"""The clients' door attacked: headers, keys, networks, proxies, and what a refusal gives away."""

import json
import time
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from allauth.core.internal.httpkit import get_client_ip
from django.test import RequestFactory

from campaigns.delivery.edge import PATH, Edge
from campaigns.delivery.snapshot import Snapshot
from portal.clients.door import admit
from portal.clients.keys import FORM, key_digest, new_key
from portal.clients.known import Key, KnownClient, Usage
from portal.clients.meter import Meter
from portal.clients.networks import address_before_proxies, lies_in, read_address, read_networks
from portal.clients.problems import Refused
from portal.kernel.errors import Invalid

SCOPE = "campaigns:read"
NOW = 1_800_000_000.0


def known(networks: tuple[str, ...] = (), limit: int = 600, **key: Any) -> tuple[dict[str, Key], str]:
    text, _ = new_key()
    client = KnownClient(
        "c", "withdrawals", frozenset({SCOPE}), False, tuple(map(ip_network, networks)), Meter(limit)
    )
    return {
        key_digest(text): Key(
            **({"client": client, "expires": NOW + 1, "revoked": False, "usage": Usage()} | key)
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

    class Held:
        def snapshot(self) -> Snapshot:
            return Snapshot(1, {}, keys)

    edge = Edge(None, Held())  # type: ignore[arg-type]
    for name in ("key", "access_token", "authorization", text):
        environ = {
            "PATH_INFO": PATH,
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": f"region=HK&{name}={text}",
            "REMOTE_ADDR": "192.0.2.1",
        }
        status, _, body = edge.respond(environ)
        assert status.startswith("401")
        assert text.encode() not in body
        status, _, body = edge.respond(environ | {"HTTP_AUTHORIZATION": f"Bearer {text}"})
        assert status.startswith("400") or text.encode() not in body


# --- networks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        (("203.0.113.0/24",), "203.0.113.255", True),
        (("203.0.113.0/24",), "203.0.114.0", False),
        (("203.0.113.7/32",), "203.0.113.7", True),
        (("203.0.113.0/24",), "::ffff:203.0.113.9", True),
        (("203.0.113.0/24",), "::203.0.113.9", False),
        (("2001:db8::/32",), "2001:db8:1::1", True),
        (("2001:db8::/32",), "2001:DB8:0:0::1", True),
        (("2001:db8::/32",), "2001:db9::1", False),
        (("2001:db8::/32",), "203.0.113.9", False),
        (("fe80::/16",), "fe80::1%eth0", False),
        (("203.0.113.0/24",), "203.0.113.9:4711", True),
        (("2001:db8::/32",), "[2001:db8::1]:4711", True),
        (("203.0.113.0/24",), "203.0.113.009", False),
        (("203.0.113.0/24",), "3405803785", False),
        (("203.0.113.0/24",), "0xcb.0.0x71.9", False),
        (("203.0.113.0/24",), "203.0.113.9, 10.0.0.1", False),
        (("203.0.113.0/24",), "unknown", False),
        (("203.0.113.0/24",), "", False),
        ((), "", True),
        ((), "unknown", True),
    ],
)
def test_a_call_is_good_from_the_clients_networks_alone(networks: Any, address: str, allowed: bool) -> None:
    keys, text = known(networks)
    for _ in range(2):  # judged, then remembered
        assert (says(keys, f"Bearer {text}", REMOTE_ADDR=address) == "") is allowed


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([" 10.0.0.0/8 ", "", "10.0.0.0/8"], ["10.0.0.0/8"]),
        (["203.0.113.7"], ["203.0.113.7/32"]),
        (["2001:0DB8::/32", "10.1.0.0/255.255.0.0"], ["10.1.0.0/16", "2001:db8::/32"]),
        (["::ffff:10.0.0.0/104", "::ffff:192.0.2.1"], ["10.0.0.0/8", "192.0.2.1/32"]),
        ([], []),
    ],
)
def test_networks_are_kept_in_their_shortest_form_each_once(given: list[str], kept: list[str]) -> None:
    assert read_networks(given) == kept


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("0.0.0.0/0", "every address"),
        ("::/0", "every address"),
        ("::ffff:0:0/96", "every address"),
        ("0.0.0.0/1", "too wide"),
        ("128.0.0.0/7", "too wide"),
        ("2000::/3", "too wide"),
        ("10.0.0.7/8", "10.0.0.0/8 or 10.0.0.7/32"),
        ("2001:db8::1/64", "2001:db8::/64 or 2001:db8::1/128"),
        ("::ffff:10.0.0.7/104", "10.0.0.0/8 or 10.0.0.7/32"),
        ("fe80::1%eth0", "zone"),
        ("fe80::%25eth0/64", "zone"),
        ("10.0.0.0/33", "no network"),
        ("10.0.0/8", "no network"),
        ("10.0.0.0/-1", "no network"),
        ("010.0.0.0/8", "no network"),
        ("１０.0.0.0/8", "no network"),
        ("example.org", "no network"),
        ("*", "no network"),
        ("10.0.0.0/8\x00", "no network"),
        ("10.0.0.0/8; DROP TABLE", "no network"),
        ("1" * 100_000, "no network"),
    ],
)
def test_what_is_no_narrow_network_is_refused_in_words(given: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_networks([given])
    [said] = refused.value.errors["networks"]
    assert words in str(said)
    assert len(str(said)) < 250


# --- proxies ----------------------------------------------------------------------------------------

FORWARDED = [
    None, "", "203.0.113.9", "203.0.113.9, 198.51.100.1", "evil, 203.0.113.9, 198.51.100.1",
    "203.0.113.9,198.51.100.1,192.0.2.9", "2001:db8::1", "[2001:db8::1]:4711", "203.0.113.9:4711", "unknown",
    " 203.0.113.9 ", "::ffff:203.0.113.9",
]  # fmt: skip


@pytest.mark.parametrize("proxies", [0, 1, 2])
@pytest.mark.parametrize("forwarded", FORWARDED)
def test_the_door_and_sign_in_agree_on_the_address(
    settings: Any, proxies: int, forwarded: str | None
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    sent = {"REMOTE_ADDR": "192.0.2.77"} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    ours = read_address(address_before_proxies(sent, proxies))
    try:
        theirs = get_client_ip(RequestFactory().get("/", **sent))
    except Exception:  # fewer hops than proxies: nobody can tell
        theirs = None
    assert ours == (read_address(theirs) if theirs else None)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "allowed"),
    [
        # A direct caller: whatever it says of itself is not heard.
        (0, "203.0.113.9", False),
        # One proxy: it names its caller last; what stands before, the caller wrote.
        (1, "203.0.113.9, 198.51.100.66", False),
        (1, "198.51.100.66, 203.0.113.9", True),
        (1, "203.0.113.9", True),
        # Two proxies: the first of them named the caller, the second the first.
        (2, "203.0.113.9, 198.51.100.66, 10.0.0.1", False),
        (2, "198.51.100.66, 203.0.113.9, 10.0.0.1", True),
        (2, "203.0.113.9", False),  # one hop is missing: nobody can tell
        (1, ",", False),
        (1, "203.0.113.9,", False),
    ],
)
def test_a_forged_forwarded_header_does_not_move_a_caller_into_the_network(
    settings: Any, proxies: int, forwarded: str, allowed: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    keys, text = known(("203.0.113.0/24",))
    said = says(keys, f"Bearer {text}", REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR=forwarded)
    assert said == ("" if allowed else "network-not-allowed")


def test_a_caller_that_names_ever_new_addresses_fills_no_memory() -> None:
    keys, text = known(("203.0.113.0/24",), limit=10_000_000)
    for number in range(5000):
        says(keys, f"Bearer {text}", REMOTE_ADDR=f"10.0.{number // 256}.{number % 256}")
    [key] = keys.values()
    assert len(key.client._judged) <= 1024


def test_a_thief_outside_the_network_cannot_use_up_the_clients_calls() -> None:
    keys, text = known(("203.0.113.0/24",), limit=5)
    for _ in range(50):
        assert says(keys, f"Bearer {text}", REMOTE_ADDR="198.51.100.66") == "network-not-allowed"
    assert says(keys, f"Bearer {text}", REMOTE_ADDR="203.0.113.9") == ""
    [key] = keys.values()
    assert (key.usage.calls, key.usage.address) == (1, "203.0.113.9")


def test_calls_of_the_wrong_scope_count_too() -> None:
    keys, text = known(limit=2)
    assert [says(keys, f"Bearer {text}", "events:write") for _ in range(3)] == [
        "scope-missing",
        "scope-missing",
        "rate-limited",
    ]


def test_an_address_lies_in_no_network_if_it_cannot_be_read() -> None:
    assert not lies_in(None, [ip_network("0.0.0.0/0")])


def test_a_flood_of_head_is_refused_without_bodies_and_told_when_to_return() -> None:
    keys, text = known(limit=3)

    class Held:
        def snapshot(self) -> Snapshot:
            return Snapshot(1, {}, keys)

    edge = Edge(None, Held())  # type: ignore[arg-type]
    environ = {
        "PATH_INFO": PATH,
        "REQUEST_METHOD": "HEAD",
        "QUERY_STRING": "region=HK",
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_AUTHORIZATION": f"Bearer {text}",
    }
    expires = time.time() + 60
    [digest] = keys
    keys[digest] = Key(keys[digest].client, expires, False, Usage())
    answers = [edge.respond(environ) for _ in range(6)]
    assert [status[:3] for status, _, _ in answers] == ["204"] * 3 + ["429"] * 3
    assert {body for _, _, body in answers} == {b""}
    headers = dict(answers[-1][1])
    assert headers["RateLimit-Policy"] == '"client";q=3;w=60'
    assert headers["RateLimit"] == f'"client";r=0;t={headers["Retry-After"]}'
    assert 1 <= int(headers["Retry-After"]) <= 20
    _, headers_of_get, body = edge.respond(environ | {"REQUEST_METHOD": "GET"})
    assert json.loads(body)["code"] == "rate-limited"
    assert dict(headers_of_get)["Content-Length"] == str(len(body))


def test_every_key_has_the_form() -> None:
    assert all(FORM.fullmatch(new_key()[0]) for _ in range(1000))
