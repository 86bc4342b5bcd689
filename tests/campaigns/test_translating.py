"""Translating: what is missing, outdated, translated, reviewed; by whom; and what a change takes back."""

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from campaigns.authoring.flows import edit, submit
from campaigns.models import Campaign
from campaigns.review.flows import approve
from campaigns.translating.flows import review_translation, translate
from campaigns.translating.state import TranslationStatus, state, states
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import audience, drafted, submitted, text

pytestmark = pytest.mark.django_db
S = TranslationStatus


def of(campaign: Campaign) -> dict[str, TranslationStatus]:
    campaign.refresh_from_db()
    return {each.language: each.status for each in states(campaign)}


def saved(house: Any, now: Any, campaign: Campaign, words: Any, **changes: Any) -> Campaign:
    campaign.refresh_from_db()
    return edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision, text=words,
        audience=audience(now, **changes),
    )  # fmt: skip


def translated(house: Any, now: Any, campaign: Campaign, actor: Any = None, **words: str) -> Campaign:
    campaign.refresh_from_db()
    return translate(
        campaign.pk, actor=actor or house.second_officer, now=now, language="en",
        seen_revision=campaign.revision, words=words,
    )  # fmt: skip


def reviewed(house: Any, now: Any, campaign: Campaign, actor: Any) -> None:
    campaign.refresh_from_db()
    found = state(campaign, "en")
    review_translation(campaign.pk, actor=actor, now=now, language="en", seen_digest=found.digest)


def test_a_language_moves_from_missing_to_reviewed_and_back(house: Any, now: Any) -> None:
    words = text()
    words.headline["en"] = ""
    campaign = drafted(house, now)
    saved(house, now, campaign, words)
    assert of(campaign) == {"en": S.MISSING}
    translated(house, now, campaign, headline="Stop: who sent you the address?")
    assert of(campaign) == {"en": S.DRAFT}
    reviewed(house, now, campaign, house.supervisor)
    assert of(campaign) == {"en": S.REVIEWED}
    campaign.refresh_from_db()
    changed = replace(
        text(), headline={"en": "Stop: who sent you the address?", "zh-hant": "請停一停，先想清楚。"}
    )
    saved(house, now, campaign, changed)
    assert of(campaign) == {"en": S.OUTDATED}
    outdated = [unit.key for unit in state(campaign, "en").units if unit.status == S.OUTDATED]
    assert outdated == ["headline"]
    reviewed(house, now, campaign, house.supervisor)  # read again: the translation still says it
    assert of(campaign) == {"en": S.REVIEWED}


