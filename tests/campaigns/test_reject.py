import pytest

from campaigns.authoring import flows as authoring
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Decision, Publication
from campaigns.review import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted

pytestmark = pytest.mark.django_db


def reject(version, actor, now, reasons=("not_ours",), comment="This belongs elsewhere.", sha256=None):
    return flows.reject(
        version.campaign_id, actor=actor, now=now, version_id=version.pk, sha256=sha256 or version.sha256,
        reasons=reasons, comment=comment,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "who"),
    [(submitted, "supervisor"), (approved_by_agency, "reviewer"), (approved_by_agency, "lead")],
)
def test_it_is_ended_for_good(house, now, state, who):
    campaign = reject(state(house, now), getattr(house, who), now)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.in_review) == (CampaignStatus.REJECTED, None)
    assert Decision.objects.get(verdict="rejected").reasons == ["not_ours"]
    for act in (authoring.withdraw, authoring.revise):
        with pytest.raises(WrongState):
            act(campaign.pk, actor=house.officer, now=now)
    with pytest.raises(WrongState):
        authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision)


def test_it_is_recorded_and_its_authors_are_told(house, now):
    reject(submitted(house, now), house.supervisor, now)
    event = AuditEvent.objects.get(event="campaigns.rejected")
    assert (event.why, event.data["reasons"]) == ("This belongs elsewhere.", ["not_ours"])
    assert Notice.objects.filter(kind="campaign-returned", person_id=house.officer.person_id).exists()


def test_what_is_published_stays_live_when_the_next_version_is_rejected(house, now):
    version = published(house, now)
    campaign = authoring.revise(version.campaign_id, actor=house.officer, now=now)
    reject(submitted(house, now, campaign), house.supervisor, now)
    assert any(each.is_servable_at(now) for each in Publication.objects.all())


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        reject(submitted(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["officer", "auditor", "reviewer"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        reject(submitted(house, now), getattr(house, who), now)


def test_a_contributor_is_refused(house, now):
    campaign = drafted(house, now)
    version = authoring.submit(campaign.pk, actor=house.supervisor, now=now, seen_revision=1)
    with pytest.raises(Forbidden):
        reject(version, house.supervisor, now)


def test_only_what_is_in_review_can_be_rejected(house, now):
    with pytest.raises(WrongState):
        reject(published(house, now), house.reviewer, now)


def test_what_was_not_seen_is_not_rejected(house, now):
    with pytest.raises(Stale):
        reject(submitted(house, now), house.supervisor, now, sha256="0" * 64)


def test_it_needs_a_reason_and_words(house, now):
    with pytest.raises(Invalid) as refused:
        reject(submitted(house, now), house.supervisor, now, reasons=(), comment="")
    assert set(refused.value.errors) == {"reasons", "comment"}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_rejects(house, now, at_once):
    version = approved_by_agency(house, now)
    results = at_once(lambda: reject(version, house.reviewer, now), lambda: reject(version, house.lead, now))
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "WrongState"]
    assert Decision.objects.filter(verdict="rejected").count() == 1
