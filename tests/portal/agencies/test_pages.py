"""The pages of agencies and vetting: what each reader sees, what that costs, what forms keep."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.agencies.vetting.domains.flows import ask, newest_of
from portal.agencies.vetting.flows import approve
from portal.models import Agency, Invitation, Membership, VettingDecision
from portal.models.agency import AgencyStatus
from tests.people import House, make_agency, make_person
from tests.portal.agencies.vettings import (
    answered,
    applied,
    called,
    checked,
    in_vetting,
    list_of,
    with_application,
)

pytestmark = pytest.mark.django_db


def at(name: str, agency: Agency, *more: Any) -> str:
    return reverse(name, args=[agency.pk, *more])


def test_the_list_is_filtered_and_sorted_in_its_address(house: House, now: Any, sign_in: Any) -> None:
    vetted, new = in_vetting(house, now), applied(now, slug="new", country="MY", domains=["pdrm.example"])
    client, page = sign_in(house.analyst), reverse("agencies-list")

    def shown(**query: str) -> list[Any]:
        return [each.pk for each in client.get(page, query).context["page"]]

    assert set(shown()) == {house.ours.pk, house.other.pk, vetted.pk, new.pk}
    assert shown(status="in_vetting") == [vetted.pk]
    assert shown(country="my") == [new.pk]
    assert shown(q="pdrm") == [new.pk]
    assert shown(q="HONG") == [house.ours.pk]
    assert shown(sort="country")[0] == house.ours.pk
    assert shown(sort="-country")[0] == vetted.pk
    assert shown(status="unheard-of", sort="unheard-of", country="zz") == []
    for hostile in ("\x00", "%", "x" * 5000, "'; DROP", "\u202e"):
        assert client.get(page, {"q": hostile, "country": hostile, "sort": hostile}).status_code == 200


def test_an_empty_list_says_what_it_lacks(house: House, sign_in: Any) -> None:
    page = sign_in(house.lead).get(reverse("agencies-list"), {"q": "nobody"}).text
    assert "No agency fits this search" in page


def test_the_list_and_the_pages_ask_a_bounded_number_of_questions(
    house: House, now: Any, mailoutbox: Any, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make_agency(f"a{number}", now=now, domain=f"a{number}.example")
    agency = checked(house, now, mailoutbox, domains=["spf.example", "cid.example", "ica.example"])
    for number in range(6):
        make_person(f"p{number}", "officer", house.ours, now=now)  # type: ignore[arg-type]
    client = sign_in(house.lead)
    pages = {
        reverse("agencies-list"): 8,
        at("agencies-view", house.ours): 12,
        at("agencies-vetting", agency): 12,
        at("agencies-approve", agency): 12,
    }
    for page, most in pages.items():
        client.get(page)
        with django_assert_max_num_queries(most):
            assert client.get(page).status_code == 200


def test_the_exchange_sees_on_what_the_trust_rests(
    house: House, now: Any, mailoutbox: Any, sign_in: Any
) -> None:
    agency = checked(house, now, mailoutbox)
    approve(agency.pk, actor=house.lead, now=now, why="All read.", seen=list_of(agency).newest)
    page = sign_in(house.analyst).get(at("agencies-view", agency)).text
    for words in (
        "+65 6353 0000",
        "spf.example",
        "All read.",
        "Lead Compliance Lead",
        "Approved",
        "Vetting begun",
    ):
        assert words in page
    assert at("agencies-vetting", agency) not in page, "a case analyst does not read the checklist"
    assert at("agencies-vetting", agency) in sign_in(house.auditor).get(at("agencies-view", agency)).text


def test_an_officer_sees_the_own_agency_and_less_of_it(house: House, now: Any, sign_in: Any) -> None:
    page = sign_in(house.officer).get(at("agencies-view", house.ours)).text
    assert "Supervisor Supervisor" in page
    assert "police.example" in page
    for hidden in ("History", "Rehearsal", house.ours.switchboard, "Roster</h2>", "Vetting begun"):
        assert hidden not in page
    assert sign_in(house.officer).get(at("agencies-view", house.other)).status_code == 404


def test_who_is_locked_out_is_no_supervisor_to_turn_to(house: House, now: Any, sign_in: Any) -> None:
    Membership.objects.filter(user_id=house.supervisor.person_id).update(
        attested_at=timezone.now() - timedelta(days=91)
    )
    assert "Supervisor Supervisor" not in sign_in(house.officer).get(at("agencies-view", house.ours)).text


def test_names_are_shown_though_the_reader_has_another_language(house: House, sign_in: Any) -> None:
    Agency.objects.filter(pk=house.other.pk).update(name_zh_hant=None)
    client = sign_in(house.lead)
    client.cookies["django_language"] = "zh-hant"
    response = client.get(at("agencies-view", house.other), headers={"Accept-Language": "zh-Hant"})
    assert "Sweden" in response.text


def test_vetting_begins_from_the_agencys_page(house: House, now: Any, sign_in: Any) -> None:
    agency = applied(now)
    client = sign_in(house.reviewer)
    assert client.get(at("agencies-vetting", agency)).url == at("agencies-view", agency)
    assert "Begin vetting" in client.get(at("agencies-view", agency)).text
    assert client.post(at("agencies-vet", agency)).url == at("agencies-vetting", agency)
    assert client.post(at("agencies-vet", agency)).status_code == 409, "a double click begins one round"
    page = client.get(at("agencies-vetting", agency)).text
    challenge = newest_of(list_of(agency).round)["spf.example"]
    assert challenge.name in page
    assert challenge.value in page
    assert '<a href="#domains" dir="auto">Domain, by its DNS: spf.example</a>' in page


def test_the_page_asks_for_the_answer_while_the_worker_looks(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, timezone.now())
    client = sign_in(house.reviewer)
    assert "hx-trigger" not in client.get(at("agencies-vetting", agency)).text
    assert client.post(at("agencies-ask", agency), {"domain": "spf.example"}).status_code == 302
    assert 'hx-trigger="every 2s"' in client.get(at("agencies-vetting", agency)).text
    assert client.post(at("agencies-ask", agency), {"domain": "\x00"}).status_code == 404


def test_an_answer_that_never_comes_is_not_waited_for(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, timezone.now() - timedelta(hours=1))
    ask(agency.pk, actor=house.reviewer, now=timezone.now() - timedelta(minutes=3), domain="spf.example")
    assert "hx-trigger" not in sign_in(house.reviewer).get(at("agencies-vetting", agency)).text


def test_a_call_is_logged_from_its_page_and_what_was_typed_is_kept(
    house: House, now: Any, sign_in: Any
) -> None:
    agency = in_vetting(house, timezone.now())
    client, page = sign_in(house.reviewer), at("agencies-call-back", agency)
    text = client.get(page).text
    assert "+65 6353 0000" in text
    assert 'type="hidden" name="number"' in text
    given = {
        "number": agency.switchboard,
        "outcome": "confirmed",
        "spoke_to": "Sgt Lim",
        "called_at": timezone.now().strftime("%Y-%m-%dT%H:%M"),
        "note": "Put through at once.",
    }
    response = client.post(page, given)
    assert response.status_code == 422
    assert "Open the page" in response.text
    assert "Sgt Lim" in response.text
    assert "Put through at once." in response.text
    assert client.post(page, given | {"number": "+65 1"}).status_code == 409
    assert client.post(page, given | {"called_at": "yesterday"}).status_code == 422
    assert client.post(page, given | {"is_published": "on"}).url == at("agencies-vetting", agency)
    assert "Sgt Lim" in client.get(at("agencies-vetting", agency)).text


def test_a_link_is_sent_from_its_page(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, now)
    client, page = sign_in(house.reviewer), at("agencies-challenge", agency)
    wrong = {"address": "press@gmail.example", "source_url": "https://www.spf.example/contact"}
    response = client.post(page, wrong)
    assert response.status_code == 422
    assert "not of an official domain" in response.text
    assert "press@gmail.example" in response.text
    assert client.post(page, wrong | {"address": "press@spf.example"}).status_code == 302
    assert "press@spf.example" in client.get(at("agencies-vetting", agency)).text


def test_the_second_person_approves_and_the_first_supervisor_is_invited(
    house: House, now: Any, mailoutbox: Any, sign_in: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = checked(house, now, mailoutbox)
    with_application(agency, now)
    page = at("agencies-approve", agency)
    assert sign_in(house.reviewer).get(page).status_code == 403
    client = sign_in(house.lead)
    seen = list_of(agency).newest
    assert f'name="seen" value="{seen}"' in client.get(page).text
    assert client.post(page, {"seen": seen, "why": ""}).status_code == 422
    assert client.post(page, {"seen": seen - 1, "why": "Read."}).status_code == 409
    response = client.post(page, {"seen": seen, "why": "Read."}, follow=True)
    assert "its first supervisor is invited" in response.text
    invitation = Invitation.objects.get(agency=agency)
    assert (invitation.email, invitation.role) == ("rahim@spf.example", "supervisor")
    assert (invitation.invited_by_id, invitation.confirmed_by_id) == (
        house.lead.person_id,
        house.reviewer.person_id,
    )
    assert client.post(page, {"seen": seen, "why": "Again."}).status_code == 409


def test_a_first_supervisor_who_cannot_be_invited_does_not_hold_the_approval_up(
    house: House, now: Any, mailoutbox: Any
) -> None:
    agency = checked(house, now, mailoutbox)
    with_application(agency, now)
    person = Membership.objects.get(user_id=house.outsider.person_id).user
    type(person).objects.filter(pk=person.pk).update(email="rahim@spf.example")
    approve(agency.pk, actor=house.lead, now=now, why="Read.", seen=list_of(agency).newest)
    assert not Invitation.objects.filter(agency=agency).exists()


def test_what_is_missing_stands_on_the_page_of_the_decision(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, now)
    client = sign_in(house.lead)
    page = at("agencies-approve", agency)
    assert "Not every check is done" in client.get(page).text
    response = client.post(page, {"seen": list_of(agency).newest, "why": "Quick."})
    assert response.status_code == 422
    assert "Switchboard call-back: +65 6353 0000 – Open" in response.text
    assert not VettingDecision.objects.filter(agency=agency).exists()


def test_a_refusal_has_its_reasons_on_the_page(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, now)
    client, page = sign_in(house.lead), at("agencies-refuse", agency)
    response = client.post(page, {"why": "<b>They</b> know nothing."})
    assert response.status_code == 422
    assert "<b>They" not in response.text
    assert client.post(page, {"why": "They know nothing.", "reasons": ["switchboard"]}).status_code == 302
    text = client.get(at("agencies-view", agency)).text
    assert "The switchboard did not confirm it" in text
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.REFUSED


def test_a_hundred_thousand_letters_are_refused_beside_the_field(
    house: House, now: Any, sign_in: Any
) -> None:
    agency = in_vetting(house, now)
    response = sign_in(house.lead).post(
        at("agencies-refuse", agency), {"why": "x" * 100_000, "reasons": ["other"]}
    )
    assert response.status_code == 422
    assert "why" in response.context["form"].errors


def test_a_flag_has_a_page_and_then_is_gone(house: House, now: Any, sign_in: Any) -> None:
    in_vetting(house, now, slug="first")
    agency = in_vetting(house, now, slug="second", domains=["spf-two.example"])
    row = next(row for row in list_of(agency).rows if row.result == "flagged")
    client, page = sign_in(house.reviewer), at("agencies-answer-flag", agency, row.pk)
    assert page in client.get(at("agencies-vetting", agency)).text
    assert client.get(page).status_code == 200
    assert client.post(page, {"result": "acknowledged"}).status_code == 422
    assert client.post(page, {"result": "acknowledged", "note": "Two units."}).status_code == 302
    assert client.get(page).status_code == 409
    assert "Two units." in client.get(at("agencies-vetting", agency)).text
    other = in_vetting(house, now, slug="third", domains=["third.example"])
    assert client.get(at("agencies-answer-flag", other, row.pk)).status_code == 404


def test_the_home_page_says_what_waits_for_whom(
    house: House, now: Any, mailoutbox: Any, sign_in: Any
) -> None:
    new = applied(now, slug="new")
    ready = checked(house, now, mailoutbox, domains=["ready.example"], slug="ready")
    half = in_vetting(house, now, slug="half", domains=["half.example"])

    def home(actor: Any) -> str:
        return str(sign_in(actor).get(reverse("home")).text)

    reviewer, lead, officer = home(house.reviewer), home(house.lead), home(house.officer)
    for page in (reviewer, lead):
        assert at("agencies-view", new) in page
        assert at("agencies-vetting", half) in page
    assert at("agencies-approve", ready) in lead
    assert at("agencies-approve", ready) not in reviewer
    assert "Agencies to vet" not in officer
    assert "Agencies to vet" not in home(house.analyst)


def test_the_menu_leads_the_exchange_to_the_agencies(house: House, sign_in: Any) -> None:
    item = f'href="{reverse("agencies-list")}"'
    assert item in sign_in(house.analyst).get(reverse("home")).text
    assert item not in sign_in(house.officer).get(reverse("home")).text


def test_the_denial_of_the_agency_stands_on_the_list(
    house: House, now: Any, mailoutbox: Any, sign_in: Any
) -> None:
    agency = in_vetting(house, now)
    answered(agency, house.reviewer, now, mailoutbox, "denied")
    called(agency, house.reviewer, now)
    page = sign_in(house.lead).get(at("agencies-vetting", agency)).text
    assert "Did not apply" in page


def test_whoever_only_reads_is_told_in_a_sentence_that_no_document_came(
    house: House, now: Any, sign_in: Any
) -> None:
    page = sign_in(house.auditor).get(at("agencies-vetting", in_vetting(house, now))).text
    assert "No document came with the application" in page
    assert ">none came" not in page
