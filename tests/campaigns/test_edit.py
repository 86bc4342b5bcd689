from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.authoring import flows
from campaigns.authoring.text import WorkingText
from campaigns.models import Campaign
from portal.kernel.errors import Forbidden, Invalid, NotVisible, PortalError, Stale, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text

pytestmark = pytest.mark.django_db


def edit(campaign, actor, now, *, seen=1, words=None, **changes):
    return flows.edit(
        campaign.pk,
        actor=actor,
        now=now,
        seen_revision=seen,
        audience=audience(now, **changes),
        text=words or text("Changed"),
    )


@pytest.mark.parametrize("who", ["officer", "second_officer", "supervisor"])
def test_the_text_is_replaced_and_its_writer_is_a_contributor(house, now, who):
    campaign = drafted(house, now)
    edit(campaign, getattr(house, who), now, title="Another title")
    campaign.refresh_from_db()
    assert (campaign.title, campaign.revision) == ("Another title", 2)
    assert WorkingText.of(campaign).headline["en"] == "Changed"
    assert campaign.contributions.filter(person_id=getattr(house, who).person_id).exists()


def test_parts_that_are_left_out_are_gone(house, now):
    campaign = drafted(house, now)
    edit(campaign, house.officer, now, words=replace(text(), tips=[], examples=[]))
    kept = WorkingText.of(Campaign.objects.get())
    assert (kept.tips, kept.examples, len(kept.resources)) == ([], [], 1)


def test_it_is_recorded(house, now):
    edit(drafted(house, now), house.second_officer, now)
    event = AuditEvent.objects.get(event="campaigns.edited")
    assert (event.actor_id, event.data) == (house.second_officer.id, {"revision": 2})


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "reviewer", "lead", "analyst"])
def test_whoever_may_not_see_a_draft_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        edit(drafted(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["reviewer", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    version = submitted(house, now)
    with pytest.raises(Forbidden):
        edit(version.campaign, getattr(house, who), now)


@pytest.mark.parametrize("state", [submitted, approved_by_agency, published])
def test_only_a_draft_can_be_edited(house, now, state):
    version = state(house, now)
    with pytest.raises(WrongState):
        edit(version.campaign, house.officer, now)


def test_what_somebody_else_saved_is_not_overwritten(house, now):
    campaign = drafted(house, now)
    edit(campaign, house.second_officer, now, words=text("Theirs"))
    with pytest.raises(Stale):
        edit(campaign, house.officer, now, seen=1, words=text("Mine"))
    assert WorkingText.of(Campaign.objects.get()).headline["en"] == "Theirs"


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1), timedelta(days=-1)])
def test_the_end_comes_after_the_start(house, now, length):
    campaign = drafted(house, now)
    with pytest.raises(Invalid) as refused:
        edit(campaign, house.officer, now, starts_at=now, ends_at=now + length)
    assert "ends_at" in refused.value.errors


def test_a_window_may_begin_and_end_on_a_leap_day(house, now):
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    edit(
        drafted(house, now),
        house.officer,
        now,
        starts_at=leap,
        ends_at=leap + timedelta(hours=24, seconds=-1),
    )
    campaign = Campaign.objects.get()
    assert (campaign.starts_at.date(), campaign.ends_at.date()) == (leap.date(), leap.date())


@pytest.mark.parametrize(
    "moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
)
def test_a_window_at_the_end_of_time_is_refused(house, now, moment):
    """PostgreSQL would keep it; reading it in a zone would fail at every page from then on."""
    window = {"starts_at": min(moment, now), "ends_at": max(moment, now)}
    with pytest.raises(Invalid):
        edit(drafted(house, now), house.officer, now, **window)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\u202e", "\u202d"])
def test_what_is_no_text_or_turns_it_round_is_refused_by_field(house, now, character):
    """An override shows a phone number backwards: what two people read would not be what was approved."""
    campaign = drafted(house, now)
    hostile = text()
    hostile.headline["zh-hant"] = f"請{character}停"
    hostile.resources[0]["phone"] = f"18{character}222"
    with pytest.raises(Invalid) as refused:
        edit(campaign, house.officer, now, words=hostile, title=f"A{character}title")
    assert {"headline_zh_hant", "phone"} <= set(refused.value.errors) or "title" in refused.value.errors
    assert Campaign.objects.get().revision == 1


def test_marks_that_right_to_left_text_needs_are_kept(house, now):
    words = text()
    words.body["en"] = "\u2067العربية\u2069 \u200f then more"
    edit(drafted(house, now), house.officer, now, words=words)
    assert WorkingText.of(Campaign.objects.get()).body["en"] == words.body["en"]


@pytest.mark.parametrize(
    ("field", "value"), [("phone", "1" * 41), ("url", "https://police.example/" + "a" * 200)]
)
def test_what_a_column_cannot_hold_is_refused_before_it_is_tried(house, now, field, value):
    words = text()
    words.resources[0][field] = value
    with pytest.raises(Invalid) as refused:
        edit(drafted(house, now), house.officer, now, words=words)
    assert field in refused.value.errors


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_is_kept_whole(house, now, at_once):
    campaign = drafted(house, now)
    results = at_once(
        lambda: edit(campaign, house.officer, now, words=text("Mine")),
        lambda: edit(campaign, house.second_officer, now, words=text("Theirs")),
    )
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "Stale"]
    assert Campaign.objects.get().revision == 2
    assert Campaign.objects.get().tips.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_save_and_a_submission_at_once_leave_one_winner(house, now, at_once):
    """Whoever comes second is told: the text that is frozen is the text that was seen."""
    campaign = drafted(house, now)
    results = at_once(
        lambda: edit(campaign, house.second_officer, now, words=text("Theirs")),
        lambda: flows.submit(campaign.pk, actor=house.officer, now=now, seen_revision=1),
    )
    refused = [each for each in results if isinstance(each, PortalError)]
    assert [type(each) for each in refused] in ([Stale], [WrongState])
