from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns.authoring import flows as authoring
from campaigns.lifecycle import Phase
from campaigns.models import DeliveryRevision, Publication
from campaigns.review import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import audience, drafted, published, submitted, text

pytestmark = pytest.mark.django_db


def recall(version, actor, now, why="The number in it is wrong."):
    return flows.recall(version.campaign_id, actor=actor, now=now, why=why)


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
    [stopped] = recall(version, house.supervisor, now)
    event = AuditEvent.objects.get(event="campaigns.recalled")
    assert (event.why, event.data) == ("The number in it is wrong.", {"publications": [str(stopped.pk)]})
    assert Notice.objects.filter(kind="campaign-recalled", person_id=house.officer.person_id).exists()


def test_every_delivery_process_is_told_in_the_same_transaction(house, now):
    version = published(house, now)
    before = DeliveryRevision.objects.get().revision
    recall(version, house.supervisor, now)
    assert DeliveryRevision.objects.get().revision == before + 1


def test_what_has_not_begun_can_be_recalled(house, now):
    version = published(house, now, starts_at=now + timedelta(days=1))
    [stopped] = recall(version, house.supervisor, now)
    assert stopped.phase_at(now + timedelta(days=2)) == Phase.RECALLED


def test_both_are_recalled_where_one_still_runs_and_one_is_to_follow(house, now):
    version = published(house, now)
    campaign = authoring.revise(version.campaign_id, actor=house.officer, now=now)
    authoring.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=2,
        audience=audience(now, starts_at=now + timedelta(days=3)), text=text("Second"),
    )  # fmt: skip
    campaign.refresh_from_db()
    published(house, now, submitted(house, now, campaign))
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
    with pytest.raises(WrongState):
        recall(version, house.supervisor, now)


def test_the_database_keeps_a_recall_for_good(house, now):
    recall(published(house, now), house.supervisor, now)
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        Publication.objects.update(recalled_at=None)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_the_recall(house, now, at_once):
    version = published(house, now)
    results = at_once(
        lambda: recall(version, house.supervisor, now), lambda: recall(version, house.reviewer, now)
    )
    assert sorted(type(each).__name__ for each in results) == ["WrongState", "list"]
    assert AuditEvent.objects.filter(event="campaigns.recalled").count() == 1
