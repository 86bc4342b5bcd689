"""Release and discard a campaign in quarantine: by compliance, after looking, never by its own people."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Contribution, Publication
from campaigns.quarantine import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted
from tests.portal.standing.stopping import agency_reinstated, agency_suspended, person_suspended

pytestmark = pytest.mark.django_db
WHY = "Read it, and called the author on the switchboard."


def release(campaign_id, actor, now, seen=None, why=WHY):
    return flows.release(campaign_id, actor=actor, now=now, why=why, seen=seen or now)


def discard(campaign_id, actor, now, seen=None, why=WHY):
    return flows.discard(campaign_id, actor=actor, now=now, why=why, seen=seen or now)


BOTH = pytest.mark.parametrize("act", [release, discard])


@pytest.mark.parametrize("state", [drafted, submitted, approved_by_agency])
@pytest.mark.parametrize("who", ["reviewer", "lead"])
def test_it_goes_on_from_where_it_stood(house, now, state, who):
    thing = state(house, now)
    campaign = Campaign.objects.get()
    person_suspended(house, now)
    release(campaign.pk, getattr(house, who), now)
    after = Campaign.objects.get()
    assert (after.quarantined_at, after.status, after.in_review_id) == (
        None, campaign.status, campaign.in_review_id,
    )  # fmt: skip
    assert thing


def test_a_discarded_one_is_over(house, now):
    version = submitted(house, now)
    person_suspended(house, now)
    discard(version.campaign_id, house.reviewer, now)
    after = Campaign.objects.get()
    assert (after.quarantined_at, after.status, after.in_review) == (None, "rejected", None)


def test_compliance_reads_a_draft_while_it_is_in_quarantine_and_not_after(house, now, browser_of):
    draft = drafted(house, now)
    page = reverse("campaigns-view", args=[draft.pk])
    browser = browser_of(house.reviewer)
    assert browser.get(page).status_code == 404
    person_suspended(house, now)
    assert browser.get(page).status_code == 200
    assert browser.get(reverse("campaigns-preview", args=[draft.pk])).status_code == 200
    release(draft.pk, house.reviewer, now)
    assert browser.get(page).status_code == 404


@BOTH
def test_it_is_recorded_and_its_authors_are_told(house, now, act):
    draft = drafted(house, now)
    Contribution.objects.create(campaign=draft, person_id=house.second_officer.person_id, first_at=now)
    person_suspended(house, now)
    act(draft.pk, house.reviewer, now)
    event = AuditEvent.objects.order_by("seq").last()
    past = {"release": "campaigns.released", "discard": "campaigns.discarded"}[act.__name__]
    assert (event.event, event.why) == (past, WHY)
    notice = Notice.objects.filter(kind__startswith="quarantine-").get()
    assert notice.person_id == house.second_officer.person_id, "the suspended one is out"


@BOTH
@pytest.mark.parametrize("who", ["second_officer", "supervisor", "auditor"])
def test_nobody_else_may(house, now, act, who):
    draft = drafted(house, now)
    person_suspended(house, now)
    with pytest.raises(Forbidden):
        act(draft.pk, getattr(house, who), now)


@BOTH
@pytest.mark.parametrize("who", ["outsider", "analyst"])
def test_others_do_not_find_it(house, now, act, who):
    draft = drafted(house, now)
    person_suspended(house, now)
    with pytest.raises(NotVisible):
        act(draft.pk, getattr(house, who), now)


@BOTH
def test_a_contributor_does_not_judge_the_own_work(house, now, act):
    draft = drafted(house, now)
    Contribution.objects.create(campaign=draft, person_id=house.reviewer.person_id, first_at=now)
    person_suspended(house, now)
    with pytest.raises(Forbidden) as refused:
        act(draft.pk, house.reviewer, now)
    assert refused.value.code == "contributor"


@BOTH
def test_what_is_not_in_quarantine_stays_as_it_is(house, now, act):
    version = submitted(house, now)
    with pytest.raises(WrongState):
        act(version.campaign_id, house.reviewer, now)


@BOTH
def test_what_was_quarantined_again_after_the_look_is_looked_at_again(house, now, act):
    draft = drafted(house, now)
    person_suspended(house, now)
    with pytest.raises(Stale):
        act(draft.pk, house.reviewer, now, seen=now - timedelta(seconds=1))


@BOTH
@pytest.mark.parametrize("why", ["", "  ", "x" * 2001, "\u202ex"])
def test_it_needs_words(house, now, act, why):
    draft = drafted(house, now)
    person_suspended(house, now)
    with pytest.raises(Invalid):
        act(draft.pk, house.reviewer, now, why=why)


def test_nothing_of_a_suspended_agency_is_released_but_it_may_be_discarded(house, now):
    draft, other = drafted(house, now), drafted(house, now)
    agency_suspended(house, now)
    with pytest.raises(WrongState) as refused:
        release(draft.pk, house.lead, now)
    assert refused.value.code == "not-in-standing"
    discard(other.pk, house.lead, now)
    agency_reinstated(house, now)
    release(draft.pk, house.reviewer, now)


def test_what_is_live_of_a_discarded_campaign_stays_live(house, now):
    from campaigns.authoring import flows as authoring

    version = published(house, now)
    authoring.revise(version.campaign_id, actor=house.officer, now=now)
    person_suspended(house, now)
    discard(version.campaign_id, house.reviewer, now)
    assert any(each.is_servable_at(now) for each in Publication.objects.all())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("acts", [(release, release), (release, discard), (discard, discard)])
def test_two_at_once_let_it_out_once(house, now, at_once, acts):
    draft = drafted(house, now)
    person_suspended(house, now)
    results = at_once(*[
        lambda act=act, who=who: act(draft.pk, who, now)
        for act, who in zip(acts, (house.reviewer, house.lead), strict=True)
    ])  # fmt: skip
    [refused] = [each for each in results if isinstance(each, Exception)]
    # Once released, a draft is the agency's alone again: the second one does not even find it.
    assert isinstance(refused, WrongState | NotVisible)


@pytest.mark.django_db(transaction=True)
def test_a_release_beside_a_suspension_leaves_nothing_outside(house, now, at_once):
    draft = drafted(house, now)
    person_suspended(house, now)
    at_once(lambda: release(draft.pk, house.reviewer, now), lambda: agency_suspended(house, now, house.lead))
    assert Campaign.objects.get().quarantined_at is not None


@pytest.mark.parametrize(("verb", "status"), [("release", "draft"), ("discard", "rejected")])
def test_the_page_asks_why_and_does_it(house, now, browser_of, verb, status):
    draft = drafted(house, now)
    person_suspended(house, now)
    browser = browser_of(house.reviewer)
    page = reverse(f"campaigns-{verb}", args=[draft.pk])
    form = browser.get(page)
    seen = form.context["form"]["seen"].value()
    assert browser.post(page, {"seen": seen, "why": ""}).status_code == 422
    assert browser.post(page, {"seen": "yesterday", "why": WHY}).status_code == 422
    assert browser.post(page, {"seen": seen, "why": WHY}).status_code == 302
    assert (Campaign.objects.get().status, Campaign.objects.get().quarantined_at) == (status, None)


def test_a_page_that_grew_old_says_so(house, now, browser_of):
    draft = drafted(house, now)
    person_suspended(house, now)
    browser = browser_of(house.reviewer)
    old = (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    page = reverse("campaigns-release", args=[draft.pk])
    assert browser.post(page, {"seen": old, "why": WHY}).status_code == 409


def test_it_waits_for_nobodys_approval(house, now, browser_of):
    version = approved_by_agency(house, now)
    person_suspended(house, now)
    assert not Campaign.objects.visible_to(house.reviewer).awaiting(house.reviewer).exists()
    listed = browser_of(house.reviewer).get(reverse("campaigns-list"), {"quarantined": "1"})
    assert [campaign.pk for campaign, _publication in listed.context["rows"]] == [version.campaign_id]
    [panel] = [
        each
        for each in browser_of(house.reviewer).get(reverse("home")).context["panels"]
        if each.title == "Campaigns in quarantine"
    ]
    assert panel.total == 1
