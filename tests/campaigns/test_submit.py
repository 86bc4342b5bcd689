from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.authoring import flows
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, Version
from portal.kernel.canonical import digest
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import audience, drafted, published, submitted, text

pytestmark = pytest.mark.django_db


def submit(campaign, actor, now, seen=1):
    return flows.submit(campaign.pk, actor=actor, now=now, seen_revision=seen)


def written(house, now, words, **changes):
    return flows.create(actor=house.officer, now=now, audience=audience(now, **changes), text=words)


@pytest.mark.parametrize("who", ["officer", "second_officer", "supervisor"])
def test_the_text_is_frozen_as_the_next_version(house, now, who):
    version = submit(drafted(house, now), getattr(house, who), now)
    campaign = Campaign.objects.get()
    assert (campaign.status, campaign.in_review, version.number) == (CampaignStatus.AGENCY_REVIEW, version, 1)
    assert version.sha256 == digest(version.content)
    assert version.content["texts"]["zh-Hant"]["headline"] == text().headline["zh-hant"]


def test_it_is_recorded_with_its_digest(house, now):
    version = submitted(house, now)
    event = AuditEvent.objects.get(event="campaigns.submitted")
    assert event.data == {"version": str(version.pk), "number": 1, "sha256": version.sha256}


def test_the_agencys_supervisors_are_told_but_not_the_one_who_submitted(house, now):
    submit(drafted(house, now), house.officer, now)
    assert [notice.person_id for notice in Notice.objects.all()] == [house.supervisor.person_id]
    Notice.objects.all().delete()
    submit(drafted(house, now), house.supervisor, now)
    assert not Notice.objects.exists()


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "reviewer", "analyst"])
def test_whoever_may_not_see_a_draft_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        submit(drafted(house, now), getattr(house, who), now)


def test_the_wrong_role_is_refused(house, now):
    with pytest.raises(Forbidden):
        submit(drafted(house, now), house.auditor, now)


@pytest.mark.parametrize("state", [submitted, published])
def test_only_a_draft_can_be_submitted(house, now, state):
    version = state(house, now)
    with pytest.raises(WrongState):
        submit(version.campaign, house.officer, now)


def test_a_text_that_was_saved_again_is_looked_at_again(house, now):
    with pytest.raises(Stale):
        submit(drafted(house, now), house.officer, now, seen=2)
    assert not Version.objects.exists()


@pytest.mark.parametrize("name", ["headline", "body"])
@pytest.mark.parametrize("blank", ["", "   \n"])
def test_a_missing_translation_is_named_with_its_language(house, now, name, blank):
    words = text()
    getattr(words, name)["zh-hant"] = blank
    campaign = written(house, now, words)
    with pytest.raises(Invalid) as refused:
        submit(campaign, house.officer, now)
    assert refused.value.errors[name] == ["繁體中文: Missing in this language."]
    assert Campaign.objects.get().status == CampaignStatus.DRAFT


@pytest.mark.parametrize(
    ("part", "rows", "language"),
    [
        ("tips", [{"text": {"en": "Call.", "zh-hant": ""}}], "繁體中文"),
        (
            "examples",
            [{"title": {"en": "", "zh-hant": "群組"}, "how_it_goes": {}, "how_to_tell": {}}],
            "English",
        ),
        ("resources", [{"name": {"en": "Line"}, "hours": {}, "phone": "1", "url": ""}], "繁體中文"),
    ],
)
def test_every_part_is_needed_in_every_language(house, now, part, rows, language):
    campaign = written(house, now, replace(text(), **{part: rows}))
    with pytest.raises(Invalid) as refused:
        submit(campaign, house.officer, now)
    assert any(str(message).startswith(f"{language}: ") for message in refused.value.errors[part])


@pytest.mark.parametrize(
    ("words", "changes", "field"),
    [
        (replace(text(), resources=[]), {}, "resources"),
        (None, {"url": "http://police.example"}, "resources"),
        (text(), {"regions": ["SE"]}, "regions"),
    ],
    ids=["nobody to ask", "not https", "another country"],
)
def test_what_would_do_harm_blocks(house, now, words, changes, field):
    if words is None:
        words = text()
        words.resources[0].update(changes)
        changes = {}
    with pytest.raises(Invalid) as refused:
        submit(written(house, now, words, **changes), house.officer, now)
    assert field in refused.value.errors


def test_a_window_that_has_ended_blocks(house, now):
    campaign = drafted(house, now)
    with pytest.raises(Invalid) as refused:
        submit(campaign, house.officer, now=campaign.ends_at)
    assert "ends_at" in refused.value.errors
    assert submit(campaign, house.officer, now=campaign.ends_at - timedelta(seconds=1))


def test_a_long_sentence_is_advised_against_and_does_not_block(house, now):
    words = text()
    words.body["en"] = " ".join(["word"] * 30)
    assert submit(written(house, now, words), house.officer, now).number == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_submissions_at_once_one_counts(house, now, at_once):
    campaign = drafted(house, now)
    results = at_once(
        lambda: submit(campaign, house.officer, now),
        lambda: submit(campaign, house.second_officer, now),
    )
    assert sorted(type(each).__name__ for each in results) == ["Version", "WrongState"]
    assert Version.objects.count() == 1
    assert AuditEvent.objects.filter(event="campaigns.submitted").count() == 1
