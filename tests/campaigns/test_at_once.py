"""Two people at one campaign at one instant, on two connections: one of them is told, and nothing is lost.

Two saves, a save beside a submission, two submissions, two rejections, two recalls and two claims stand with
their verbs. Here meet verbs of different rooms.
"""

from typing import Any

import pytest
from django.core.files.base import ContentFile

from campaigns.authoring import flows as authoring
from campaigns.bulk import flows as bulk
from campaigns.models import Campaign, Decision, Publication
from campaigns.models.translationimport import ImportStatus
from campaigns.review import flows as review
from campaigns.review.remarks import remark
from portal.audit.chain import verify
from portal.kernel.actor import Actor, Role
from portal.kernel.canonical import digest
from portal.kernel.errors import PortalError, Stale, WrongState
from portal.models import AuditEvent
from tests.campaigns.test_bulk import changed, out, rows_of, written
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text
from tests.people import House, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(results: list[Any]) -> list[type]:
    unexpected = [
        each for each in results if isinstance(each, Exception) and not isinstance(each, PortalError)
    ]
    assert unexpected == []
    return [type(each) for each in results if isinstance(each, PortalError)]


def approve(version: Any, actor: Actor, now: Any) -> Campaign:
    return review.approve(
        version.campaign_id, actor=actor, now=now, version_id=version.pk, sha256=version.sha256
    )


def save(campaign: Campaign, actor: Actor, now: Any, headline: str) -> Campaign:
    return authoring.edit(
        campaign.pk, actor=actor, now=now, seen_revision=campaign.revision, audience=audience(now),
        text=text(headline),
    )  # fmt: skip


def test_of_two_who_approve_for_the_exchange_one_publishes(house: House, now: Any, at_once: Any) -> None:
    version = approved_by_agency(house, now)
    other = make_person("colleague", Role.COMPLIANCE_REVIEWER, None, now=now)
    results = at_once(*(lambda actor=each: approve(version, actor, now) for each in (house.reviewer, other)))
    assert len(refusals(results)) == 1
    assert Publication.objects.count() == 1
    assert Decision.objects.filter(version=version).count() == 2
    assert AuditEvent.objects.filter(event="campaigns.published").count() == 1
    assert verify().is_whole


def test_what_is_approved_while_its_author_takes_it_back_is_one_or_the_other(
    house: House, now: Any, at_once: Any
) -> None:
    """Withdrawn and rewritten, or approved as it was: never approved with other words."""
    version = approved_by_agency(house, now)

    def rewrite() -> Campaign:
        campaign = authoring.withdraw(version.campaign_id, actor=house.officer, now=now)
        return save(campaign, house.officer, now, "Other words?")

    assert len(refusals(at_once(lambda: approve(version, house.reviewer, now), rewrite))) == 1
    campaign = Campaign.objects.get()
    publication = Publication.objects.filter(version=version).first()
    if publication is None:
        assert (campaign.status, campaign.headline_en) == ("draft", "Other words?")
    else:
        assert campaign.status == "approved"
        assert digest(publication.version.content) == version.sha256
        assert campaign.headline_en == text().headline["en"]


def test_the_next_version_is_written_while_the_live_one_is_recalled(
    house: House, now: Any, at_once: Any
) -> None:
    version = published(house, now)
    campaign = authoring.revise(version.campaign_id, actor=house.officer, now=now)
    results = at_once(
        lambda: save(campaign, house.officer, now, "A corrected headline?"),
        lambda: review.recall(version.campaign_id, actor=house.supervisor, now=now, why="A wrong number."),
    )
    assert refusals(results) == [], "neither takes anything from the other"
    campaign.refresh_from_db()
    assert campaign.headline_en == "A corrected headline?"
    assert Publication.objects.get().recalled_at == now


def test_a_translators_file_and_a_save_at_once_lose_neither_unseen(
    house: House, now: Any, at_once: Any
) -> None:
    campaign = drafted(house, now)
    rows = changed(rows_of(out(house, now, campaign)), headline="From the file?")
    made = bulk.take_up(
        campaign.pk, actor=house.officer, now=now, language="en",
        file=ContentFile(written(rows), name="en.csv"),
    )  # fmt: skip
    bulk.read(made.pk, now=now)
    results = at_once(
        lambda: bulk.apply(made.pk, actor=house.second_officer, now=now),
        lambda: save(campaign, house.officer, now, "From the form?"),
    )
    assert refusals(results) == [Stale]
    campaign.refresh_from_db()
    made.refresh_from_db()
    assert campaign.revision == 2
    if isinstance(results[0], Stale):
        assert (campaign.headline_en, made.status) == ("From the form?", ImportStatus.READ)
    else:
        assert (campaign.headline_en, made.status) == ("From the file?", ImportStatus.TAKEN_IN)


def test_one_file_taken_in_twice_at_once_is_taken_in_once(house: House, now: Any, at_once: Any) -> None:
    campaign = drafted(house, now)
    rows = changed(rows_of(out(house, now, campaign)), headline="From the file?")
    made = bulk.take_up(
        campaign.pk, actor=house.officer, now=now, language="en",
        file=ContentFile(written(rows), name="en.csv"),
    )  # fmt: skip
    bulk.read(made.pk, now=now)
    take_in = [
        lambda actor=each: bulk.apply(made.pk, actor=actor, now=now)
        for each in (house.officer, house.second_officer)
    ]
    assert refusals(at_once(*take_in)) == [WrongState]
    assert AuditEvent.objects.filter(event="campaigns.translated").count() == 1


def test_a_remark_made_while_the_text_is_withdrawn_is_refused_or_kept(
    house: House, now: Any, at_once: Any
) -> None:
    version = submitted(house, now)
    results = at_once(
        lambda: remark(
            version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk, language="en",
            place="body", body="Which group?",
        ),
        lambda: authoring.withdraw(version.campaign_id, actor=house.officer, now=now),
    )  # fmt: skip
    assert refusals(results) in ([], [Stale])
    campaign = Campaign.objects.get()
    assert campaign.status == "draft"
    assert campaign.remarks.count() == 1 - len(refusals(results))


def test_archived_while_it_is_being_submitted_has_one_end(house: House, now: Any, at_once: Any) -> None:
    campaign = drafted(house, now)
    results = at_once(
        lambda: authoring.archive(campaign.pk, actor=house.second_officer, now=now),
        lambda: authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=1),
    )
    assert refusals(results) == [WrongState]
    campaign.refresh_from_db()
    assert (campaign.archived_at is None) == (campaign.status == "agency_review")
