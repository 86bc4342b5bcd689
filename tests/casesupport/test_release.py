"""Release and discard a case request in quarantine: by a compliance lead, after looking."""

from datetime import timedelta

import pytest
from django.urls import reverse

from casesupport.models import CaseRequest
from casesupport.quarantine import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.conftest import browser_of
from tests.casesupport.cases import asked, at, claimed, completed, drafted, submitted
from tests.portal.standing.stopping import agency_reinstated, agency_suspended, person_suspended

__all__ = ["browser_of"]
pytestmark = pytest.mark.django_db
WHY = "Read it, and called the author on the switchboard."


def release(request_id, actor, now, seen=None, why=WHY):
    return flows.release(request_id, actor=actor, now=now, why=why, seen=seen or now)


def discard(request_id, actor, now, seen=None, why=WHY):
    return flows.discard(request_id, actor=actor, now=now, why=why, seen=seen or now)


def awaiting_cosignature(house, now):
    return submitted(house, now, "freeze")


BOTH = pytest.mark.parametrize("act", [release, discard])
STATES = pytest.mark.parametrize("state", [drafted, awaiting_cosignature, submitted, claimed, asked])


@STATES
def test_it_goes_on_from_where_it_stood(house, now, state):
    before = state(house, now)
    person_suspended(house, now)
    after = release(before.pk, house.lead, now)
    assert (after.quarantined_at, after.status, after.assigned_to_id) == (
        None, before.status, before.assigned_to_id,
    )  # fmt: skip


@STATES
def test_a_discarded_one_is_over(house, now, state, browser_of):
    before = state(house, now)
    person_suspended(house, now)
    after = discard(before.pk, house.lead, now)
    assert (after.quarantined_at, after.status, after.closed_at) == (None, "discarded", now)
    page = browser_of(house.second_officer).get(at("requests-view", after))
    assert page.status_code == 200
    assert page.context["acts"] == set()


@BOTH
def test_it_is_recorded_and_the_analyst_is_told(house, now, act):
    request = claimed(house, now)
    person_suspended(house, now)
    act(request.pk, house.lead, now)
    event = AuditEvent.objects.order_by("seq").last()
    assert (event.event, event.why) == (
        {"release": "requests.released", "discard": "requests.discarded"}[act.__name__], WHY,
    )  # fmt: skip
    told = Notice.objects.filter(kind__startswith="quarantine-").values_list("person_id", flat=True)
    assert set(told) == {house.analyst.person_id}, "the suspended author is out"


@BOTH
@pytest.mark.parametrize("who", ["second_officer", "supervisor", "analyst", "auditor"])
def test_nobody_else_may(house, now, act, who):
    request = submitted(house, now)
    person_suspended(house, now)
    with pytest.raises(Forbidden):
        act(request.pk, getattr(house, who), now)


@BOTH
@pytest.mark.parametrize("who", ["outsider", "reviewer"])
def test_others_do_not_find_it(house, now, act, who):
    request = submitted(house, now)
    person_suspended(house, now)
    with pytest.raises(NotVisible):
        act(request.pk, getattr(house, who), now)


def test_a_lead_reads_a_draft_while_it_is_in_quarantine_and_an_analyst_never(house, now, browser_of):
    page = at("requests-view", drafted(house, now))
    lead, analyst = browser_of(house.lead), browser_of(house.analyst)
    assert lead.get(page).status_code == 404
    person_suspended(house, now)
    assert lead.get(page).status_code == 200
    assert analyst.get(page).status_code == 404


@BOTH
def test_what_is_not_in_quarantine_stays_as_it_is(house, now, act):
    with pytest.raises(WrongState):
        act(submitted(house, now).pk, house.lead, now)


@BOTH
def test_what_was_quarantined_again_after_the_look_is_looked_at_again(house, now, act):
    request = submitted(house, now)
    person_suspended(house, now)
    with pytest.raises(Stale):
        act(request.pk, house.lead, now, seen=now - timedelta(seconds=1))


@BOTH
def test_it_needs_words(house, now, act):
    request = submitted(house, now)
    person_suspended(house, now)
    with pytest.raises(Invalid):
        act(request.pk, house.lead, now, why=" ")


def test_nothing_of_a_suspended_agency_is_released_but_it_may_be_discarded(house, now):
    request, fake = submitted(house, now), submitted(house, now, "emergency")
    agency_suspended(house, now)
    with pytest.raises(WrongState) as refused:
        release(request.pk, house.lead, now)
    assert refused.value.code == "not-in-standing"
    discard(fake.pk, house.lead, now)
    agency_reinstated(house, now)
    assert release(request.pk, house.lead, now).quarantined_at is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_let_it_out_once(house, now, at_once):
    request = submitted(house, now)
    person_suspended(house, now)
    results = at_once(
        lambda: release(request.pk, house.lead, now), lambda: discard(request.pk, house.lead, now)
    )
    [refused] = [each for each in results if isinstance(each, Exception)]
    assert isinstance(refused, WrongState)


@pytest.mark.parametrize("verb", ["edit", "submit", "withdraw"])
def test_a_colleagues_page_says_why_it_does_not_move(house, now, browser_of, verb):
    request = completed(house, now)
    person_suspended(house, now)
    browser = browser_of(house.second_officer)
    answer = browser.get(at(f"requests-{verb}", request))
    assert (answer.status_code, "quarantine" in answer.content.decode()) == (409, True)
    page = browser.get(at("requests-view", request))
    assert page.context["acts"] == set()
    assert "In quarantine" in page.content.decode()


def test_the_lists_filter_it_and_the_leads_home_counts_it(house, now, browser_of):
    waiting = submitted(house, now)
    person_suspended(house, now)
    free = submitted_by_another(house, now)
    lead = browser_of(house.lead)
    listed = lead.get(reverse("requests-list"), {"quarantined": "1"})
    assert [each.pk for each in listed.context["page"]] == [waiting.pk]
    panels = {str(each.title): each.total for each in lead.get(reverse("home")).context["panels"]}
    assert panels["Case requests in quarantine"] == 1
    analysts_home = browser_of(house.analyst).get(reverse("home")).content.decode()
    assert free.reference in analysts_home
    assert waiting.reference not in analysts_home


def submitted_by_another(house, now) -> CaseRequest:
    from dataclasses import replace

    return submitted(replace(house, officer=house.second_officer), now)
