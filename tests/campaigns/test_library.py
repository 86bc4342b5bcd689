"""The library's texts: whole in every language, fit to be kept, and such that the guidance finds nothing."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.authoring.guidance import findings_of
from campaigns.authoring.guidance.finding import Looked
from campaigns.authoring.text import PARTS, SINGLE
from campaigns.library import shelf
from campaigns.library.checks import library_is_sound
from campaigns.models.campaign import ScamType
from portal.kernel.languages import NAMES

ALL = [each.value for each in shelf.SCAM_TYPES]
OF_ONE = shelf.TEXTS / "romance.toml"


def test_there_is_a_text_for_every_scam_type_but_other() -> None:
    assert set(ALL) == set(ScamType.values) - {"other"}
    assert sorted(path.stem for path in shelf.TEXTS.iterdir()) == sorted(ALL)
    assert list(shelf.titles("sv")) == ALL
    assert library_is_sound(None) == []


@pytest.mark.parametrize("scam_type", ALL)
def test_every_language_says_as_much_as_the_others(scam_type: str) -> None:
    text = shelf.template(scam_type)
    for code in NAMES:
        assert [key for key, words in text.units(code) if not words.strip()] == []
    assert 4 <= len(text.tips) <= 6
    assert 2 <= len(text.examples) <= 3
    assert 2 <= len(text.answers) <= 3
    assert {answer["is_warning_sign"] for answer in text.answers} == {True, False}


@pytest.mark.parametrize("scam_type", ALL)
def test_it_can_be_kept_and_leaves_to_the_agency_what_is_the_agencys(scam_type: str) -> None:
    text = shelf.template(scam_type)
    text.check()
    assert (text.resources, text.sources) == ([], [])
    for code in NAMES:
        for key, words in text.units(code):
            assert not re.search(r"\d|https?:|www\.|@", words), (code, key)


@pytest.mark.parametrize("scam_type", ALL)
def test_the_guidance_misses_nothing_but_whom_to_turn_to(scam_type: str, now: Any) -> None:
    looked = Looked(shelf.template(scam_type), list(NAMES), ["HK"], ["HK"], now + timedelta(days=28), now)
    # Nothing about wording, length, reading level, figures or translation, in any of the languages.
    left = [(each.field, each.language, str(each.message)) for each in findings_of(looked)]
    assert left == [("resources", "", "Add at least one resource: people need somebody to ask.")]


@pytest.mark.parametrize("scam_type", ALL)
def test_scripts_are_not_mixed_up(scam_type: str) -> None:
    """Each language is written in its own signs: a text in the wrong place would be seen here."""
    own = {"ja": "[ぁ-ん]", "ar": "[ء-ي]", "hi": "[ऀ-ॿ]", "zh-hant": "[這個們請]", "zh-hans": "[这个们请]"}
    text = shelf.template(scam_type)
    for code in NAMES:
        words = " ".join(each for _key, each in text.units(code))
        for other, signs in own.items():
            if other == code:
                assert re.search(signs, words)
            elif not {other, code} <= {"ja", "zh-hant", "zh-hans"}:
                assert not re.search(signs, words), (code, other)
        if code == "zh-hant":
            assert not re.search("[这们请说钱]", words)
        if code == "zh-hans":
            assert not re.search("[這們請說錢]", words)


def test_a_reader_of_the_shelf_cannot_change_it() -> None:
    taken = shelf.template("phishing")
    taken.headline["en"] = "Something else"
    taken.tips.clear()
    assert shelf.template("phishing").headline["en"] != "Something else"
    assert shelf.template("phishing").tips


def test_a_choice_of_languages_holds_no_other() -> None:
    text = shelf.template("romance", ["hi", "en"])
    held = [getattr(text, name) for name in SINGLE]
    held += [row[part] for name, kind in PARTS.items() for row in text.rows(name) for part in kind.translated]
    assert all(set(words) == {"hi", "en"} for words in held)


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ("[ar]\n", "[tlh]\n", "its languages are"),
        ('question = "Have you met the person you are doing this for?"', "", "en should hold"),
        ('headline = "Is this for', 'headline = "" #', "en.headline is missing"),
        ("warning_signs = [true, true, false]", "warning_signs = [true, false]", "en has 3 answers, not 2"),
        ("warning_signs = [true, true, false]", 'warning_signs = "true"', "is not a list"),
        ('example_types = ["", "investment"]', 'example_types = ["", "unheard_of"]', "examples"),
        ('title = "The emergency far away"', 'titel = "The emergency far away"', "number 1, holds"),
        (
            '    "Never send crypto to someone',
            '    "One more.",\n    "Never send crypto to',
            "zh-hant has 5 tips",
        ),
        ("Only in video calls", "Only in video calls" * 20, "At most 300 characters"),
        ("Only in video calls", "Only in \\u202E video calls", "not text"),
        ("[en]\n", "[en\n", "romance.toml"),
    ],
)
def test_a_file_that_is_amiss_is_told_by_name_and_place(
    tmp_path: Path, found: str, instead: str, told: str
) -> None:
    written = OF_ONE.read_text(encoding="utf-8")
    assert found in written
    spoilt = tmp_path / OF_ONE.name
    spoilt.write_text(written.replace(found, instead, 1), encoding="utf-8")
    with pytest.raises(shelf.Amiss) as amiss:
        shelf.read(spoilt)
    assert str(amiss.value).startswith("romance.toml: ")
    assert told in str(amiss.value)


def test_a_file_that_is_gone_is_told_at_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shelf, "TEXTS", tmp_path)
    shelf._shelf.cache_clear()
    [error] = library_is_sound(None)
    assert error.id == "campaigns.E001"
    assert "investment.toml" in error.msg
    monkeypatch.undo()
    shelf._shelf.cache_clear()
