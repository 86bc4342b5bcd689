"""Drafts that begin with words that are there: a copy, a finished campaign taken in from a file."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.authoring.audience import Audience
from campaigns.authoring.copies import duplicate, take_in
from campaigns.authoring.flows import archive, edit, revise, submit, unarchive
from campaigns.authoring.text import WorkingText
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign
from campaigns.review.flows import recall
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import drafted, published, submitted, text

pytestmark = pytest.mark.django_db


def test_a_copy_says_the_same_to_the_same_people_from_now_on(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    later = now + timedelta(days=400)
    copy = duplicate(campaign.pk, actor=house.second_officer, now=later)
    assert (copy.status, copy.agency_id) == (CampaignStatus.DRAFT, campaign.agency_id)
    assert WorkingText.of(copy) == text()
    assert copy.title == "Copy of Fake investment groups"
    assert copy.ends_at - copy.starts_at == campaign.ends_at - campaign.starts_at
    assert copy.starts_at == later
    event = AuditEvent.objects.get(event="campaigns.created", subject_id=str(copy.pk))
    assert event.data["copy_of"] == str(campaign.pk)


def test_nobody_copies_what_is_not_of_the_own_agency(house: Any, now: Any) -> None:
    campaign = published(house, now).campaign
    with pytest.raises(NotVisible):
        duplicate(campaign.pk, actor=house.outsider, now=now)
    with pytest.raises(Forbidden):
        duplicate(campaign.pk, actor=house.reviewer, now=now)
    assert Campaign.objects.count() == 1


def frozen(house: Any, now: Any, **changes: Any) -> dict[str, Any]:
    return json.loads(json.dumps(submitted(house, now).content)) | changes


def test_a_finished_campaign_comes_in_as_a_draft_and_says_what_it_said(house: Any, now: Any) -> None:
    version = published(house, now, min_amount="500.00", min_amount_currency="HKD", networks=["TRON"])
    taken = take_in(json.dumps(version.content).encode(), actor=house.second_officer, now=now)
    assert taken.pk != version.campaign_id
    assert (taken.status, taken.publications.count()) == (CampaignStatus.DRAFT, 0)
    assert WorkingText.of(taken) == text()
    again = submit(taken.pk, actor=house.second_officer, now=now, seen_revision=taken.revision)
    differ = {name for name in version.content if version.content[name] != again.content[name]}
    assert differ == {"campaign"}


def test_the_first_form_still_comes_in(house: Any, now: Any) -> None:
    content = frozen(house, now, form=1)
    del content["conditions"], content["showing"], content["window"]["time_zone"], content["agency"]["mark"]
    for words in content["texts"].values():
        del words["question"], words["sources"]
        for row in words["resources"]:
            del row["languages"], row["valid_until"]
        for row in words["examples"]:
            del row["scam_type"]
    taken = take_in(json.dumps(content).encode(), actor=house.officer, now=now)
    assert WorkingText.of(taken).headline == text().headline
    assert taken.time_zone == house.ours.time_zone


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.update(form=4),
        lambda content: content.update(texts={}),
        lambda content: content.update(texts=[1, 2]),
        lambda content: content["texts"].update({"tlh": content["texts"]["en"]}),
        lambda content: content["texts"]["en"].update(headline=["a", "list"]),
        lambda content: content["texts"]["en"].update(headline=None),
        lambda content: content["texts"]["en"]["tips"].append("one more in one language only"),
        lambda content: content["texts"]["en"].update(tips="a text"),
        lambda content: content["window"].update(starts_at="yesterday"),
        lambda content: content["window"].update(starts_at="2026-11-25T10:00:00"),
        lambda content: content["window"].update(ends_at="1999-01-01T00:00:00Z"),
        lambda content: content.update(priority="high"),
        lambda content: content.update(priority=4000),
        lambda content: content.update(regions=["XX"]),
        lambda content: content.update(regions="HK"),
        lambda content: content.update(scam_type="unheard_of"),
        lambda content: content.update(default_language="sv"),
        lambda content: content.update(conditions={"min_amount": {"value": "NaN", "currency": "HKD"}}),
        lambda content: content.update(conditions={"networks": ["MOON"]}),
        lambda content: content.update(conditions={"account_younger_than_days": {"a": 1}}),
        lambda content: content.update(showing={"at_most": -1, "per_days": 3}),
        lambda content: content["texts"]["en"].update(headline="x" * 100_000),
        lambda content: content["texts"]["en"].update(headline="a\x00b"),
    ],
)
def test_what_is_not_a_frozen_form_is_refused_and_leaves_nothing(house: Any, now: Any, spoil: Any) -> None:
    content = frozen(house, now)
    before = Campaign.objects.count()
    spoil(content)
    with pytest.raises(Invalid):
        take_in(json.dumps(content).encode(), actor=house.officer, now=now)
    assert Campaign.objects.count() == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, b" " * 1_100_000]
)
def test_what_is_not_json_of_a_fitting_size_is_refused(house: Any, now: Any, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        take_in(content, actor=house.officer, now=now)
    assert list(refused.value.errors) == ["file"]


def test_the_page_takes_a_file_and_leads_to_the_draft(house: Any, now: Any, sign_in: Any) -> None:
    content = json.dumps(frozen(house, now)).encode()
    browser = sign_in(house.second_officer)
    answer = browser.post(reverse("campaigns-take-in"), {"file": SimpleUploadedFile("a.json", content)})
    taken = Campaign.objects.latest("created_at", "pk")
    assert answer["Location"] == reverse("campaigns-edit", args=[taken.pk])
    refused = browser.post(reverse("campaigns-take-in"), {"file": SimpleUploadedFile("a.json", b"{}")})
    assert refused.status_code == 422
    assert "not the frozen form" in refused.text


def test_an_archived_campaign_is_out_of_the_list_until_it_is_asked_for(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    archive(campaign.pk, actor=house.officer, now=now)
    browser = sign_in(house.officer)
    assert campaign.title not in browser.get(reverse("campaigns-list")).text
    assert campaign.title in browser.get(reverse("campaigns-list"), {"archived": "1"}).text
    with pytest.raises(WrongState):
        edit(
            campaign.pk,
            actor=house.officer,
            now=now,
            seen_revision=1,
            audience=Audience.of(campaign),
            text=text(),
        )
    with pytest.raises(WrongState):
        archive(campaign.pk, actor=house.officer, now=now)
    unarchive(campaign.pk, actor=house.supervisor, now=now)
    assert campaign.title in browser.get(reverse("campaigns-list")).text
    acts = (
        AuditEvent.objects.filter(subject_id=str(campaign.pk)).order_by("seq").values_list("event", flat=True)
    )
    assert list(acts)[-2:] == ["campaigns.archived", "campaigns.unarchived"]


def test_what_users_see_or_reviewers_read_is_not_put_away(house: Any, now: Any) -> None:
    reviewed = submitted(house, now).campaign
    with pytest.raises(WrongState):
        archive(reviewed.pk, actor=house.officer, now=now)
    live = published(house, now).campaign
    with pytest.raises(WrongState):
        archive(live.pk, actor=house.officer, now=now)
    recall(live.pk, actor=house.supervisor, now=now, why="A number moved.")
    archive(live.pk, actor=house.officer, now=now)
    with pytest.raises(WrongState):
        revise(live.pk, actor=house.officer, now=now)
