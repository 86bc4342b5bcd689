"""The public pages: the same selection as the API, the same bytes for everybody, safe with any text."""

import json
import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.urls import reverse

from campaigns.delivery import load
from campaigns.public import live as live_now
from campaigns.public.pages import words_for
from campaigns.review.flows import recall
from portal.kernel.languages import NAMES
from tests.campaigns.warnings import published, submitted, text
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)


class Held:
    """What a process holds that has just confirmed its revision."""

    def __init__(self) -> None:
        self.confirmed = True

    def snapshot(self) -> Any:
        if not self.confirmed:
            return None
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as session:
            return load.load(session)[0]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    found = Held()
    monkeypatch.setattr(live_now, "follower", found)
    return found


def page(client: Any, language: str = "en", region: str = "HK") -> Any:
    return client.get(reverse("public-page", args=[region, language]))


def test_a_region_shows_what_the_api_serves_and_nothing_after_a_recall(
    house: House, now: Any, client: Any, held: Held
) -> None:
    assert words_for("en")["none"] in page(client).text
    version = published(house, now)
    shown = page(client)
    assert text().headline["en"] in shown.text
    assert "tel:18222" in shown.text
    recall(version.campaign_id, actor=house.supervisor, now=now, why="The number moved.")
    assert text().headline["en"] not in page(client).text


def test_what_is_not_approved_scheduled_or_only_an_exercise_is_not_shown(
    house: House, now: Any, client: Any, held: Held
) -> None:
    submitted(house, now)
    published(house, now, starts_at=now + timedelta(days=1))
    assert words_for("en")["none"] in page(client).text


def test_a_subdivision_shows_its_countrys_warnings(house: House, now: Any, client: Any, held: Held) -> None:
    published(house, now)
    assert text().headline["en"] in page(client, region="HK").text
    assert client.get("/warnings/XX/en/").status_code == 404
    assert client.get("/warnings/HK/tlh/").status_code == 404
    assert client.get("/warnings/hk/en/").status_code == 404


def test_every_language_has_the_words_around_the_warnings(client: Any, held: Held) -> None:
    names = set(words_for("en"))
    for language in NAMES:
        assert set(words_for(language)) == names
        answer = page(client, language)
        assert answer.status_code == 200
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in answer.text


def test_any_cache_may_keep_it_for_nobody_in_particular(
    house: House, now: Any, client: Any, held: Held, sign_in: Any
) -> None:
    published(house, now)
    answer = page(client)
    assert "public" in answer["Cache-Control"]
    assert "max-age=30" in answer["Cache-Control"]
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies
    again = client.get(reverse("public-page", args=["HK", "en"]), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert page(sign_in(house.officer)).content == answer.content


def test_the_same_address_says_the_same_whatever_language_the_browser_asks_for(
    house: House, now: Any, client: Any, held: Held
) -> None:
    published(house, now)
    address = reverse("public-page", args=["HK", "en"])
    pages = {client.get(address, headers={"Accept-Language": tag}).content for tag in ("en", "zh-HK", "sv")}
    assert len(pages) == 1
    assert client.get(address, headers={"Accept-Language": "zh-HK"})["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("asked", "language"),
    [("zh-HK,en;q=0.5", "zh-hant"), ("en-GB", "en"), ("sv", "zh-hant"), ("*;x=\x7f", "zh-hant")],
)
def test_a_reader_is_led_to_a_language_that_the_region_has(
    house: House, now: Any, client: Any, held: Held, asked: str, language: str
) -> None:
    published(house, now)
    answer = client.get(reverse("public-region", args=["HK"]), headers={"Accept-Language": asked})
    assert answer["Location"] == reverse("public-page", args=["HK", language])


def test_search_engines_read_what_people_read(house: House, now: Any, client: Any, held: Held) -> None:
    version = published(house, now)
    shown = page(client).text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', shown, re.DOTALL)
    assert block is not None
    graph = json.loads(block.group(1))["@graph"]
    assert graph[0]["name"] == text().headline["en"]
    assert graph[0]["expires"] == version.content["window"]["ends_at"]
    assert 'hreflang="zh-Hant"' in shown
    sitemap = client.get(reverse("public-sitemap")).text
    assert reverse("public-page", args=["HK", "zh-hant"]) in sitemap
    index = client.get(reverse("public-index")).text
    assert reverse("public-page", args=["HK", "en"]) in index


def test_hostile_words_stay_words(house: House, now: Any, client: Any, held: Held) -> None:
    from campaigns.authoring.flows import create
    from tests.campaigns.warnings import audience

    words = text("</script><script>alert(1)</script>\u2028 & \u200f")
    campaign = create(actor=house.officer, now=now, audience=audience(now), text=words)
    published(house, now, submitted(house, now, campaign))
    shown = page(client).text
    assert "<script>alert" not in shown
    assert shown.count("</script>") == 1


def test_who_cannot_confirm_says_so_and_no_cache_keeps_it(client: Any, held: Held) -> None:
    held.confirmed = False
    for address in (
        reverse("public-page", args=["HK", "ar"]),
        reverse("public-index"),
        reverse("public-sitemap"),
    ):
        answer = client.get(address)
        assert answer.status_code == 503
        assert "max-age=30" not in answer.get("Cache-Control", "")
    assert words_for("ar")["unconfirmed"] in page(client, "ar").text


def test_it_asks_the_database_nothing(
    house: House, now: Any, client: Any, held: Held, django_assert_num_queries: Any
) -> None:
    published(house, now)
    with django_assert_num_queries(0):
        assert page(client).status_code == 200
