"""The guidance check: what it blocks, what it advises, and that it leaves a good text alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from campaigns.authoring.guidance import Finding, findings_of
from campaigns.authoring.guidance.finding import Looked
from campaigns.authoring.guidance.readability import measured
from campaigns.authoring.text import WorkingText
from tests.campaigns.warnings import text

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def looked(words: WorkingText | None = None, **changes: Any) -> list[Finding]:
    given = Looked(
        text=words or text(),
        languages=["zh-hant", "en"],
        regions=["HK"],
        agency_regions=["HK"],
        ends_at=NOW + timedelta(days=28),
        now=NOW,
    )
    return findings_of(replace(given, **changes))


def said(found: list[Finding], field: str) -> list[tuple[bool, str]]:
    return [(each.blocks, str(each.message)) for each in found if each.field == field]


def with_resource(**changes: Any) -> WorkingText:
    given = text()
    given.resources[0] |= changes
    return given


def test_a_good_text_is_left_alone() -> None:
    assert looked() == []


def test_every_finding_says_how_to_mend_it() -> None:
    broken = WorkingText(headline={"en": "Beware of scams"}, tips=[{"text": {}}])
    found = looked(broken, ends_at=NOW, regions=["SE"])
    assert len(found) > 8
    assert all(str(each.mend) and each.label for each in found)


def test_what_blocks_comes_first() -> None:
    blocks = [each.blocks for each in looked(WorkingText())]
    assert blocks == sorted(blocks, reverse=True)


@pytest.mark.parametrize(
    ("phone", "regions", "expected"),
    [
        ("18222", ["HK"], []),
        ("999", ["HK"], []),
        ("114 14", ["SE"], []),
        ("+852 2860 2000", ["HK"], []),
        ("call us", ["HK"], [(True, "“call us” is not a telephone number.")]),
        ("12345678901234", ["SE"], [(False, "“12345678901234” is not known as a number of Sweden (SE).")]),
        ("0300 123 2040", ["GB"], []),
        ("1930", ["IN"], []),
    ],
)
def test_a_number_is_read_as_it_is_dialled_in_the_region(
    phone: str, regions: list[str], expected: list[Any]
) -> None:
    found = looked(with_resource(phone=phone), regions=regions, agency_regions=regions)
    assert said(found, "resources") == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://www.adcc.gov.hk", "https://", "https://18.22.2.1/", "https://police@evil.example/",
        "https://[::1]/", "https://localhost", "https://exa mple.com",
    ],
)  # fmt: skip
def test_an_address_must_be_that_of_a_site_by_https(url: str) -> None:
    assert [blocks for blocks, _ in said(looked(with_resource(url=url)), "resources")] == [True]


@pytest.mark.parametrize(
    ("until", "blocks"),
    [(date(2026, 6, 30), [True]), (date(2026, 7, 1), [False]), (date(2026, 7, 29), []), (None, [])],
)
def test_a_resource_that_runs_out_is_named(until: date | None, blocks: list[bool]) -> None:
    assert [each for each, _ in said(looked(with_resource(valid_until=until)), "resources")] == blocks


@pytest.mark.parametrize("words", ["1,204 people lost 3 million dollars", "45% of cases", "HK$900 in a day"])
def test_a_figure_needs_a_source(words: str) -> None:
    given = text()
    given.sources = []
    given.body["en"] = words
    assert [blocks for blocks, _ in said(looked(given), "sources")] == [False]


@pytest.mark.parametrize("words", ["Open 24 hours.", "Call 18222 or 999.", "3 signs of a scam"])
def test_hours_hotlines_and_small_counts_are_no_figures(words: str) -> None:
    given = text()
    given.sources = []
    given.body["en"] = words
    assert said(looked(given), "sources") == []


@pytest.mark.parametrize(
    ("as_of", "blocks"),
    [(None, [False]), (date(2026, 7, 2), [True]), (date(2026, 7, 1), []), (date(2024, 2, 29), [False])],
)
def test_a_source_has_a_date_that_is_neither_old_nor_to_come(as_of: date | None, blocks: list[bool]) -> None:
    given = text()
    given.sources[0]["as_of"] = as_of
    assert [each for each, _ in said(looked(given), "sources")] == blocks


def test_a_question_step_is_whole_or_absent() -> None:
    without = text()
    without.question, without.answers = {}, []
    assert looked(without) == []
    for broken in (
        replace(text(), answers=[]),
        replace(text(), answers=text().answers[:1]),
        replace(text(), question={}),
    ):
        assert (True, "A question step needs its question and at least two answers.") in said(
            looked(broken), "question"
        )
    tame = text()
    tame.answers[0]["is_warning_sign"] = False
    assert said(looked(tame), "question") == [(False, "No answer is marked as a sign of the scam.")]


def test_words_that_warn_of_nothing_are_named_in_their_language() -> None:
    given = text("Important notice: be careful")
    given.headline["zh-hant"] = "慎防詐騙"
    assert {each.language for each in looked(given) if each.field == "headline"} == {"en", "zh-hant"}


def test_what_was_copied_and_not_translated_is_named() -> None:
    given = text()
    given.body["zh-hant"] = given.body["en"]
    assert said(looked(given), "body") == [(False, "The same words as in 繁體中文.")]


def test_a_subdivision_of_the_agencys_country_is_its_own() -> None:
    assert looked(regions=["US-CA"], agency_regions=["US"], text=with_resource(phone="911")) == []
    found = looked(regions=["US-CA"], agency_regions=["CA"], text=with_resource(phone="911"))
    assert [each.field for each in found] == ["regions"]


def test_an_evergreen_warning_has_no_end_that_could_be_over() -> None:
    assert looked(ends_at=None) == []


HARD = {
    "en": (
        "Sophisticated international criminal organisations systematically manipulate unsuspecting"
        " individuals through extraordinarily convincing counterfeit investment infrastructure, subsequently"
        " appropriating considerable accumulated financial resources irrecoverably, notwithstanding"
        " institutional countermeasures and comprehensive informational campaigns."
    ),
    "sv": (
        "Internationella bedrägeriorganisationer manipulerar systematiskt intet ont anande privatpersoner"
        " genom utomordentligt övertygande investeringsplattformar, varefter betydande ekonomiska tillgångar"
        " oåterkalleligen förloras trots institutionella motåtgärder och omfattande informationskampanjer"
        " från rättsvårdande myndigheter och finansinstitut."
    ),
}
PLAIN = {
    "en": "Stop. Did a group ask you to send this? They lie. You will not get it back. Call the police. "
    "Ask a friend first. Do not rush. Take your time and check the name and the site.",
    "sv": "Stopp. Bad en grupp dig att skicka det här? De ljuger. Du får inte tillbaka det. Ring oss. "
    "Fråga en vän först. Ha inte bråttom. Ta den tid du behöver och kolla namnet.",
}


@pytest.mark.parametrize("language", ["en", "sv"])
def test_hard_words_are_told_from_plain_ones(language: str) -> None:
    assert measured(HARD[language] * 2, language) is not None
    assert measured(PLAIN[language], language) is None


@pytest.mark.parametrize("language", ["zh-hant", "ja", "ar", "hi", "ms"])
def test_no_measure_is_made_up_for_a_language_without_one(language: str) -> None:
    assert measured(HARD["en"] * 3, language) is None


def test_a_hundred_thousand_characters_are_judged_in_good_time() -> None:
    given = text()
    given.body["en"] = "1,000,000 " * 10_000
    assert looked(given)
