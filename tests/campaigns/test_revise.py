from datetime import timedelta

import pytest

from campaigns.authoring import flows
from campaigns.lifecycle import CampaignStatus, Phase
from campaigns.models import Campaign, Publication
from portal.kernel.errors import Forbidden, NotVisible, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text

pytestmark = pytest.mark.django_db


def revise(version, actor, now):
    return flows.revise(version.campaign_id, actor=actor, now=now)


@pytest.mark.parametrize("who", ["officer", "second_officer", "supervisor"])
def test_the_next_version_is_opened_and_the_published_one_stays_live(house, now, who):
    campaign = revise(published(house, now), getattr(house, who), now)
    assert (campaign.status, campaign.revision) == (CampaignStatus.DRAFT, 2)
    assert Publication.objects.get().phase_at(now) == Phase.LIVE


def test_it_is_recorded(house, now):
    version = published(house, now)
    revise(version, house.officer, now)
    assert AuditEvent.objects.get(event="campaigns.revised").subject_id == str(version.campaign_id)


def rewritten(house, now, campaign, **changes):
    """The next version, through both approvals."""
    flows.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision,
        audience=audience(now, **changes), text=text("Second"),
    )  # fmt: skip
    return published(house, now, submitted(house, now, Campaign.objects.get()))


def test_the_approved_revision_takes_over_at_once(house, now):
    first = published(house, now)
    second = rewritten(house, now, revise(first, house.officer, now))
    phases = {each.version_id: each.phase_at(now) for each in Publication.objects.all()}
    assert phases == {first.pk: Phase.SUPERSEDED, second.pk: Phase.LIVE}


def test_a_revision_for_later_leaves_the_older_one_live_until_then(house, now):
    first = published(house, now)
    later = now + timedelta(days=3)
    second = rewritten(house, now, revise(first, house.officer, now), starts_at=later)

    def phases(moment):
        return {each.version_id: each.phase_at(moment) for each in Publication.objects.all()}

    assert phases(later - timedelta(seconds=1)) == {first.pk: Phase.LIVE, second.pk: Phase.SCHEDULED}
    assert phases(later) == {first.pk: Phase.SUPERSEDED, second.pk: Phase.LIVE}


def test_a_third_version_for_now_overtakes_a_second_for_later(house, now):
    first = published(house, now)
    second = rewritten(house, now, revise(first, house.officer, now), starts_at=now + timedelta(days=3))
    third = rewritten(house, now, revise(second, house.officer, now))
    for moment in (now, now + timedelta(days=4)):
        live = [each.version_id for each in Publication.objects.all() if each.phase_at(moment) == Phase.LIVE]
        assert live == [third.pk]


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        revise(published(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        revise(published(house, now), getattr(house, who), now)


@pytest.mark.parametrize("state", [submitted, approved_by_agency])
def test_only_what_is_approved_can_be_revised(house, now, state):
    with pytest.raises(WrongState):
        revise(state(house, now), house.officer, now)
    with pytest.raises(WrongState):
        flows.revise(drafted(house, now).pk, actor=house.officer, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_opens_it(house, now, at_once):
    version = published(house, now)
    results = at_once(
        lambda: revise(version, house.officer, now), lambda: revise(version, house.second_officer, now)
    )
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "WrongState"]
    assert Campaign.objects.get().revision == 2
