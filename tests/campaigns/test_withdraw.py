import pytest

from campaigns.authoring import flows
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, Decision
from campaigns.review import flows as review
from portal.kernel.errors import Forbidden, NotVisible, PortalError, Stale, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [submitted, approved_by_agency])
@pytest.mark.parametrize("who", ["officer", "second_officer", "supervisor"])
def test_it_is_a_draft_again_with_its_text(house, now, state, who):
    version = state(house, now)
    campaign = flows.withdraw(version.campaign_id, actor=getattr(house, who), now=now)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.in_review) == (CampaignStatus.DRAFT, None)
    assert campaign.headline_en == version.content["texts"]["en"]["headline"]


def test_the_next_version_has_the_next_number(house, now):
    first = submitted(house, now)
    campaign = flows.withdraw(first.campaign_id, actor=house.officer, now=now)
    assert submitted(house, now, campaign).number == 2


def test_it_is_recorded(house, now):
    version = submitted(house, now)
    flows.withdraw(version.campaign_id, actor=house.officer, now=now)
    event = AuditEvent.objects.get(event="campaigns.withdrawn")
    assert (event.subject_id, event.data) == (str(version.campaign_id), {"version": str(version.pk)})


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        flows.withdraw(submitted(house, now).campaign_id, actor=getattr(house, who), now=now)


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        flows.withdraw(submitted(house, now).campaign_id, actor=getattr(house, who), now=now)


def test_only_what_is_in_review_can_be_withdrawn(house, now):
    with pytest.raises(WrongState):
        flows.withdraw(drafted(house, now).pk, actor=house.officer, now=now)
    with pytest.raises(WrongState):
        flows.withdraw(published(house, now).campaign_id, actor=house.officer, now=now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_withdrawn_while_it_is_being_approved_has_one_end(house, now, at_once, attempt):
    version = approved_by_agency(house, now)
    results = at_once(
        lambda: flows.withdraw(version.campaign_id, actor=house.officer, now=now),
        lambda: review.approve(
            version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk, sha256=version.sha256
        ),
    )
    refused = [type(each) for each in results if isinstance(each, PortalError)]
    campaign = Campaign.objects.get()
    if campaign.status == CampaignStatus.APPROVED:
        assert refused == [WrongState]
        assert campaign.publications.count() == 1
    else:
        assert campaign.status == CampaignStatus.DRAFT
        assert refused in ([WrongState], [Stale], [NotVisible])
        assert Decision.objects.count() == 1
        assert not campaign.publications.exists()
