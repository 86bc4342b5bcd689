"""Suspending a person: out at once, what was on its way is held; what others approved stays live."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from campaigns.lifecycle import Phase
from campaigns.models import Campaign, Publication
from casesupport.documents import flows as documents
from casesupport.intake import flows as intake
from casesupport.models import CaseRequest
from portal.agencies.standing import flows
from portal.documents.accept import accept
from portal.identity.people import actor_for
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Membership, Notice, Suspension, User
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.people import make_person
from tests.portal.standing.stopping import WHY, membership_of, person_suspended

pytestmark = pytest.mark.django_db
HOME = reverse("home")


def held(model: Any) -> set[Any]:
    return set(model.objects.filter(quarantined_at__isnull=False).values_list("pk", flat=True))


@pytest.mark.parametrize("who", ["supervisor", "reviewer", "lead"])
def test_one_person_shuts_an_officer_out_at_once(house, now, browser_of, who):
    browser, colleague = browser_of(house.officer), browser_of(house.second_officer)
    assert browser.get(HOME).status_code == colleague.get(HOME).status_code == 200
    suspension = person_suspended(house, now, actor=getattr(house, who))
    assert membership_of(house.officer).suspended_at == now
    assert suspension.reach["sessions"] == 1
    assert browser.get(HOME).status_code == 302
    assert colleague.get(HOME).status_code == 200
    assert actor_for(User.objects.get(pk=house.officer.person_id)) is None


def test_what_the_officer_had_a_hand_in_is_held_and_nothing_else(house, now):
    mine = warnings.drafted(house, now)
    request = cases.drafted(house, now)
    colleagues = intake.create(
        actor=house.second_officer, now=now, type="information", content=cases.content()
    )
    edited = intake.create(actor=house.second_officer, now=now, type="information", content=cases.content())
    intake.edit(edited.pk, actor=house.officer, now=now, seen_revision=1, content=cases.content())
    with_file = intake.create(
        actor=house.second_officer, now=now, type="information", content=cases.content()
    )
    documents.attach(with_file.pk, actor=house.officer, now=now, document=accept(cases.upload()))
    ended = cases.closed(house, now)
    suspension = person_suspended(house, now)
    assert held(Campaign) == {mine.pk}
    assert held(CaseRequest) == {request.pk, edited.pk, with_file.pk}
    assert not {colleagues.pk, ended.pk} & held(CaseRequest)
    assert (suspension.reach["campaigns"], suspension.reach["requests"]) == (1, 3)


def test_what_a_supervisor_signed_is_held_too(house, now):
    approved = warnings.approved_by_agency(house, now)
    cosigned = intake.cosign(cases.submitted(house, now, "freeze").pk, actor=house.supervisor, now=now)
    person_suspended(house, now, house.supervisor, house.reviewer)
    assert held(Campaign) == {approved.campaign_id}
    assert held(CaseRequest) == {cosigned.pk}


def test_an_analyst_takes_no_case_request_along(house, now):
    claimed = cases.claimed(house, now)
    person_suspended(house, now, house.analyst, house.lead)
    claimed.refresh_from_db()
    assert claimed.quarantined_at is None, "it is the agency's, and a lead goes on with it"


def test_a_live_warning_stays_live_and_its_page_shows_a_flag(house, now, browser_of):
    version = warnings.published(house, now)
    suspension = person_suspended(house, now)
    assert suspension.reach["flagged"] == 1
    assert Publication.objects.get().phase_at(now) == Phase.LIVE
    page = browser_of(house.reviewer).get(reverse("campaigns-view", args=[version.campaign_id]))
    assert page.context["stopped"] == [User.objects.get(pk=house.officer.person_id)]
    assert "suspended" in page.content.decode()


def test_it_is_recorded_and_the_heads_are_told(house, now):
    person_suspended(house, now)
    event = AuditEvent.objects.order_by("seq").last()
    assert (event.event, event.subject_id, event.subject_agency_id, event.why) == (
        "people.suspended", str(membership_of(house.officer).pk), house.ours.pk, WHY,
    )  # fmt: skip
    told = Notice.objects.filter(kind="person-suspended").values_list("person_id", flat=True)
    assert set(told) == {house.reviewer.person_id, house.lead.person_id}


def test_a_supervisor_stops_officers_only(house, now):
    second = make_person("second-chief", Role.SUPERVISOR, house.ours, now=now)
    with pytest.raises(Forbidden):
        person_suspended(house, now, second)


@pytest.mark.parametrize("who", ["supervisor", "reviewer", "lead"])
def test_nobody_stops_oneself(house, now, who):
    actor = getattr(house, who)
    with pytest.raises(Forbidden) as refused:
        person_suspended(house, now, actor, actor)
    assert refused.value.code == "oneself"


@pytest.mark.parametrize("who", ["second_officer", "analyst", "auditor"])
def test_nobody_else_may(house, now, who):
    with pytest.raises(Forbidden):
        person_suspended(house, now, actor=getattr(house, who))


def test_people_of_another_agency_are_not_found(house, now):
    with pytest.raises(NotVisible):
        person_suspended(house, now, actor=house.other_supervisor)


@pytest.mark.parametrize(("who", "may"), [("reviewer", False), ("lead", True)])
def test_the_exchanges_own_people_are_a_leads_to_stop(house, now, who, may):
    if may:
        assert person_suspended(house, now, house.analyst, getattr(house, who)).reach["campaigns"] == 0
    else:
        with pytest.raises(Forbidden):
            person_suspended(house, now, house.analyst, getattr(house, who))


def test_nobody_is_suspended_twice(house, now):
    person_suspended(house, now)
    with pytest.raises(WrongState):
        person_suspended(house, now, actor=house.reviewer)


def test_who_has_left_is_not_suspended(house, now):
    membership = membership_of(house.officer)
    Membership.objects.filter(pk=membership.pk).update(ended_at=now)
    with pytest.raises(WrongState):
        flows.suspend_person(membership.pk, actor=house.supervisor, now=now, reason="mailbox", why=WHY)


def test_it_needs_a_reason_and_words(house, now):
    with pytest.raises(Invalid) as refused:
        flows.suspend_person(
            membership_of(house.officer).pk, actor=house.supervisor, now=now, reason="", why=""
        )
    assert set(refused.value.errors) == {"reason", "why"}


def test_postgresql_lifts_no_suspension_that_is_open(house, now):
    person_suspended(house, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user_id=house.officer.person_id).update(suspended_at=None)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_suspension(house, now, at_once):
    results = at_once(
        lambda: person_suspended(house, now), lambda: person_suspended(house, now, actor=house.reviewer)
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [WrongState]
    assert Suspension.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_leads_who_suspend_each_other_do_not_wait_for_ever(house, now, at_once):
    rival = make_person("rival", Role.COMPLIANCE_LEAD, None, now=now)
    results = at_once(
        lambda: person_suspended(house, now, rival, house.lead),
        lambda: person_suspended(house, now, house.lead, rival),
    )
    refused = [each for each in results if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [Forbidden], "the first one wins, the second one is out"
    assert Suspension.objects.count() == 1
