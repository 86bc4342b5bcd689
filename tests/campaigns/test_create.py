from datetime import timedelta

import pytest

from campaigns.authoring import flows
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign
from portal.kernel.errors import Forbidden, Invalid
from portal.models import AuditEvent
from tests.campaigns.warnings import audience, drafted, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["officer", "supervisor"])
def test_a_draft_of_the_persons_own_agency_is_begun(house, now, who):
    actor = getattr(house, who)
    campaign = flows.create(actor=actor, now=now, audience=audience(now), text=text())
    assert (campaign.status, campaign.revision) == (CampaignStatus.DRAFT, 1)
    assert campaign.agency_id == actor.agency_id
    assert [each.person_id for each in campaign.contributions.all()] == [actor.person_id]


def test_every_part_of_the_text_is_kept_in_its_order(house, now):
    from campaigns.authoring.text import WorkingText

    given = text()
    given.tips = [{"text": {"en": f"Tip {n}", "zh-hant": f"提示 {n}"}} for n in (3, 1, 2)]
    campaign = flows.create(actor=house.officer, now=now, audience=audience(now), text=given)
    assert WorkingText.of(Campaign.objects.get(pk=campaign.pk)) == given


def test_it_is_recorded(house, now):
    campaign = drafted(house, now)
    event = AuditEvent.objects.get(event="campaigns.created")
    assert (event.subject_id, event.actor_id, event.data) == (
        str(campaign.pk),
        house.officer.id,
        {"regions": ["HK"]},
    )


@pytest.mark.parametrize("who", ["reviewer", "lead", "analyst", "auditor"])
def test_nobody_of_the_exchange_writes_warnings(house, now, who):
    with pytest.raises(Forbidden):
        flows.create(actor=getattr(house, who), now=now, audience=audience(now), text=text())
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"scam_type": "weather"}, "scam_type"),
        ({"regions": []}, "regions"),
        ({"regions": ["XX"]}, "regions"),
        ({"languages": []}, "languages"),
        ({"languages": ["tlh"]}, "languages"),
        ({"default_language": "sv"}, "default_language"),
        ({"priority": 0}, "priority"),
        ({"priority": 101}, "priority"),
    ],
)
def test_an_audience_that_makes_no_sense_is_refused_by_field(house, now, changes, field):
    with pytest.raises(Invalid) as refused:
        drafted(house, now, **changes)
    assert field in refused.value.errors
    assert not Campaign.objects.exists()


def test_a_window_is_kept_and_judged_to_the_second(house, now):
    later = now + timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        drafted(
            house,
            now,
            starts_at=later + timedelta(milliseconds=100),
            ends_at=later + timedelta(milliseconds=900),
        )
    assert "ends_at" in refused.value.errors
