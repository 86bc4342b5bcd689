"""The roster's page: who sees which, and what it says of each person."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.roles.flows import propose_role
from portal.kernel.actor import Role
from portal.models import Membership, User
from portal.ui.sheet import cell
from tests.people import House, make_person, open_session
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
LIST = reverse("roster-list")


def browser_of(actor: Any) -> Browser:
    browser = Browser()
    open_session(browser, actor)
    return browser


def test_each_sees_the_roster_of_the_own_house(house: House) -> None:
    ours = browser_of(house.supervisor).get(LIST).content.decode()
    assert house.officer.label in ours
    for other in (house.outsider, house.analyst):
        assert f"{other.label}<" not in ours.replace("</span>", "<")
    assert "chief@polisen.example" not in ours
    assert "analyst@exchange.example" in browser_of(house.lead).get(LIST).content.decode()
    assert "analyst@exchange.example" in browser_of(house.auditor).get(LIST).content.decode()
    for who in ("officer", "analyst", "reviewer"):
        assert browser_of(getattr(house, who)).get(LIST).status_code == 403, who


def test_compliance_sees_every_agencys_and_an_agency_only_its_own(house: House) -> None:
    url = reverse("agency-roster-list", args=[house.other.pk])
    for who in ("reviewer", "lead", "auditor"):
        assert "chief@polisen.example" in browser_of(getattr(house, who)).get(url).content.decode()
    assert browser_of(house.supervisor).get(url).status_code == 404
    assert browser_of(house.other_supervisor).get(url).status_code == 200
    assert browser_of(house.analyst).get(url).status_code == 403


def test_an_auditor_reads_and_changes_nothing(house: House, invited: Any) -> None:
    invited()
    page = browser_of(house.auditor).get(reverse("agency-roster-list", args=[house.ours.pk]))
    text = page.content.decode()
    for verb in ("Has left", "Change role", "Revoke", "Send again"):
        assert verb not in text


def test_it_says_how_each_person_stands(house: House, seconds: Seconds, now: Any, invited: Any) -> None:
    term = timedelta(days=settings.ATTESTATION_DAYS)
    Membership.objects.filter(user_id=house.officer.person_id).update(attested_at=now - term)
    Membership.objects.filter(user_id=house.second_officer.person_id).update(suspended_at=now)
    make_person("fresh", Role.OFFICER, house.ours, now=now + timedelta(days=29))
    gone = make_person("gone", Role.OFFICER, house.ours, now=now)
    depart(membership_of(gone).pk, actor=house.supervisor, now=now, why="Left.")
    propose_role(
        membership_of(seconds.supervisor).pk, actor=house.supervisor, now=now, role=Role.OFFICER, why="x"
    )
    invited(role=Role.SUPERVISOR)
    browser = browser_of(house.supervisor)
    text = browser.get(LIST).content.decode()
    for words in ("Locked out", "Suspended", "Cooling off", "Role change waits", "To be confirmed"):
        assert words in text
    assert "gone@police.example" not in text
    for standing, email in (
        ("left", "gone"), ("locked_out", "officer"), ("suspended", "second"), ("cooling_off", "fresh"),
        ("active", "deputy"),
    ):  # fmt: skip
        found = browser.get(LIST, {"standing": standing}).context["rows"]
        assert f"{email}@police.example" in [row["membership"].user.email for row in found]
        assert all(row["standing"] == standing for row in found)


def test_a_person_whose_role_changed_is_listed_once(house: House, seconds: Seconds, now: Any) -> None:
    from portal.agencies.roster.roles.flows import confirm_role

    change = propose_role(
        membership_of(house.officer).pk, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="x"
    )
    confirm_role(change.pk, actor=seconds.supervisor, now=now)
    rows = browser_of(house.supervisor).get(LIST, {"q": "officer@"}).context["rows"]
    assert [(row["membership"].role, row["standing"]) for row in rows] == [("supervisor", "cooling_off")]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "q=" + "x" * 5000, "role=root", "standing=x", "sort=password", "sort=-", "page=0&size=-1",
        "q=%E2%80%AE", "q=%25", "sort=-due", "sort=role", "sort=-seen", "q='%3B--",
    ],
)  # fmt: skip
def test_hostile_filters_find_what_they_find(house: House, sign_in: Any, query: str) -> None:
    browser = sign_in(house.supervisor)
    assert browser.get(f"{LIST}?{query}").status_code == 200
    assert browser.post(f"{reverse('roster-export')}?{query}").status_code == 200


def queries(browser: Browser, url: str, **given: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url, given).status_code == 200
    return [each["sql"] for each in captured]


@pytest.mark.parametrize("who", ["supervisor", "reviewer", "lead", "auditor", "exchange"])
def test_a_roster_costs_eight_queries_at_most_for_three_people_and_for_sixty(
    house: House, seconds: Seconds, now: Any, invited: Any, who: str
) -> None:
    """The exchange's is the lead's own. With an empty cache the session is read from the database too."""
    browser = browser_of(house.lead if who == "exchange" else getattr(house, who))
    url = LIST if who in ("supervisor", "exchange") else reverse("agency-roster-list", args=[house.ours.pk])
    own = (house.lead, None, "exchange.example", Role.AUDITOR) if who == "exchange" else None
    inviter, agency, domain, role = own or (house.supervisor, house.ours, "police.example", Role.SUPERVISOR)

    def wait(person: Any, number: int) -> None:
        """A role change and an invitation, each to be confirmed."""
        propose_role(membership_of(person).pk, actor=inviter, now=now, role=role, why="x")
        email = f"new{number}@{domain}"
        invited(actor=inviter, email=email, role=role, agency_id=agency and agency.pk)

    first = house.analyst if who == "exchange" else house.officer
    wait(first, 0)
    browser.get(url)
    few = queries(browser, url, size=100)
    for number in range(1, 61):
        kind = Role.CASE_ANALYST if agency is None else Role.OFFICER
        person = make_person(f"more{number}", kind, agency, now=now)
        TOTP.activate(User.objects.get(pk=person.person_id), "x")
        if number % 6 == 0:
            wait(person, number)
    many = queries(browser, url, size=100)
    assert len(many) == len(few), "\n".join(many)
    cache.clear()
    cold = queries(browser, url, size=100)
    for each in (many, cold):
        assert len(each) <= 8, "\n".join(each)
    page = browser.get(url, {"size": 100})
    assert len([row for row in page.context["rows"] if row["change_id"]]) == 11
    assert len(page.context["invitations"]) == 11
    assert page.content.decode().count("Authenticator app") == 60


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "\ufeff=1", "\n=1"])
def test_what_a_spreadsheet_would_calculate_is_quoted(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize("text", ["Chan", "", "a=1", "高橋"])
def test_what_is_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text
