import pytest

from campaigns.authoring import flows as authoring
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, Decision
from campaigns.review import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted

pytestmark = pytest.mark.django_db


def give_back(version, actor, now, reasons=("generic", "translation"), comment="Name the group.", **changes):
    given = {"version_id": version.pk, "sha256": version.sha256} | changes
    return flows.return_to_draft(
        version.campaign_id, actor=actor, now=now, reasons=reasons, comment=comment, **given
    )


@pytest.mark.parametrize(
    ("state", "who", "stage"),
    [
        (submitted, "supervisor", "agency_review"),
        (approved_by_agency, "reviewer", "compliance_review"),
        (approved_by_agency, "lead", "compliance_review"),
    ],
)
def test_it_is_a_draft_again_and_the_reasons_are_kept(house, now, state, who, stage):
    version = state(house, now)
    campaign = give_back(version, getattr(house, who), now)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.in_review) == (CampaignStatus.DRAFT, None)
    decision = Decision.objects.get(verdict="returned")
    assert (decision.stage, decision.reasons, decision.comment) == (
        stage,
        ["generic", "translation"],
        "Name the group.",
    )


def test_it_is_recorded_with_its_reasons(house, now):
    version = submitted(house, now)
    give_back(version, house.supervisor, now)
    event = AuditEvent.objects.get(event="campaigns.returned")
    assert event.why == "Name the group."
    assert event.data["reasons"] == ["generic", "translation"]
    assert event.data["sha256"] == version.sha256


def test_everyone_who_wrote_it_is_told(house, now):
    campaign = drafted(house, now)
    version = authoring.submit(campaign.pk, actor=house.second_officer, now=now, seen_revision=1)
    give_back(version, house.supervisor, now)
    told = set(Notice.objects.filter(kind="campaign-returned").values_list("person_id", flat=True))
    assert told == {house.officer.person_id, house.second_officer.person_id}


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        give_back(submitted(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["officer", "auditor", "reviewer"])
def test_the_wrong_role_is_refused_at_the_agencys_stage(house, now, who):
    with pytest.raises(Forbidden):
        give_back(submitted(house, now), getattr(house, who), now)


def test_the_agency_cannot_return_what_is_before_the_exchange(house, now):
    with pytest.raises(Forbidden):
        give_back(approved_by_agency(house, now), house.supervisor, now)


def test_a_contributor_is_refused(house, now):
    campaign = drafted(house, now)
    version = authoring.submit(campaign.pk, actor=house.supervisor, now=now, seen_revision=1)
    with pytest.raises(Forbidden) as refused:
        give_back(version, house.supervisor, now)
    assert refused.value.code == "contributor"


def test_only_what_is_in_review_can_be_returned(house, now):
    version = published(house, now)
    with pytest.raises(WrongState):
        give_back(version, house.reviewer, now)


def test_what_was_not_seen_is_not_returned(house, now):
    version = submitted(house, now)
    with pytest.raises(Stale):
        give_back(version, house.supervisor, now, sha256="0" * 64)


@pytest.mark.parametrize(
    ("reasons", "comment", "field"),
    [
        ((), "Name the group.", "reasons"),
        (("dislike",), "Name the group.", "reasons"),
        (("generic",), " \n", "comment"),
        (("generic",), "Name\x00 it", "comment"),
        (("generic",), "x" * 4001, "comment"),
    ],
)
def test_reasons_and_words_are_both_needed(house, now, reasons, comment, field):
    version = submitted(house, now)
    with pytest.raises(Invalid) as refused:
        give_back(version, house.supervisor, now, reasons=reasons, comment=comment)
    assert field in refused.value.errors
    assert Campaign.objects.get().status == CampaignStatus.AGENCY_REVIEW


@pytest.mark.django_db(transaction=True)
def test_returned_and_approved_at_once_has_one_end(house, now, at_once):
    version = approved_by_agency(house, now)
    results = at_once(
        lambda: give_back(version, house.reviewer, now),
        lambda: flows.approve(
            version.campaign_id, actor=house.lead, now=now, version_id=version.pk, sha256=version.sha256
        ),
    )
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "WrongState"]
    assert Decision.objects.filter(stage="compliance_review").count() == 1
