"""The pages: first what will happen, then what did; stale pages and wrong hands are told."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from casesupport.models import CaseRequest
from portal.models import Agency, Suspension, User
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.people import open_session
from tests.portal.standing.stopping import (
    WHY,
    agency_reinstated,
    agency_suspended,
    membership_of,
    person_suspended,
)

pytestmark = pytest.mark.django_db
GIVEN = {"reason": "mailbox", "why": WHY}
LIST = reverse("quarantine-list")
RELEASE = reverse("quarantine-release")


def address(verb: str, house: Any) -> str:
    if verb.startswith("agencies"):
        return reverse(verb, args=[house.ours.pk])
    return reverse(verb, args=[membership_of(house.officer).pk])


SUSPEND = pytest.mark.parametrize("verb", ["agencies-suspend", "people-suspend"])


@SUSPEND
def test_the_form_is_checked_once_more_and_nothing_happens_before_the_confirmation(house, browser_of, verb):
    browser = browser_of(house.reviewer)
    page = address(verb, house)
    assert "What will happen" in browser.get(page).content.decode()
    check = browser.post(page, GIVEN | {"step": "check"})
    assert check.status_code == 200
    assert WHY in check.content.decode()
    assert "A mailbox was taken over" in check.content.decode()
    assert not Suspension.objects.exists()
    change = browser.post(page, GIVEN | {"step": "change"})
    assert (change.status_code, WHY in change.content.decode()) == (200, True)
    done = browser.post(page, GIVEN | {"step": "confirm"})
    assert done["Location"] == reverse("suspensions-view", args=[Suspension.objects.get().pk])
    result = browser.get(done["Location"]).content.decode()
    assert "What was done" in result


@SUSPEND
def test_a_reviewer_who_sees_no_case_request_stops_them_all_the_same(house, now, browser_of, verb):
    request = cases.drafted(house, now)
    browser = browser_of(house.reviewer)
    foretold = dict(browser.get(address(verb, house)).context["reach"])
    assert 1 in foretold.values()
    browser.post(address(verb, house), GIVEN | {"step": "confirm"})
    assert CaseRequest.objects.get(pk=request.pk).quarantined_at is not None
    assert Suspension.objects.get().reach["requests"] == 1


@SUSPEND
@pytest.mark.parametrize(
    "given", [{}, {"reason": "mailbox"}, {"reason": "revenge", "why": WHY}, {"why": WHY}]
)
def test_what_is_missing_is_asked_for_and_what_was_typed_is_kept(house, browser_of, verb, given):
    for step in ("check", "confirm"):
        answer = browser_of(house.reviewer).post(address(verb, house), given | {"step": step})
        assert answer.status_code == 422
        assert given.get("why", "") in answer.content.decode()
    assert not Suspension.objects.exists()


@SUSPEND
def test_a_page_that_somebody_else_overtook_says_so(house, now, browser_of, verb):
    browser = browser_of(house.reviewer)
    agency_suspended(house, now, house.lead) if verb == "agencies-suspend" else person_suspended(house, now)
    for answer in (
        browser.get(address(verb, house)),
        browser.post(address(verb, house), GIVEN | {"step": "confirm"}),
    ):
        assert answer.status_code == 409
    assert Suspension.objects.count() == 1


@SUSPEND
def test_a_double_click_suspends_once(house, browser_of, verb):
    browser = browser_of(house.reviewer)
    answers = [browser.post(address(verb, house), GIVEN | {"step": "confirm"}).status_code for _ in range(2)]
    assert answers == [302, 409]


@SUSPEND
def test_without_a_fresh_proof_it_is_asked_for_first(house, client, verb):
    TOTP.activate(User.objects.get(pk=house.reviewer.person_id), generate_totp_secret())
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=30))
    open_session(client, house.reviewer, proved=False)
    answer = client.post(address(verb, house), GIVEN | {"step": "confirm"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    assert not Suspension.objects.exists()


@pytest.mark.parametrize("why", ["\u202eevil", "a\x00b", "x" * 100_000])
def test_hostile_words_are_refused_with_the_form(house, browser_of, why):
    answer = browser_of(house.reviewer).post(
        address("agencies-suspend", house), {"reason": "other", "why": why, "step": "confirm"}
    )
    assert answer.status_code == 422
    assert not Suspension.objects.exists()


def test_words_that_are_markup_are_shown_as_words(house, browser_of):
    browser = browser_of(house.reviewer)
    given = {"reason": "other", "why": "<script>alert(1)</script>", "step": "confirm"}
    done = browser.post(address("people-suspend", house), given)
    page = browser.get(done["Location"]).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("other_supervisor", "people-suspend", 404),
        ("outsider", "people-suspend", 403),
        ("officer", "people-suspend", 403),
        ("supervisor", "agencies-suspend", 403),
        ("analyst", "agencies-suspend", 403),
        ("auditor", "people-suspend", 403),
    ],
)
def test_wrong_hands(house, browser_of, who, verb, status):
    browser = browser_of(getattr(house, who))
    assert browser.get(address(verb, house)).status_code == status
    assert browser.post(address(verb, house), GIVEN | {"step": "confirm"}).status_code == status


def test_the_result_is_for_the_own_house_and_the_exchange(house, now, browser_of):
    mine = reverse("suspensions-view", args=[person_suspended(house, now).pk])
    assert browser_of(house.supervisor).get(mine).status_code == 200
    assert browser_of(house.auditor).get(mine).status_code == 200
    assert browser_of(house.other_supervisor).get(mine).status_code == 404
    of_agency = reverse("suspensions-view", args=[agency_suspended(house, now).pk])
    assert browser_of(house.other_supervisor).get(of_agency).status_code == 404


def test_reinstating_is_shown_to_a_second_person_only(house, now, browser_of):
    suspension = agency_suspended(house, now)
    page = reverse("suspensions-view", args=[suspension.pk])
    assert browser_of(house.reviewer).get(page).context["reinstate_url"] == ""
    assert browser_of(house.lead).get(page).context["reinstate_url"] == address("agencies-reinstate", house)
    own = browser_of(house.reviewer).get(address("agencies-reinstate", house))
    assert (own.status_code, own.context["is_suspender"]) == (200, True)
    refused = browser_of(house.reviewer).post(
        address("agencies-reinstate", house), {"why": "Fine.", "seen": suspension.pk}
    )
    assert refused.status_code == 403


@pytest.mark.parametrize("verb", ["agencies-reinstate", "people-reinstate"])
def test_reinstating_on_the_page(house, now, browser_of, verb):
    suspension = agency_suspended(house, now) if verb.startswith("agencies") else person_suspended(house, now)
    browser = browser_of(house.lead)
    page = address(verb, house)
    assert str(suspension.pk) in browser.get(page).content.decode()
    assert browser.post(page, {"why": "", "seen": suspension.pk}).status_code == 422
    assert browser.post(page, {"why": "Called back.", "seen": uuid4()}).status_code == 409
    done = browser.post(page, {"why": "Called back.", "seen": suspension.pk})
    assert "How it ended" in browser.get(done["Location"]).content.decode()
    assert browser.post(page, {"why": "Again.", "seen": suspension.pk}).status_code == 409


def test_lapsing_on_the_page(house, browser_of):
    browser = browser_of(house.reviewer)
    page = address("agencies-lapse", house)
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"why": " "}).status_code == 422
    done = browser.post(page, {"why": "The unit is closed."})
    assert done["Location"] == reverse("agencies-view", args=[house.ours.pk])
    assert Agency.objects.get(pk=house.ours.pk).status == "lapsed"
    assert browser.post(page, {"why": "Again."}).status_code == 409


def test_the_agencys_page_leads_to_the_acts_and_shows_the_history(house, now, browser_of):
    browser = browser_of(house.lead)
    page = reverse("agencies-view", args=[house.ours.pk])
    assert address("agencies-suspend", house) in browser.get(page).content.decode()
    suspension = agency_suspended(house, now)
    shown = browser.get(page).content.decode()
    assert address("agencies-suspend", house) not in shown
    assert address("agencies-reinstate", house) in shown
    assert reverse("suspensions-view", args=[suspension.pk]) in shown
    assert browser_of(house.outsider).get(page).status_code == 404


# --- the page of what waits -------------------------------------------------------------------------


def kinds(answer: Any) -> dict[str, int]:
    return {name: count for name, _title, count in answer.context["kinds"]}


def test_each_sees_what_he_or_she_may_judge(house, now, browser_of):
    warnings.drafted(house, now)
    cases.submitted(house, now)
    person_suspended(house, now)
    assert kinds(browser_of(house.reviewer).get(LIST)) == {"campaigns": 1}
    for who in (house.lead, house.auditor):
        assert kinds(browser_of(who).get(LIST)) == {"campaigns": 1, "requests": 1}
    assert not browser_of(house.auditor).get(LIST).context["may_release"]


def test_it_is_shown_in_few_queries_however_much_waits(house, now, browser_of, django_assert_max_num_queries):
    for _ in range(8):
        cases.drafted(house, now)
    person_suspended(house, now)
    browser = browser_of(house.lead)
    browser.get(LIST)
    with django_assert_max_num_queries(8):
        assert len(browser.get(LIST, {"kind": "requests"}).context["rows"]) == 8


def test_an_empty_quarantine_says_so_and_an_unknown_kind_shows_one_that_is(house, browser_of):
    browser = browser_of(house.reviewer)
    assert "Nothing is in quarantine" in browser.get(LIST).content.decode()
    assert browser.get(LIST, {"kind": "\x00", "agency": "nobody", "page": "9"}).status_code == 200


def seen(browser: Any) -> str:
    return str(browser.get(LIST).context["form"]["seen"].value())


def test_what_was_ticked_is_released_together(house, now, browser_of):
    ticked, left = [cases.submitted(house, now) for _ in range(2)], cases.submitted(house, now)
    person_suspended(house, now)
    browser = browser_of(house.lead)
    given = {
        "kind": "requests",
        "chosen": [each.pk for each in ticked],
        "why": "Read all.",
        "seen": seen(browser),
    }
    assert browser.post(RELEASE, given).status_code == 302
    assert [each.pk for each in CaseRequest.objects.filter(quarantined_at__isnull=False)] == [left.pk]


def test_all_or_nothing_if_one_of_them_has_changed(house, now, browser_of):
    first, second = (warnings.submitted(house, now).campaign for _ in range(2))
    person_suspended(house, now)
    browser = browser_of(house.reviewer)
    stamp = seen(browser)
    from campaigns.quarantine import flows

    flows.release(second.pk, actor=house.lead, now=now, why="Read.", seen=now)
    given = {"kind": "campaigns", "chosen": [first.pk, second.pk], "why": "Read all.", "seen": stamp}
    assert browser.post(RELEASE, given).status_code == 409
    assert Campaign.objects.get(pk=first.pk).quarantined_at is not None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"kind": "campaigns", "why": "Read."}, 422),
        ({"kind": "campaigns", "chosen": [str(uuid4())], "why": "Read."}, 404),
        ({"kind": "campaigns", "chosen": ["1' OR 1"], "why": "Read."}, 400),
        ({"kind": "campaigns", "chosen": [str(uuid4())]}, 422),
        ({"kind": "requests", "chosen": [str(uuid4())], "why": "Read."}, 400),
        ({}, 400),
    ],
)
def test_a_form_that_says_too_little_or_names_nothing(house, browser_of, given, status):
    browser = browser_of(house.reviewer)
    assert browser.post(RELEASE, {"seen": seen(browser)} | given).status_code == status


def test_nothing_of_an_agency_out_of_standing_is_released(house, now, browser_of):
    draft = warnings.drafted(house, now)
    agency_suspended(house, now)
    browser = browser_of(house.lead)
    given = {"kind": "campaigns", "chosen": [draft.pk], "why": "Read.", "seen": seen(browser)}
    assert browser.post(RELEASE, given).status_code == 409
    agency_reinstated(house, now)
    assert browser.post(RELEASE, given).status_code == 302


def test_the_auditor_reads_and_releases_nothing(house, now, browser_of):
    draft = warnings.drafted(house, now)
    person_suspended(house, now)
    stamp = seen(browser_of(house.auditor))
    given = {"kind": "campaigns", "chosen": [draft.pk], "why": "Read.", "seen": stamp}
    assert browser_of(house.auditor).post(RELEASE, given).status_code == 403


def test_a_list_that_grew_old_releases_nothing_that_came_after(house, now, browser_of):
    draft = warnings.drafted(house, now)
    browser = browser_of(house.reviewer)
    person_suspended(house, now)
    old = (now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    given = {"kind": "campaigns", "chosen": [draft.pk], "why": "Read.", "seen": old}
    assert browser.post(RELEASE, given).status_code == 409
