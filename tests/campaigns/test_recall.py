from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns.authoring import flows as authoring
from campaigns.lifecycle import Phase
from campaigns.models import Campaign, DeliveryRevision, Publication
from campaigns.models.publication import RecallReason
from campaigns.review import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text
from tests.portal.standing.stopping import person_suspended

pytestmark = pytest.mark.django_db


def recall(version, actor, now, why="The number in it is wrong.", **given):
    return flows.recall(version.campaign_id, actor=actor, now=now, why=why, **given)


def second_version(version, house, now, **changes):
    campaign = authoring.revise(version.campaign_id, actor=house.officer, now=now)
    authoring.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=2,
        audience=audience(now, **changes), text=text("Second"),
    )  # fmt: skip
    campaign.refresh_from_db()
    return submitted(house, now, campaign)


@pytest.mark.parametrize("who", ["supervisor", "reviewer", "lead"])
def test_one_person_ends_it_at_once(house, now, who):
    actor = getattr(house, who)
    recall(published(house, now), actor, now)
    publication = Publication.objects.get()
    assert publication.phase_at(now) == Phase.RECALLED
    assert (publication.recalled_by_id, publication.recall_reason) == (
        actor.person_id,
        "The number in it is wrong.",
    )


def test_a_contributor_may_stop_what_he_may_not_approve(house, now):
    campaign = drafted(house, now)
    authoring.edit(
        campaign.pk,
        actor=house.supervisor,
        now=now,
        seen_revision=1,
        audience=audience(now),
        text=text("Second"),
    )
    version = authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=2)
    from portal.kernel.actor import Role
    from tests.people import make_person

    second = make_person("second-chief", Role.SUPERVISOR, house.ours, now=now)
    flows.approve(campaign.pk, actor=second, now=now, version_id=version.pk, sha256=version.sha256)
    flows.approve(campaign.pk, actor=house.reviewer, now=now, version_id=version.pk, sha256=version.sha256)
    assert recall(version, house.supervisor, now)


def test_it_is_recorded_and_its_authors_are_told(house, now):
    version = published(house, now)
    [stopped] = recall(version, house.supervisor, now, code=RecallReason.CONTACT)
    event = AuditEvent.objects.get(event="campaigns.recalled")
    assert event.why == "The number in it is wrong."
    assert event.data == {
        "reason": "contact",
        "revision": DeliveryRevision.objects.get().revision,
        "publications": [
            {
                "id": str(stopped.pk),
                "number": 1,
                "sha256": version.sha256,
                "regions": ["HK"],
                "languages": ["en", "zh-Hant"],
            }
        ],
    }
    assert Notice.objects.filter(kind="campaign-recalled", person_id=house.officer.person_id).exists()


def test_every_delivery_process_is_told_in_the_same_transaction(house, now):
    version = published(house, now)
    before = DeliveryRevision.objects.get().revision
    recall(version, house.supervisor, now)
    assert DeliveryRevision.objects.get().revision == before + 1


def test_it_keeps_the_revision_and_the_moments_around_its_commit(
    house, now, django_capture_on_commit_callbacks
):
    version = published(house, now)
    with django_capture_on_commit_callbacks(execute=True):
        recall(version, house.supervisor, now)
    publication = Publication.objects.get()
    assert publication.recall_revision == DeliveryRevision.objects.get().revision
    assert publication.recall_announced_at < publication.recall_committed_at


def test_what_came_since_it_was_looked_at_is_not_recalled_unseen(house, now):
    version = published(house, now)
    seen = [version.publication.pk]
    second = published(house, now, second_version(version, house, now))
    with pytest.raises(Stale):
        recall(version, house.supervisor, now, seen=seen)
    assert Publication.objects.get(version=second).recalled_at is None
    assert recall(version, house.supervisor, now, seen=[*seen, second.publication.pk])


