import pytest
from django.db import DatabaseError, IntegrityError, transaction

from campaigns.authoring import flows as authoring
from campaigns.lifecycle import CampaignStatus, Phase
from campaigns.models import Campaign, Decision, Publication
from campaigns.review import flows
from portal.audit.chain import verify
from portal.kernel.errors import Forbidden, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted, text

pytestmark = pytest.mark.django_db


def test_two_approvals_publish_exactly_the_version_that_was_seen(house, now):
    version = published(house, now)
    campaign = Campaign.objects.get()
    assert campaign.status == CampaignStatus.APPROVED
    publication = Publication.objects.get()
    assert publication.version == version
    assert publication.phase_at(now) == Phase.LIVE
    assert [d.sha256 for d in Decision.objects.all()] == [version.sha256] * 2


def test_every_step_is_recorded_and_the_chain_holds(house, now):
    published(house, now)
    events = list(
        AuditEvent.objects.filter(subject_type="campaign").order_by("seq").values_list("event", flat=True)
    )
    assert events == [
        "campaigns.created",
        "campaigns.submitted",
        "campaigns.approved",
        "campaigns.approved",
        "campaigns.published",
    ]
    assert verify().is_whole


def test_the_agencys_supervisors_are_told_and_the_author_at_the_end(house, now):
    published(house, now)
    kinds = {(n.person_id, n.kind) for n in Notice.objects.all()}
    assert (house.supervisor.person_id, "campaign-to-approve") in kinds
    assert (house.reviewer.person_id, "campaign-to-approve") in kinds
    assert (house.officer.person_id, "campaign-approved") in kinds


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_nothing(house, now, who):
    version = submitted(house, now)
    with pytest.raises(NotVisible):
        flows.approve(
            version.campaign_id,
            actor=getattr(house, who),
            now=now,
            version_id=version.pk,
            sha256=version.sha256,
        )


@pytest.mark.parametrize("who", ["officer", "second_officer", "auditor", "reviewer"])
def test_the_wrong_role_is_refused_at_the_agencys_stage(house, now, who):
    version = submitted(house, now)
    with pytest.raises(Forbidden):
        flows.approve(
            version.campaign_id,
            actor=getattr(house, who),
            now=now,
            version_id=version.pk,
            sha256=version.sha256,
        )
    assert not Decision.objects.exists()


def test_a_supervisor_cannot_approve_for_the_exchange(house, now):
    version = approved_by_agency(house, now)
    with pytest.raises(Forbidden):
        flows.approve(
            version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256
        )


def test_a_contributor_is_refused_even_when_somebody_else_submitted(house, now):
    campaign = drafted(house, now)
    authoring.edit(
        campaign.pk,
        actor=house.supervisor,
        now=now,
        seen_revision=1,
        audience=_same(campaign),
        text=text("Changed"),
    )
    version = authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=2)
    with pytest.raises(Forbidden) as refused:
        flows.approve(
            campaign.pk, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256
        )
    assert refused.value.code == "contributor"


def test_the_database_refuses_a_contributors_approval_too(house, now):
    version = submitted(house, now)
    with pytest.raises(IntegrityError, match="contributor"), transaction.atomic():
        Decision.objects.create(
            version=version,
            sha256=version.sha256,
            stage="agency_review",
            verdict="approved",
            person_id=house.officer.person_id,
            decided_at=now,
        )


def test_the_database_refuses_a_publication_with_one_approval(house, now):
    version = approved_by_agency(house, now)
    with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
        Publication.objects.create(
            campaign_id=version.campaign_id,
            version=version,
            published_at=now,
            starts_at=now,
            ends_at=now.replace(year=now.year + 1),
        )


def test_another_sha_or_another_version_is_stale(house, now):
    version = submitted(house, now)
    with pytest.raises(Stale):
        flows.approve(
            version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk, sha256="0" * 64
        )
    authoring.withdraw(version.campaign_id, actor=house.officer, now=now)
    campaign = Campaign.objects.get()
    second = authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision)
    assert second.number == 2
    with pytest.raises(Stale):
        flows.approve(
            campaign.pk, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256
        )


def test_a_draft_cannot_be_approved(house, now):
    campaign = drafted(house, now)
    with pytest.raises(WrongState):
        flows.approve(campaign.pk, actor=house.supervisor, now=now, version_id=campaign.pk, sha256="0" * 64)


def test_a_frozen_version_cannot_be_changed_behind_our_back(house, now):
    version = submitted(house, now)
    version.content["texts"]["en"]["headline"] = "Send it all"
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save()


def _same(campaign: Campaign):
    from campaigns.authoring.audience import Audience

    names = Audience.__dataclass_fields__
    return Audience(**{name: getattr(campaign, name) for name in names})
