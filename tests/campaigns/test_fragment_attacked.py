"""Words made to break out of the fragment are only ever text; addresses made to deceive are not linked."""

import re

import pytest

from campaigns.client.fragment import LINKED, article, dialled, fragment
from tests.campaigns.fragments import HOSTILE, Tree, document, text


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