def test_quarantine_does_not_keep_a_live_warning_from_being_recalled(house, now):
    version = published(house, now)
    authoring.revise(version.campaign_id, actor=house.officer, now=now)
    person_suspended(house, now)
    assert Campaign.objects.get(pk=version.campaign_id).quarantined_at == now
    assert recall(version, house.reviewer, now)


def test_what_has_not_begun_can_be_recalled(house, now):
    version = published(house, now, starts_at=now + timedelta(days=1))
    [stopped] = recall(version, house.supervisor, now)
    assert stopped.phase_at(now + timedelta(days=2)) == Phase.RECALLED


def test_both_are_recalled_where_one_still_runs_and_one_is_to_follow(house, now):
    version = published(house, now)
    published(house, now, second_version(version, house, now, starts_at=now + timedelta(days=3)))
    assert len(recall(version, house.supervisor, now)) == 2
    assert not [each for each in Publication.objects.all() if each.is_servable_at(now)]


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_nothing(house, now, who):
    with pytest.raises(NotVisible):
        recall(published(house, now), getattr(house, who), now)


@pytest.mark.parametrize("who", ["officer", "second_officer", "auditor"])
def test_the_wrong_role_is_refused(house, now, who):
    with pytest.raises(Forbidden):
        recall(published(house, now), getattr(house, who), now)


def test_it_needs_a_reason_of_the_list(house, now):
    with pytest.raises(Invalid) as refused:
        recall(published(house, now), house.supervisor, now, code="because")
    assert set(refused.value.errors) == {"code"}


@pytest.mark.parametrize("why", ["", "  \n", "A\x00B", "x" * 2001])
def test_it_needs_a_reason_that_can_be_kept(house, now, why):
    with pytest.raises(Invalid) as refused:
        recall(published(house, now), house.supervisor, now, why=why)
    assert "why" in refused.value.errors


def test_what_is_not_served_cannot_be_recalled(house, now):
    with pytest.raises(WrongState):
        recall(submitted(house, now), house.supervisor, now)
    version = published(house, now)
    with pytest.raises(WrongState):
        recall(version, house.supervisor, now + timedelta(days=29))
    recall(version, house.supervisor, now)
    with pytest.raises(WrongState, match="Supervisor") as refused:
        recall(version, house.reviewer, now)
    assert refused.value.code == "recalled"


def test_the_database_keeps_a_recall_for_good(house, now):
    recall(published(house, now), house.supervisor, now)
    for change in ({"recalled_at": None}, {"recall_reason": "Nothing."}, {"recall_announced_at": now}):
        with pytest.raises(IntegrityError, match="final"), transaction.atomic():
            Publication.objects.update(**change)
    Publication.objects.update(recall_committed_at=now)
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        Publication.objects.update(recall_committed_at=None)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_the_recall(house, now, at_once):
    version = published(house, now)
    results = at_once(
        lambda: recall(version, house.supervisor, now), lambda: recall(version, house.reviewer, now)
    )
    assert sorted(type(each).__name__ for each in results) == ["WrongState", "list"]
    assert AuditEvent.objects.filter(event="campaigns.recalled").count() == 1


@pytest.mark.django_db(transaction=True)
def test_beside_the_approval_of_the_next_version_nothing_is_stopped_that_nobody_saw(house, now, at_once):
    version = published(house, now)
    seen = [version.publication.pk]
    second = approved_by_agency(house, now, second_version(version, house, now))

    def approve():
        return flows.approve(
            second.campaign_id, actor=house.reviewer, now=now, version_id=second.pk, sha256=second.sha256
        )

    recalled, approved = at_once(lambda: recall(version, house.supervisor, now, seen=seen), approve)
    assert approved.status == "approved", approved
    [served] = [each for each in Publication.objects.all() if each.is_servable_at(now)]
    assert served.version_id == second.pk
    # Recalled before the approval, or replaced by it: either way the first one is over.
    first = Publication.objects.get(version=version)
    assert first.phase_at(now) == (Phase.RECALLED if isinstance(recalled, list) else Phase.SUPERSEDED)
    assert isinstance(recalled, list | Stale)