def test_a_text_that_was_changed_with_its_source_is_up_to_date(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    saved(house, now, campaign, replace(text(), body={"en": "New words.", "zh-hant": "新的文字。"}))
    assert of(campaign) == {"en": S.DRAFT}


def test_the_translator_does_not_review_the_own_words(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    translated(house, now, campaign, headline="Another headline")
    with pytest.raises(Forbidden):
        reviewed(house, now, campaign, house.second_officer)
    reviewed(house, now, campaign, house.officer)


def test_a_review_is_of_exactly_what_was_read(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    seen = state(campaign, "en").digest
    translated(house, now, campaign, headline="Changed after the page was opened")
    with pytest.raises(Stale):
        review_translation(campaign.pk, actor=house.supervisor, now=now, language="en", seen_digest=seen)


def test_nothing_is_reviewed_while_texts_are_missing(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    translated(house, now, campaign, headline="")
    with pytest.raises(WrongState):
        reviewed(house, now, campaign, house.supervisor)


def test_a_translation_touches_its_language_alone_and_is_told_by_the_trail(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    translated(house, now, campaign, headline="A new one", **{"tips.0.text": "Hang up."})
    campaign.refresh_from_db()
    assert (campaign.headline_zh_hant, campaign.headline_en) == (text().headline["zh-hant"], "A new one")
    assert campaign.tips.get().text_en == "Hang up."
    event = AuditEvent.objects.get(event="campaigns.translated")
    assert event.data["texts"] == ["headline", "tips.0.text"]


def test_who_translates_contributes_and_does_not_approve(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    translated(house, now, campaign, actor=house.supervisor, headline="By the supervisor")
    campaign.refresh_from_db()
    version = submit(campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision)
    with pytest.raises(Forbidden):
        approve(campaign.pk, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256)


def test_who_only_reads_a_translation_may_approve(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    reviewed(house, now, campaign, house.supervisor)
    version = submitted(house, now, campaign)
    approve(campaign.pk, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"tips.9.text": "x"}, Invalid), ({"headline_en": "x"}, Invalid), ({"tips.0.position": "x"}, Invalid),
        ({"tips.-1.text": "x"}, Invalid), ({"resources.0.phone": "1"}, Invalid),
        ({"headline": "x" * 91}, Invalid),
        ({"headline": "a\x00b"}, Invalid),
    ],
)  # fmt: skip
def test_what_is_no_text_of_the_draft_is_refused(house: Any, now: Any, words: Any, refusal: Any) -> None:
    campaign = drafted(house, now)
    with pytest.raises(refusal):
        translated(house, now, campaign, **words)
    campaign.refresh_from_db()
    assert campaign.revision == 1


def test_the_source_and_languages_that_are_not_the_campaigns_are_not_translated_into(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    for language in ("zh-hant", "sv", "xx"):
        with pytest.raises(WrongState):
            translate(campaign.pk, actor=house.officer, now=now, language=language, seen_revision=1, words={})
        page = reverse("campaigns-translate", args=[campaign.pk, language])
        assert sign_in(house.officer).get(page).status_code == 404


def test_nobody_else_translates(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    with pytest.raises(NotVisible):
        translated(house, now, campaign, actor=house.outsider, headline="x")
    with pytest.raises(NotVisible):
        translated(house, now, campaign, actor=house.reviewer, headline="x")
    submitted(house, now, campaign)
    with pytest.raises(WrongState):
        translated(house, now, campaign, headline="x")


def test_the_page_shows_source_and_target_and_keeps_what_was_typed(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    browser = sign_in(house.officer)
    overview = browser.get(reverse("campaigns-translations", args=[campaign.pk])).text
    assert "English" in overview
    page = reverse("campaigns-translate", args=[campaign.pk, "en"])
    shown = browser.get(page).text
    assert text().headline["zh-hant"] in shown
    assert text().headline["en"] in shown
    answer = browser.post(page, {"revision": "1", "headline": "x" * 200})
    assert (answer.status_code, "x" * 200 in answer.text) == (422, True)
    stale = browser.post(page, {"revision": "0", "headline": "Mine"})
    assert (stale.status_code, "Mine" in stale.text) == (409, True)


def test_words_for_a_language_that_was_dropped_meanwhile_are_given_back(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    page = reverse("campaigns-translate", args=[campaign.pk, "en"])
    saved(house, now, campaign, text(), languages=["zh-hant"])
    answer = sign_in(house.officer).post(page, {"revision": "1", "headline": "Typed <b>for</b> nothing"})
    assert answer.status_code == 404
    assert "Typed &lt;b&gt;for&lt;/b&gt; nothing" in answer.text
    assert "not translated into this language" in answer.text


def test_words_for_a_draft_that_was_submitted_meanwhile_are_given_back(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    page = reverse("campaigns-translate", args=[campaign.pk, "en"])
    submitted(house, now, campaign)
    answer = sign_in(house.officer).post(page, {"revision": "1", "headline": "Typed for later"})
    assert (answer.status_code, "Typed for later" in answer.text) == (409, True)


def test_reading_the_pages_takes_few_queries(
    house: Any, now: Any, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    campaign = drafted(house, now)
    browser = sign_in(house.officer)
    for page in ("campaigns-translations", "campaigns-edit"):
        browser.get(reverse(page, args=[campaign.pk]))
        with django_assert_max_num_queries(12):
            browser.get(reverse(page, args=[campaign.pk]))
    browser.get(reverse("campaigns-translate", args=[campaign.pk, "en"]))
    with django_assert_max_num_queries(12):
        browser.get(reverse("campaigns-translate", args=[campaign.pk, "en"]))
