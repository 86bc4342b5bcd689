"""The warning as HTML: what the edge answers, what the client draws, and what hostile text becomes."""

import gzip
import re
from html.parser import HTMLParser
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.utils import translation

from campaigns.client.audience import Situation
from campaigns.client.fragment import LINKED, article, dialled, fragment
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
from tests.campaigns.warnings import published
from tests.clients import make_client

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e\u2067]]>-->{{x}}"
ALL = "region=HK&language=zh-Hant"


@pytest.fixture
def key(transactional_db: None, now: Any) -> str:
    return make_client("withdrawals", ["campaigns:read"], now=now)[1]


@pytest.fixture
def house(transactional_db: None, house: Any) -> Any:
    return house


class Tree(HTMLParser):
    """What stands in the HTML: the tags with their attributes, and the text; fails on what does not close."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def text(word: str = "word", **changes: Any) -> dict[str, Any]:
    return {
        "headline": word,
        "body": word,
        "tips": [word],
        "examples": [{"scam_type": word, "title": word, "how_it_goes": word, "how_to_tell": word}],
        "question": {
            "text": word,
            "answers": [{"label": word, "advice": word, "is_warning_sign": sign} for sign in (True, False)],
        },
        "resources": [
            {
                "name": word,
                "phone": word,
                "url": word,
                "hours": word,
                "languages": ["en"],
                "valid_until": None,
            }
        ],
        "sources": [{"name": word, "url": word, "as_of": word}],
        **changes,
    }


def document(language: str = "en", **changes: Any) -> dict[str, Any]:
    return {
        "id": "p1", "campaign": "c1", "version": {"id": "v1"},
        "agency": {"id": "a1", "name": {language: "Police"}, "mark": None}, **changes,
    }  # fmt: skip


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
    first = fragment_answer(snapshot, "HK", "zh-Hant", moment)
    assert fragment_answer(snapshot, "HK", "zh-TW", moment, Situation(asset="BTC")) is first


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


# --- hostile text -----------------------------------------------------------------------------------------


def test_hostile_text_is_only_ever_text():
    tame, wild = (Tree(fragment(document(), "en", text(word), portal="")) for word in ("word", HOSTILE))
    assert [name for name, _ in wild.tags] == [name for name, _ in tame.tags]
    for (_, before), (_, after) in zip(tame.tags, wild.tags, strict=True):
        assert before.keys() == after.keys()
    assert wild.texts.count(HOSTILE) == tame.texts.count("word")


def test_hostile_names_and_ids_stay_in_their_places():
    agency = {"id": "a1", "name": {"en": HOSTILE}, "mark": {"sha256": HOSTILE, "width": HOSTILE, "height": 1}}
    tree = Tree(fragment(document(id=HOSTILE, campaign=HOSTILE, agency=agency), "en", text(), portal=HOSTILE))
    assert "script" not in {name for name, _ in tree.tags}
    assert tree.tags[0][1]["data-campaign"] == HOSTILE
    assert HOSTILE in tree.texts


def test_a_text_of_a_hundred_thousand_characters_arrives_whole():
    long = "<" * 100_000
    tree = Tree(fragment(document(), "en", text(body=long), portal=""))
    assert long in tree.texts


def test_blank_lines_part_paragraphs_and_lines_break():
    tree = Tree(article(text(body="\n\none\r\ntwo\n\n\nthree\n"), language="en", key="k", agency=""))
    body = re.search(r'<div class="warning-body">(.*?)</div>', article(
        text(body="\n\none\r\ntwo\n\n\nthree\n"), language="en", key="k", agency=""
    ))  # fmt: skip
    assert body is not None
    assert body[1] == "<p>one<br>two</p><p>three</p>"
    assert tree.all("br") == [{}]


def test_texts_that_were_frozen_early_lack_what_there_was_not():
    early = {name: text()[name] for name in ("headline", "body", "tips", "examples", "resources")}
    early["resources"] = [{"name": "n", "phone": "", "url": "", "hours": ""}]
    tree = Tree(fragment(document(), "en", early, portal=""))
    assert not tree.all("fieldset")
    assert not tree.all("a")


@pytest.mark.parametrize(
    "url",
    [
        "http://police.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//police.example",
        "HTTPS://police.example",
        "https://",
        "https:///path",
        "https://police.example@evil.example/",
        "https://police.example/\u202egpj.exe",
        "https://police.example/a b",
        "https://police.example\\@evil.example",
        "https://police.example/\n",
        'https://police.example/"onclick="',
    ],
)
def test_what_is_no_plain_https_address_is_shown_and_not_linked(url):
    shown = text(resources=[{"name": "n", "phone": "", "url": url, "hours": ""}],
                 sources=[{"name": "Figures", "url": url, "as_of": None}])  # fmt: skip
    tree = Tree(fragment(document(), "en", shown, portal=""))
    assert tree.all("a") == []
    assert f"Figures ({url})" in tree.texts


@pytest.mark.parametrize(
    "url", ["https://a.example", "https://警察.example/查?q=1#x", "https://a.example:8443/@b"]
)
def test_plain_https_addresses_are_linked(url):
    assert LINKED.fullmatch(url)


def test_a_telephone_number_is_dialled_in_any_script():
    assert [dialled(each) for each in ("18222", "+852 2860 5012", "٩٩٩", "*#06#", "javascript:1")] == [
        "18222", "+85228605012", "999", "*%2306%23", "1",
    ]  # fmt: skip
