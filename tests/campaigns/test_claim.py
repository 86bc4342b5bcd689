"""Claiming what is in review: one person looks, others wait or take it over."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from campaigns.authoring import flows as authoring
from campaigns.models import Campaign
from campaigns.review import flows as review
from campaigns.review.claims import claim, unclaim
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, NotVisible, Stale, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text
from tests.people import House, make_person

pytestmark = pytest.mark.django_db


def colleague(house: House, now: Any) -> Actor:
    return make_person("colleague", Role.COMPLIANCE_REVIEWER, None, now=now)


def test_a_claim_names_who_looks_and_is_recorded(house: House, now: Any) -> None:
    version = approved_by_agency(house, now)
    claim(version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk)
    campaign = Campaign.objects.get()
    assert (campaign.claimed_by_id, campaign.claimed_at) == (house.reviewer.person_id, now)
    event = AuditEvent.objects.get(event="campaigns.claimed")
    assert event.data["version"] == str(version.pk)


def test_whoever_else_decides_takes_it_over_first(house: House, now: Any) -> None:
    version = approved_by_agency(house, now)
    other = colleague(house, now)
    claim(version.campaign_id, actor=other, now=now, version_id=version.pk)
    seen = {"now": now, "version_id": version.pk, "sha256": version.sha256}
    with pytest.raises(WrongState, match="Colleague") as refused:
        review.approve(version.campaign_id, actor=house.reviewer, **seen)
    assert refused.value.code == "claimed"
    with pytest.raises(WrongState, match="Colleague"):
        claim(version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk)
    claim(
        version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk, taking_over=other.person_id
    )
    taken = AuditEvent.objects.filter(event="campaigns.claimed").order_by("-seq")[0]
    assert taken.data["taken_over_from"] == str(other.person_id)
    review.approve(version.campaign_id, actor=house.reviewer, **seen)
    campaign = Campaign.objects.get()
    assert (campaign.claimed_by, campaign.claimed_at) == (None, None)


def test_a_claim_that_was_given_back_is_not_taken_over(house: House, now: Any) -> None:
    version = approved_by_agency(house, now)
    other = colleague(house, now)
    claim(version.campaign_id, actor=other, now=now, version_id=version.pk)
    unclaim(version.campaign_id, actor=other, now=now)
    with pytest.raises(Stale):
        claim(
            version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk,
            taking_over=other.person_id,
        )  # fmt: skip


@pytest.mark.parametrize("how", ["withdraw", "return", "reject", "approve"])
def test_a_claim_ends_with_its_stage(house: House, now: Any, how: str) -> None:
    version = submitted(house, now)
    claim(version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk)
    seen: dict[str, Any] = {"now": now, "version_id": version.pk, "sha256": version.sha256}
    refusing = {"reasons": ["generic"], "comment": "Name the group."}
    if how == "withdraw":
        authoring.withdraw(version.campaign_id, actor=house.officer, now=now)
    elif how == "approve":
        review.approve(version.campaign_id, actor=house.supervisor, **seen)
    else:
        flow = review.return_to_draft if how == "return" else review.reject
        flow(version.campaign_id, actor=house.supervisor, **seen, **refusing)
    assert Campaign.objects.get().claimed_by is None


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("outsider", NotVisible), ("other_supervisor", NotVisible), ("analyst", NotVisible),
        ("officer", Forbidden), ("auditor", Forbidden), ("reviewer", Forbidden),
    ],
)  # fmt: skip
def test_nobody_else_claims_at_the_agencys_stage(house: House, now: Any, who: str, refusal: type) -> None:
    version = submitted(house, now)
    with pytest.raises(refusal):
        claim(version.campaign_id, actor=getattr(house, who), now=now, version_id=version.pk)


def test_a_contributor_claims_nothing(house: House, now: Any) -> None:
    written = authoring.create(actor=house.supervisor, now=now, audience=audience(now), text=text())
    version = submitted(house, now, written)
    with pytest.raises(Forbidden) as refused:
        claim(version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk)
    assert refused.value.code == "contributor"


def test_only_what_is_in_review_is_claimed_and_only_the_version_that_was_seen(house: House, now: Any) -> None:
    version = published(house, now)
    with pytest.raises(WrongState):
        claim(version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk)
    second = submitted(house, now, authoring.revise(version.campaign_id, actor=house.officer, now=now))
    with pytest.raises(Stale):
        claim(second.campaign_id, actor=house.supervisor, now=now, version_id=version.pk)


def test_the_database_keeps_no_claim_without_a_review(house: House, now: Any) -> None:
    campaign = drafted(house, now)
    with pytest.raises(IntegrityError, match="campaign_claimed_while_in_review"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(claimed_by=house.reviewer.person_id, claimed_at=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_it(house: House, now: Any, at_once: Any) -> None:
    version = approved_by_agency(house, now)
    people = [house.reviewer, colleague(house, now)]
    results = at_once(
        *(
            lambda actor=each: claim(version.campaign_id, actor=actor, now=now, version_id=version.pk)
            for each in people
        )
    )
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "WrongState"]
    assert AuditEvent.objects.filter(event="campaigns.claimed").count() == 1


def test_the_queue_shows_the_longest_waiting_first_and_who_looks(
    house: House, now: Any, browser_of: Any
) -> None:
    first = approved_by_agency(house, now - timedelta(hours=3), title="First")
    second = approved_by_agency(house, now, title="Second")
    submitted(house, now, drafted(house, now, title="Still with its agency"))
    other = colleague(house, now)
    claim(second.campaign_id, actor=other, now=now, version_id=second.pk)
    browser = browser_of(house.reviewer)
    page = browser.get(reverse("campaigns-queue"))
    assert [each.title for each in page.context["page"]] == ["First", "Second"]
    assert page.context["page"][0].changed_at < page.context["page"][1].changed_at
    assert "colleague" in page.text.lower()
    assert [each.pk for each in browser.get("/campaigns/queue/?claim=nobody").context["page"]] == [
        first.campaign_id
    ]
    assert not browser.get("/campaigns/queue/?claim=mine").context["page"].object_list
    answer = browser.post(reverse("campaigns-claim", args=[first.campaign_id]), {"version": str(first.pk)})
    assert answer.status_code == 302
    assert [each.title for each in browser.get("/campaigns/queue/?claim=mine").context["page"]] == ["First"]
    ours = browser_of(house.supervisor).get(reverse("campaigns-queue")).context["page"]
    assert [each.title for each in ours] == ["Still with its agency"]


def test_the_page_of_a_claimed_version_offers_no_decision_but_the_taking_over(
    house: House, now: Any, browser_of: Any
) -> None:
    version = approved_by_agency(house, now)
    other = colleague(house, now)
    claim(version.campaign_id, actor=other, now=now, version_id=version.pk)
    browser = browser_of(house.reviewer)
    page = browser.get(reverse("campaigns-review", args=[version.campaign_id]))
    assert reverse("campaigns-approve", args=[version.campaign_id]) not in page.text
    form = {"version": str(version.pk), "taking_over": str(other.person_id)}
    browser.post(reverse("campaigns-claim", args=[version.campaign_id]), form)
    page = browser.get(reverse("campaigns-review", args=[version.campaign_id]))
    assert reverse("campaigns-approve", args=[version.campaign_id]) in page.text
    assert browser.post(reverse("campaigns-unclaim", args=[version.campaign_id])).status_code == 302
    assert browser.post(reverse("campaigns-unclaim", args=[version.campaign_id])).status_code == 409
