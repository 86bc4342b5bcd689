"""The warning as HTML: what the edge answers, what the client draws, and what hostile text becomes."""

import gzip
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.utils import translation

from campaigns.client.audience import Situation
from campaigns.client.fragment import fragment
from campaigns.client.languages import direction
from campaigns.client.publication import Publication
from campaigns.client.words import own_name, words
from campaigns.delivery.edge import FRAGMENT, Edge
from campaigns.delivery.fragment import fragment_answer
from campaigns.review import flows as review
from portal.kernel import languages
from portal.kernel.languages import NAMES, bcp47
from portal.keyring import keyring
from tests.campaigns.asking import Held, ask, raw, read
from tests.campaigns.fragments import Tree, document, text
from tests.campaigns.warnings import published
from tests.clients import make_client

ALL = "region=HK&language=zh-Hant"


@pytest.fixture
def key(transactional_db: None, now: Any) -> str:
    return make_client("withdrawals", ["campaigns:read"], now=now)[1]


@pytest.fixture
def house(transactional_db: None, house: Any) -> Any:
    return house


# --- the edge ---------------------------------------------------------------------------------------------


def test_it_answers_the_first_warning_as_html(key, house, now):
    published(house, now, title="low", priority=10)
    version = published(house, now, title="high", priority=90)
    status, headers, body = raw(Edge(None, Held(read())), key, FRAGMENT, ALL)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Length"] == str(len(body))
    assert headers["RateLimit"]
    assert headers["Age-of-truth"] == "0.00"
    tree = Tree(body.decode())
    name, attributes = tree.tags[0]
    assert name == "article"
    assert attributes["lang"] == attributes["data-language"] == "zh-Hant"
    assert attributes["dir"] == "ltr"
    assert attributes["data-campaign"] == str(version.campaign_id)
    assert attributes["data-publication"] == str(version.publication.pk)
    assert attributes["data-version"] == str(version.pk)
    said = version.content["texts"]["zh-Hant"]
    for each in (said["headline"], *said["tips"], said["question"]["text"], "測試警隊", "轉出資金之前"):
        assert each in tree.texts


def test_it_is_complete_without_script_and_style(key, house, now):
    published(house, now)
    tree = Tree(raw(Edge(None, Held(read())), key, FRAGMENT, "region=HK&language=en")[2].decode())
    assert not {"script", "style", "link", "iframe", "form"} & {name for name, _ in tree.tags}
    for _name, attributes in tree.tags:
        assert not [each for each in attributes if each == "style" or each.startswith("on")]
    assert len(tree.all("details")) == 1
    assert [each["value"] for each in tree.all("input")] == ["1", "2"]
    ids = {each["id"] for _, each in tree.tags if each.get("id")}
    assert {each["aria-describedby"] for each in tree.all("input")} < ids
    links = {each["href"]: each for each in tree.all("a")}
    assert set(links) == {"tel:18222", "https://www.adcc.gov.hk", "https://www.adcc.gov.hk/figures"}
    for address in set(links) - {"tel:18222"}:
        assert set((links[address]["rel"] or "").split()) >= {"noopener", "noreferrer"}
        assert links[address]["target"] == "_blank"
    assert tree.all("time") == [{"datetime": "2026-06-30", "dir": "ltr"}]


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_client_draws_the_same_bytes_from_a_publication_it_has_verified(key, house, now, language):
    published(house, now)
    edge = Edge(None, Held(read()))
    given = ask(edge, key, "", "/api/v1/campaigns/snapshot")[2]["publications"][0]
    verified = Publication.verified(given, keyring().public)
    drawn = fragment(verified.document, language, verified.texts[language], portal=settings.BASE_URL)
    assert raw(edge, key, FRAGMENT, f"region=HK&language={language}")[2] == drawn.encode()


def test_the_mark_is_loaded_from_the_portal():
    mark = {"sha256": "ab" * 32, "width": 64, "height": 32}
    agency = {"id": "a1", "name": {"en": "Police"}, "mark": mark}
    tree = Tree(fragment(document(agency=agency), "en", text(), portal="https://portal.example"))
    [picture] = tree.all("img")
    assert picture["src"] == f"https://portal.example/marks/{'ab' * 32}.png"
    assert (picture["alt"], picture["width"], picture["height"]) == ("", "64", "32")


