"""The page on which an agency's trust rests: what it must not hide, and where it leads."""

from typing import Any

import pytest
from django.urls import reverse

from portal.agencies.pages import history
from portal.agencies.standing.flows import suspend_agency
from portal.agencies.vetting.flows import vet
from portal.demo import applications
from portal.models import Agency
from tests.people import House
from tests.portal.agencies.vettings import answered

pytestmark = pytest.mark.django_db


def at(name: str, agency: Agency) -> str:
    return reverse(name, args=[agency.pk])


def test_the_site_of_a_look_alike_is_spelt_out_to_whoever_vets_it(
    house: House, now: Any, sign_in: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = applications.confirmed(applications.IMPOSTOR, now)
    vet(agency.pk, actor=house.reviewer, now=now)
    lead = sign_in(house.lead)
    for page in ("agencies-view", "agencies-vetting", "agencies-call-back"):
        shown = lead.get(at(page, agency)).text
        assert "xn--plice-hk-nbh.example/contact" in shown, page
        assert ">p\N{CYRILLIC SMALL LETTER O}lice" not in shown, page


def test_a_lead_finds_the_agencys_sign_in_from_its_page_and_the_way_back(house: House, sign_in: Any) -> None:
    place = at("agencies-openid", house.ours)
    lead = sign_in(house.lead)
    assert f'href="{place}"' in lead.get(at("agencies-view", house.ours)).text
    assert f'href="{at("agencies-view", house.ours)}"' in lead.get(place).text
    assert f'href="{place}"' not in sign_in(house.reviewer).get(at("agencies-view", house.ours)).text


def test_the_history_shows_which_acts_opened_a_door_and_which_shut_it(house: House, now: Any) -> None:
    suspend_agency(house.ours.pk, actor=house.reviewer, now=now, reason="mailbox", why="Called back.")
    newest, *earlier = history(Agency.objects.get(pk=house.ours.pk))[0]
    assert (newest["tone"], newest["icon"]) == ("bad", "lock")
    assert ("good", "rubber-stamp") in [(each.get("tone"), each.get("icon")) for each in earlier]
    assert all(each["who"] for each in earlier)


def test_the_history_tells_the_applicant_from_the_mailbox(
    house: House, now: Any, mailoutbox: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = applications.confirmed(applications.NORWAY, now)
    vet(agency.pk, actor=house.reviewer, now=now)
    answered(agency, house.reviewer, now, mailoutbox)
    entries, since = history(agency)
    assert [entry["who"] for entry in entries] == [
        "The published mailbox", house.reviewer.label, house.reviewer.label, "The applicant",
    ]  # fmt: skip
    assert since == now
