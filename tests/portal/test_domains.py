"""A domain has one spelling, whatever was typed; what is no domain is refused."""

import socket

import pytest

from portal.kernel import domains


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("police.example", "police.example"),
        ("  POLICE.Example. ", "police.example"),
        ("ｐｏｌｉｃｅ.example", "police.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("警察.example。", "xn--ldtx91i.example"),
        ("a.b.c.police.uk", "a.b.c.police.uk"),
    ],
)
def test_every_spelling_becomes_one(typed: str, canonical: str) -> None:
    assert domains.canonical(typed) == canonical
    assert domains.canonical(domains.readable(canonical)) == canonical


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", ".", "police", "police..example", ".police.example", "police.example..", "-a.example",
        "a-.example", "police.example:443", "https://police.example", "police.example/path", "a b.example",
        "a_b.example", "officer@police.example", "127.0.0.1", "[::1]", "xn--a.com", "*.police.example",
        "police.exam\u202eple", "police\x00.example", "police.example\r\nbcc: x",
        "a" * 64 + ".example", "a." * 130 + "example", "x" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_domain_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="domain"):
        domains.canonical(typed)


def test_the_domain_of_an_address() -> None:
    assert domains.domain_of(" A.B@Police.Example ") == "police.example"
    assert domains.domain_of('"a@b"@police.example') == "police.example"
    for wrong in ("police.example", "@police.example", "a@", "a@b"):
        with pytest.raises(ValueError, match=r"domain|address"):
            domains.domain_of(wrong)


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("www.met.police.uk", "met.police.uk"),
        ("gov.uk", ""),
        ("police.uk", ""),
        ("github.io", ""),
        ("adcc.police.gov.hk", "police.gov.hk"),
        ("mail.police.example", "police.example"),
        ("xn--fiqs8s", ""),
    ],
)
def test_what_somebody_registered_is_told_from_what_is_open_to_all(domain: str, registered: str) -> None:
    assert domains.registered(domain) == registered
    assert domains.is_public_suffix(domain) == (registered == "")


def test_the_suffixes_come_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    domains._suffixes.cache_clear()
    domains.suffix_of.cache_clear()

    def refuse(*_given: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert domains.registered("a.police.gov.hk") == "police.gov.hk"


def test_below_is_below_and_not_beside() -> None:
    assert domains.is_within("a.police.example", "police.example")
    assert domains.is_within("police.example", "police.example")
    assert not domains.is_within("fakepolice.example", "police.example")