def test_the_same_fragment_is_304_and_comes_compressed(key, house, now):
    published(house, now)
    edge = Edge(None, Held(read()))
    _, headers, plain = raw(edge, key, FRAGMENT, ALL)
    for encoding, expanded in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        status, small, body = raw(edge, key, FRAGMENT, ALL, HTTP_ACCEPT_ENCODING=encoding)
        assert (status, small["Content-Encoding"], expanded(body)) == (200, encoding, plain)
        assert small["ETag"] != headers["ETag"]
        status, _, body = raw(edge, key, FRAGMENT, ALL, HTTP_IF_NONE_MATCH=small["ETag"])
        assert (status, body) == (304, b"")
    status, again, body = raw(edge, key, FRAGMENT, ALL, REQUEST_METHOD="HEAD")
    assert (status, body, again["Content-Length"]) == (200, b"", headers["Content-Length"])


def test_it_is_drawn_once_however_it_is_asked_for(key, house, now):
    published(house, now)
    snapshot = read()
    edge = Edge(None, Held(snapshot))
    asked = [ALL, "region=HK&language=zh-HK", "region=HK", f"{ALL}&asset=USDT&new_address=true"]
    assert len({raw(edge, key, FRAGMENT, each)[1]["ETag"] for each in asked}) == 1
    assert len(snapshot.fragments) == 1
    moment = now.timestamp()
    traditional, taiwanese = (snapshot.selection.live("HK", tag, moment) for tag in ("zh-Hant", "zh-TW"))
    first = fragment_answer(snapshot, traditional)
    assert fragment_answer(snapshot, taiwanese, Situation(asset="BTC")) is first


def test_what_is_said_of_the_withdrawal_rules_a_warning_out(key, house, now):
    high = published(house, now, title="high", priority=90, only_new_address=True)
    low = published(house, now, title="low", priority=10)
    edge = Edge(None, Held(read()))
    for said, version in (("", high), ("&new_address=true", high), ("&new_address=false", low)):
        assert f'data-version="{version.pk}"' in raw(edge, key, FRAGMENT, ALL + said)[2].decode()


def test_a_recalled_text_is_gone_and_what_is_not_known_is_not_said(key, house, now):
    version = published(house, now)
    assert raw(Edge(None, Held(read())), key, FRAGMENT, ALL)[0] == 200
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="wrong number")
    status, headers, body = raw(Edge(None, Held(read())), key, FRAGMENT, ALL)
    assert (status, body) == (204, b"")
    assert "Content-Type" not in headers
    past_the_lease = Held(read(), age=9.0, confirmed_at=now.timestamp())
    assert ask(Edge(None, past_the_lease), key, ALL, FRAGMENT)[2]["code"] == "unconfirmed"


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "bad-query"), ("region=HK&theme=dark", "bad-query"), ("region=XX", "unknown-region")],
)
def test_it_refuses_what_active_refuses(key, query, code):
    edge = Edge(None, Held(read()))
    _, headers, body = ask(edge, key, query, FRAGMENT)
    assert body == ask(edge, key, query)[2]
    assert body["code"] == code
    assert headers["Content-Type"].startswith("application/problem+json")
    assert ask(edge, None, ALL, FRAGMENT)[2]["code"] == "key-missing"
    assert ask(edge, key, ALL, FRAGMENT, REQUEST_METHOD="POST")[0] == 405


# --- languages --------------------------------------------------------------------------------------------


def test_every_language_of_warnings_has_all_its_words_and_its_name():
    assert {code: row["name"] for code, row in words().items()} == NAMES
    assert {frozenset(row) for row in words().values()} == {frozenset(words()["en"])}
    assert all(text.strip() for row in words().values() for text in row.values())


@pytest.mark.parametrize("code", NAMES)
def test_a_warning_speaks_one_language_whoever_reads(code):
    tag = bcp47(code)
    with translation.override("zh-hant" if code != "zh-hant" else "en"):
        tree = Tree(fragment(document(tag), tag, text(), portal=""))
    assert tree.tags[0][1]["lang"] == tag
    assert tree.tags[0][1]["dir"] == direction(tag) == languages.direction(code)
    around = {each.strip(" ()") for each in tree.texts} - {"word", "Police", "English", "·", ""}
    mine = {each for name, each in words()[code].items() if name not in ("name", "new_tab")}
    assert around == mine


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ar", "rtl"),
        ("ar-EG", "rtl"),
        ("he-Hebr", "rtl"),
        ("az-Arab", "rtl"),
        ("zh-Hant", "ltr"),
        ("!", "ltr"),
    ],
)
def test_the_direction_is_that_of_the_script(tag, expected):
    assert direction(tag) == expected


def test_a_language_without_words_is_named_by_its_tag():
    assert (own_name("zh-Hant"), own_name("tlh")) == ("繁體中文", "tlh")
