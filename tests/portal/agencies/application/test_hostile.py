"""Hostile answers and hostile files at the public door: what gets in is what the eye takes it for."""

from typing import Any

import pytest
from django.test import Client as Browser

from portal.kernel import domains
from portal.kernel.errors import Invalid
from portal.models import Agency
from tests.portal.agencies.application.applying import confirmed, sent
from tests.portal.agencies.application.test_pages import (
    _plain_static_files,  # noqa: F401 - a fixture
    at,
)

pytestmark = pytest.mark.django_db
CYRILLIC_O, CYRILLIC_I = "\N{CYRILLIC SMALL LETTER O}", "\u0456"
UNSEEN = [
    "\u200b\u200b",
    "\u00ad",
    "\u2060\ufeff",
    "\u200e\u200f",
    "\u2066\u2069",
    "\u3164",
    "\u2800 \u2800",
    "\u115f\u1160",
    "\u0301\u0302",
    "\ufe0f",
    "\U000e0041\U000e007f",
]


def refused_in(now: Any, **changes: Any) -> set[str]:
    try:
        sent(now, **changes)
    except Invalid as refused:
        assert all(len(str(text)) < 300 for texts in refused.errors.values() for text in texts)
        return set(refused.errors)
    return set()


@pytest.mark.parametrize("text", UNSEEN)
def test_a_name_that_nobody_sees_is_no_name(now: Any, text: str) -> None:
    for field in ("name", "head_name", "head_post", "supervisor_name", "purpose"):
        assert refused_in(now, **{field: text}) == {field}, ascii(text)


def test_marks_beside_letters_are_welcome(now: Any) -> None:
    """Right-to-left marks, joiners and emoji belong to names in many scripts."""
    name = "شرطة\u200f دبي 👮\u200d♀️ क्षेत्र"
    assert sent(now, name=name).name == name


@pytest.mark.parametrize("text", ["\u202eecilop", "x" * 161, "Police\x00", "\ud800", "a\nb", "a\u2028b"])
def test_a_line_is_one_line_of_text(now: Any, text: str) -> None:
    for field in ("name", "head_name", "head_post", "supervisor_name"):
        assert refused_in(now, **{field: text}) == {field}, ascii(text)


@pytest.mark.parametrize(
    "typed",
    [
        "politiet-no.example:443",
        "https://politiet-no.example",
        "https://politiet-no.example/contact",
        "//politiet-no.example",
        "politiet-no.example/",
        "politiet-no.example?x=1",
        "politiet-no.example#x",
        "ola@politiet-no.example",
        "@politiet-no.example",
        "mailto:ola@politiet-no.example",
        "politiet-no.example..",
        ".politiet-no.example",
        "politiet-no..example",
        "*.politiet-no.example",
        "politiet_no.example",
        "-politiet.example",
        "politiet-.example",
        "po\x00litiet.example",
        "po\ud800litiet.example",
        "\u202eelpmaxe.on",
        "👮.example",
        "xn--.example",
        "xn--a.example",
        "xn--police-.example",
        "xn--zzzz--.example",
        "[::1]",
        "192.0.2.1",
        "\uff11\uff19\uff12.0.2.1",
        "localhost",
        "com",
        "gov.uk",
        f"{'a' * 64}.example",
        ".".join(["a" * 60] * 5),
        "x" * 100_000,
        "<b>politiet</b>.example",
        "politiet-no.example'--",
    ],
)
def test_what_is_no_domain_is_not_taken_for_one(now: Any, typed: str) -> None:
    found = refused_in(now, domains=[typed])
    assert "domains" in found, ascii(typed[:80])


@pytest.mark.parametrize(
    "typed",
    [
        "politiet-no.example.",
        " POLITIET-NO.Example\t",
        "\uff50olitiet-no.example",
        "politiet-no\uff0eexample",
        "politiet-no\u3002example",
        "poli\u200btiet-no.example",
        "poli\u00adtiet-no.example",
    ],
)
def test_what_looks_like_the_domain_and_is_it_has_its_one_spelling(now: Any, typed: str) -> None:
    assert sent(now, domains=[typed, "politiet-no.example"]).domains == ["politiet-no.example"]


