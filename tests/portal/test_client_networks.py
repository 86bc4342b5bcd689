"""Where a client may call from: its networks, and the address before our own proxies."""

import json
import time
from ipaddress import ip_network
from typing import Any

import pytest
from allauth.core.internal.httpkit import get_client_ip
from django.test import RequestFactory

from campaigns.delivery.edge import ACTIVE, Edge
from portal.clients import door
from portal.clients.keys import FORM, LENGTH, new_key
from portal.clients.known import Key, Usage
from portal.clients.networks import address_before_proxies, lies_in, read_address, read_networks
from portal.kernel.errors import Invalid
from tests.campaigns.asking import Held, snapshot_of
from tests.portal.test_client_door import known, says

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
    monkeypatch: pytest.MonkeyPatch, proxies: int, forwarded: str, allowed: bool
) -> None:
    monkeypatch.setattr(door, "PROXIES", proxies)
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

    edge = Edge(None, Held(snapshot_of(keys=keys)))  # type: ignore[arg-type]
    environ = {
        "PATH_INFO": ACTIVE,
        "REQUEST_METHOD": "HEAD",
        "QUERY_STRING": "region=HK",
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_AUTHORIZATION": f"Bearer {text}",
    }
    expires = time.time() + 60
    [digest] = keys
    keys[digest] = Key("k", keys[digest].client, expires, False, Usage())
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
    keys = [new_key()[0] for _ in range(1000)]
    assert all(FORM.fullmatch(key) for key in keys)
    assert {len(key) for key in keys} == {LENGTH}
