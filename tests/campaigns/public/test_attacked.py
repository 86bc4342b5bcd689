"""The public side from outside: hostile headers and addresses, and what never becomes public in any form."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from defusedxml import ElementTree as xml
from django.conf import settings
from django.urls import reverse

from campaigns.authoring.flows import edit, revise
from campaigns.delivery import load
from campaigns.models import Publication
from campaigns.public import cap, feed
from campaigns.public import live as live_now
from campaigns.public import pages as public_pages
from campaigns.public.live import Live
from campaigns.review.flows import recall
from portal.kernel.languages import NAMES
from portal.kernel.regions import countries, subdivisions
from portal.models import User
from tests.campaigns.public.test_cap import SCHEMA
from tests.campaigns.warnings import audience, drafted, published, submitted, text
from tests.portal.standing.stopping import agency_suspended

pytestmark = pytest.mark.django_db(transaction=True)

SHARED: list[tuple[str, list[str]]] = [("cap-feed", ["HK"]), ("public-index", []), ("public-sitemap", [])]
FEED = "{http://www.w3.org/2005/Atom}"


class Held:
    def snapshot(self) -> Any:
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as session:
            return load.load(session)[0]


@pytest.fixture(autouse=True)
def _confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_now, "follower", Held())


def in_feed(client: Any, region: str = "HK") -> list[str]:
    answer = client.get(reverse("cap-feed", args=[region]))
    return [
        str(each.findtext(f"{FEED}title")) for each in xml.fromstring(answer.content).iter(f"{FEED}entry")
    ]


@pytest.mark.parametrize(
    ("name", "where"), [*SHARED, ("public-page", ["HK", "en"]), ("public-page", ["HK", "ar"])]
)
def test_what_caches_keep_is_the_same_whoever_asked_first(
    house: Any, now: Any, client: Any, sign_in: Any, name: str, where: list[str]
) -> None:
    published(house, now)
    User.objects.update(language="zh-hant", time_zone="Asia/Tokyo")

    def answer(browser: Any, language: str) -> tuple[bytes, dict[str, str]]:
        found = browser.get(reverse(name, args=where), headers={"Accept-Language": language})
        assert found.status_code == 200
        return found.content, {each: found[each] for each in found.headers if each != "X-Request-ID"}

    first = answer(client, "en")
    assert answer(client, "zh-HK") == first
    assert answer(client, "ar") == first
    assert answer(sign_in(house.officer), "ja") == first
    asked = {"Accept-Language": "zh-HK", "If-None-Match": first[1]["ETag"]}
    unchanged = client.get(reverse(name, args=where), headers=asked)
    assert unchanged.status_code == 304
    assert unchanged["Content-Language"] == first[1]["Content-Language"]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("en;q=0.1, zh-Hant;q=0.9", "zh-hant"), ("zh-HK", "zh-hant"), ("sv, en;q=0.5", "en"), ("*", None),
        (", ".join(f"x{number}-a" for number in range(20_000)), None), ("en" * 50_000, None),
        ("\x00,;;q=,=", None), ("../../en", None), ("en\r\nX-Y: z", None), ("zh-Hant;q=0, en", "en"),
        ("😀, ar;q=1e9", None), ("-" * 5_000, None),
    ],
)  # fmt: skip
def test_whatever_a_browser_asks_for_leads_to_a_page_of_the_region_at_once(
    house: Any, now: Any, client: Any, asked: str, language: str | None
) -> None:
    published(house, now)
    answer = client.get(reverse("public-region", args=["HK"]), headers={"Accept-Language": asked})
    assert answer.status_code == 302
    offered = [language] if language else ["zh-hant", "en"]
    assert answer["Location"] in [reverse("public-page", args=["HK", each]) for each in offered]
    assert not answer.cookies


@pytest.mark.parametrize(
    "region", ["hk", "XX", "HK-", "HK-ABCD", "H", "HKG", "%2e%2e", "HK%00", "ＨＫ", "HK'--"]
)
def test_another_spelling_of_a_region_is_no_page(house: Any, client: Any, region: str) -> None:
    for page in ("", "en/", "feed.atom"):
        assert client.get(f"/warnings/{region}/{page}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?x=1",
        "?language=sv",
        "?next=https://evil.example",
        "?" + "a=1&" * 3_000,
        "?%00",
        "?callback=alert",
    ],
)
def test_every_reader_gets_the_same_bytes_with_nothing_personal(
    house: Any, now: Any, client: Any, query: str
) -> None:
    version = published(house, now)
    plain = reverse("public-page", args=["HK", "en"])
    alert = reverse("cap-alert", args=[version.publication.pk])
    others = [reverse(name, args=args) for name, args in SHARED]
    theirs = {"Cookie": "portal_session=x; a=b", "Accept-Language": "ja"}
    for address in (plain, alert, *others):
        answer = client.get(address + query, headers=theirs)
        assert (answer.status_code, answer.content) == (200, client.get(address).content)
        assert not answer.cookies
        assert answer.get("Vary", "") in ("", "Accept-Encoding", "HX-Request")
        assert "public" in answer["Cache-Control"]
        head = client.head(address)
        assert (head.status_code, head["ETag"]) == (200, answer["ETag"])
        for match in (answer["ETag"], f"W/{answer['ETag']}", "*", f'"x", {answer["ETag"]}'):
            again = client.get(address, headers={"If-None-Match": match})
            assert (again.status_code, again.content) == (304, b"")
        for match in ('"x"', "x", '"' * 5_000, "\x00"):
            assert client.get(address, headers={"If-None-Match": match}).status_code == 200
        for method in ("post", "put", "delete", "patch"):
            assert getattr(client, method)(address).status_code in (403, 405)


HOSTILE = "</script><script>alert(1)</script>\u2028]]>&lt;\u0085\u200f<!--"


def test_no_word_ends_the_script_the_page_or_the_document_it_stands_in(
    house: Any, now: Any, client: Any
) -> None:
    said = replace(
        text(HOSTILE),
        body={"en": HOSTILE, "zh-hant": HOSTILE},
        tips=[{"text": {"en": HOSTILE, "zh-hant": HOSTILE}}],
    )
    campaign = drafted(house, now)
    campaign = edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=1, text=said, audience=audience(now)
    )
    publication = published(house, now, submitted(house, now, campaign)).publication
    page = client.get(reverse("public-page", args=["HK", "en"])).text
    assert "<script>alert" not in page
    (data,) = re.findall(r"<script[^>]*ld\+json[^>]*>(.*?)</script>", page, re.S)
    assert json.loads(data)["@graph"][0]["text"] == HOSTILE
    assert in_feed(client) == ["請停一停：是群組叫你轉帳嗎？"]
    alert = client.get(reverse("cap-alert", args=[publication.pk])).content
    SCHEMA.validate(alert.decode())
    assert HOSTILE in [each.text for each in xml.fromstring(alert).iter(f"{{{cap.NAMESPACE}}}headline")]


def test_what_xml_cannot_hold_breaks_neither_feed_nor_document() -> None:
    """Frozen before it was refused: what is published stays readable."""
    assert cap.fitting("a\x00b\x0bc\ufffed\uffffe\ud800f\U0001f6a8\x85") == "abcdef\U0001f6a8\x85"


def test_nothing_of_an_agency_out_of_standing_is_public(house: Any, now: Any, client: Any) -> None:
    publication = published(house, now).publication
    alert = reverse("cap-alert", args=[publication.pk])
    assert len(in_feed(client)) == 1
    agency_suspended(house, now)
    assert in_feed(client) == []
    assert client.get(alert).status_code == 404
    assert text().headline["en"] not in client.get(reverse("public-page", args=["HK", "en"])).text
    assert "/warnings/HK/" not in client.get(reverse("public-sitemap")).text


def test_a_draft_for_other_regions_takes_nothing_out_of_the_feed(house: Any, now: Any, client: Any) -> None:
    campaign = revise(published(house, now).campaign_id, actor=house.officer, now=now)
    edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision, text=text(),
        audience=audience(now, regions=["MO"]),
    )  # fmt: skip
    assert len(in_feed(client)) == 1
    assert in_feed(client, "MO") == []


def test_a_flood_of_newer_warnings_pushes_no_cancel_out(
    house: Any, now: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "ENTRIES_MAX", 2)
    first = published(house, now - timedelta(hours=3)).publication
    for hours in (2, 1):
        published(house, now - timedelta(hours=hours))
    recall(first.campaign_id, actor=house.supervisor, now=now, why="A number moved.")
    titles = in_feed(client)
    assert len(titles) == 2
    assert titles[0].startswith("Cancelled: ")
    answer = client.get(reverse("cap-feed", args=["HK"])).text
    assert answer.count(text().body["zh-hant"]) == 1, "the recalled words are not spread by their cancel"
    assert Publication.objects.count() == 3


def test_a_map_of_every_region_there_is_stays_within_what_search_engines_take(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = {code: list(NAMES) for code in sorted({*countries(), *subdivisions()})}
    monkeypatch.setattr(public_pages, "regions", lambda: everywhere)
    answer = client.get(reverse("public-sitemap"))
    assert answer.status_code == 200
    assert answer.content.count(b"<loc>") <= 50_000
    assert len(answer.content) <= 50 * 1024 * 1024


def test_structured_data_of_no_warning_is_still_data() -> None:
    assert json.loads(public_pages.structured(Live([], []), "</script>", "https://x"))["@graph"] == []
