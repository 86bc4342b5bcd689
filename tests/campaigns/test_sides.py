"""What the reviewer sees side by side: every place, matched though it moved, marked where a word changed."""

from copy import deepcopy
from typing import Any

import pytest

from campaigns.authoring.places import field_id, label_of, places
from campaigns.authoring.text import PARTS
from campaigns.review.sides import place_of, sides
from tests.campaigns.warnings import text

CONTENT = {"texts": {"en": text().in_language("en"), "zh-Hant": text().in_language("zh-hant")}}


def changed(**changes: Any) -> dict[str, Any]:
    content = deepcopy(CONTENT)
    content["texts"]["en"].update(changes)
    return content


def test_every_place_has_words_and_a_key_that_finds_them_again() -> None:
    found = dict(places(CONTENT["texts"]["en"]))
    assert found["headline"] == "Stop: is a chat group telling you where to send this?"
    assert found["examples.0.scam_type"] == "Online investment"
    assert found["resources.0.languages"] == "繁體中文, English"
    assert found["answers.0.is_warning_sign"] == "✓"
    assert "answers.1.is_warning_sign" not in found
    assert found["sources.0.as_of"] == "2026-06-30"
    assert all(place_of(CONTENT, "en", key) == words for key, words in found.items())
    assert place_of(CONTENT, "zh-hant", "tips.0.text") == "致電熱線。"
    assert place_of(CONTENT, "sv", "headline") is None


def test_every_part_has_a_label_and_a_field() -> None:
    for name, kind in PARTS.items():
        for part in (*kind.translated, *kind.once):
            assert str(label_of(f"{name}.1.{part}")).count("2") == 1
            assert field_id(f"{name}.1.{part}", "zh-hant").startswith(f"id_{name}-1-{part}")


def test_the_same_text_has_no_change() -> None:
    assert [each for each in sides(CONTENT, CONTENT, "en") if each.is_changed] == []


def test_a_language_that_was_not_live_is_new_in_every_place() -> None:
    live = {"texts": {"zh-Hant": CONTENT["texts"]["zh-Hant"]}}
    assert all(each.is_changed and not each.before for each in sides(live, CONTENT, "en"))
    assert len(sides(None, CONTENT, "en")) == len(list(places(CONTENT["texts"]["en"])))


def test_a_row_put_in_front_is_told_as_one_row_more() -> None:
    tips = ["Ask a friend.", *CONTENT["texts"]["en"]["tips"]]
    found = [each for each in sides(CONTENT, changed(tips=tips), "en") if each.is_changed]
    assert [(each.key, each.before, each.after) for each in found] == [("tips.0.text", "", "Ask a friend.")]


def test_a_row_that_went_has_no_place_to_remark_on() -> None:
    found = [each for each in sides(CONTENT, changed(sources=[]), "en") if each.is_changed]
    assert {each.key for each in found} == {""}
    assert [each.before for each in found] == [
        "Police figures",
        "https://www.adcc.gov.hk/figures",
        "2026-06-30",
    ]


def test_changed_words_are_marked_and_escaped() -> None:
    found = sides(CONTENT, changed(body="Fake groups show <b>invented</b> gains. Check first."), "en")
    body = next(each for each in found if each.key == "body")
    assert "<del>profits</del>" in body.changed
    assert "<ins>gains</ins>" in body.changed
    assert "<b>" not in body.changed


@pytest.mark.parametrize("part", ["phone", "url", "hours"])
def test_a_changed_contact_is_a_change(part: str) -> None:
    resources = deepcopy(CONTENT["texts"]["en"]["resources"])
    resources[0][part] = "999"
    found = [each.key for each in sides(CONTENT, changed(resources=resources), "en") if each.is_changed]
    assert found == [f"resources.0.{part}"]