def test_a_domain_in_borrowed_letters_is_another_domain_everywhere(now: Any) -> None:
    """Kept and shown as the network knows it, so that nobody takes it for the one it imitates."""
    fake = f"p{CYRILLIC_O}litiet-no.example"
    bare = domains.canonical(fake)
    application = sent(
        now,
        domains=[fake],
        supervisor_email=f"ola@{fake}",
        website=f"https://www.{fake}/Om%20oss?a=b#c",
        switchboard_source=f"HTTPS://{fake.upper()}.:8443",
    )
    assert application.domains == [bare]
    assert application.supervisor_email == f"ola@{bare}"
    assert application.website == f"https://www.{bare}/Om%20oss?a=b#c"
    assert application.switchboard_source == f"https://{bare}:8443"
    assert "supervisor_email" in refused_in(now, supervisor_email=f"ola@{fake}")


@pytest.mark.parametrize(
    "typed",
    [
        "https://politiet-no.example:99999/",
        "https://ola:secret@politiet-no.example/",
        "https://politiet-no.example\\@evil.example/",
        "https:politiet-no.example",
        "https:///politiet-no.example",
        "https://politiet-no.example/ x",
        "https://\u202epolitiet-no.example/",
        "https://politiet-no.example/\u202egro",
        "https://192.0.2.1/",
        "https://[2001:db8::1]/",
        "https://xn--zzzz--.example/",
        "view-source:https://politiet-no.example/",
        "https://" + "\u00fc" * 60 + ".example/" + "x" * 120,  # two hundred as typed, more when spelled out
    ],
)
def test_what_is_no_public_page_is_not_taken_for_one(now: Any, typed: str) -> None:
    for field in ("website", "switchboard_source"):
        assert refused_in(now, **{field: typed}) == {field}, ascii(typed[:80])


@pytest.mark.parametrize(
    "typed",
    [
        "ola+1@politiet-no.example",
        "ola..hansen@politiet-no.example",
        ".ola@politiet-no.example",
        "ola.@politiet-no.example",
        f"p{CYRILLIC_O}lice@politiet-no.example",
        f"ola@pol{CYRILLIC_I}tiet-no.example",
        "ola@politiet-no.example:25",
        "ola@evil.example@politiet-no.example",
        "<ola@politiet-no.example>",
        "Ola <ola@politiet-no.example>",
        "ola@[192.0.2.1]",
        "ola\u200b@politiet-no.example",
        "ola%40evil.example@politiet-no.example\x00",
    ],
)
def test_an_address_that_is_not_plain_is_refused(now: Any, typed: str) -> None:
    assert refused_in(now, supervisor_email=typed) == {"supervisor_email"}, ascii(typed)


def test_one_mailbox_has_one_address_and_so_one_limit(now: Any) -> None:
    """With a part after + a stranger would send as many mails to one mailbox as there are numbers."""
    spellings = {
        sent(now, supervisor_email=typed).supervisor_email
        for typed in ("ola@politiet-no.example", "OLA@politiet-no.example.", "\uff4fla@politiet-no.example")
    }
    assert spellings == {"ola@politiet-no.example"}


def test_an_address_longer_than_its_column_is_refused_in_words(now: Any) -> None:
    longest = ".".join(["a" * 60, "b" * 60, "c" * 60, "d" * 55, "example"])
    assert len(domains.canonical(longest)) > 240
    assert refused_in(now, domains=[longest], supervisor_email=f"{'o' * 20}@{longest}") == {
        "supervisor_email"
    }


def test_whoever_could_apply_can_be_confirmed(now: Any) -> None:
    """What the form lets through the agency's own rules let through: no link leads to an error."""
    agency = confirmed(
        now,
        name="<script>alert(1)</script> {{ 7*7 }} %s",
        local_name="警察 \u200f",
        local_language="zh-hant",
        domains=[f"p{CYRILLIC_O}litiet-no.example", "politiet-no.example"],
        website=f"http://p{CYRILLIC_O}litiet-no.example:8080",
        switchboard="(+47) 23.35/90-00 x5",
        head_post="x" * 120,
        purpose="\U0001f4a9" * 4000,
    )
    assert Agency.objects.get(pk=agency.pk).name_en == "<script>alert(1)</script> {{ 7*7 }} %s"


def test_answers_of_the_wrong_shape_do_no_harm(client: Browser) -> None:
    for code, given in (
        ("agency", {"name": ["x"] * 900}),
        ("regions", {"regions": "NO", "languages": ["en"] * 900, "time_zone": ["UTC", "\x00"]}),
        ("contact", {"domains": ["a.example", "b.example"], "website": ["", "\x00"]}),
        ("people", {"supervisor_email": [""] * 5}),
    ):
        assert client.post(at(code), given).status_code in (302, 422), code
        assert client.get(at(code)).status_code == 200, code
    assert client.post(at("agency"), {"name": ["x"] * 5000}).status_code == 400
