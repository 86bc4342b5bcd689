"""A roster as a file: text and no formula, for who may read it, and never without a row of the trail."""

import csv
import hashlib
from io import StringIO
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from portal.agencies.roster.export import flows
from portal.agencies.roster.listing import Asked
from portal.audit.search import Search
from portal.kernel.errors import Forbidden, NotVisible
from portal.models import AuditEvent, Membership, User
from tests.people import House, open_session
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
OWN = reverse("roster-export")
EVERYONE = Asked("", "", "", "name")


def browser_of(actor: Any) -> Browser:
    browser = Browser()
    open_session(browser, actor)
    return browser


def rows_of(response: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


def acts() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event="agencies.roster_exported").order_by("seq"))


def test_it_is_recorded_with_who_took_what_and_the_digest_of_the_very_file(house: House) -> None:
    query = "?q=officer&role=officer&standing=active&sort=-name"
    response = browser_of(house.supervisor).post(OWN + query)
    assert len(rows_of(response)) == 3
    [act] = acts()
    assert (act.actor_id, act.actor_role, act.subject_type, act.subject_id) == (
        house.supervisor.id, "supervisor", "agency", str(house.ours.pk),
    )  # fmt: skip
    assert act.data == {
        "house": str(house.ours.pk),
        "search": {"q": "officer", "role": "officer", "standing": "active", "sort": "-name"},
        "rows": 2,
        "sha256": hashlib.sha256(response.content).hexdigest(),
    }
    assert response["X-Content-SHA256"] == act.data["sha256"]
    assert "no-store" in response["Cache-Control"]
    assert act.ip
    assert act.session


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor"])
def test_an_agencys_taken_by_the_exchange_is_an_act_on_the_agency(house: House, who: str) -> None:
    actor = getattr(house, who)
    browser_of(actor).post(reverse("agency-roster-export", args=[house.other.pk]))
    [act] = acts()
    assert (act.actor_id, act.subject_id, act.data["rows"]) == (actor.id, str(house.other.pk), 2)
    assert act in Search(agency=str(house.other.pk)).find(), "the auditor finds it by the agency"
    assert act not in Search(agency=str(house.ours.pk)).find()


@pytest.mark.parametrize("who", ["lead", "auditor"])
def test_the_exchanges_own_is_recorded_on_whoever_took_it(house: House, who: str) -> None:
    actor = getattr(house, who)
    response = browser_of(actor).post(OWN)
    [act] = acts()
    assert (act.data["house"], act.data["rows"]) == ("exchange", len(rows_of(response)) - 1)
    assert (act.subject_type, act.subject_id) == ("membership", str(membership_of(actor).pk))


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 403),
        ("second_officer", 403),
        ("analyst", 403),
        ("outsider", 403),
        ("other_supervisor", 404),
    ],
)
def test_who_may_not_read_it_takes_nothing_and_nothing_is_recorded(
    house: House, who: str, status: int
) -> None:
    url = reverse("agency-roster-export", args=[house.ours.pk])
    assert browser_of(getattr(house, who)).post(url).status_code == status
    assert acts() == []


def test_the_flow_asks_too(house: House, now: Any) -> None:
    for who in ("officer", "analyst"):
        with pytest.raises(Forbidden):
            flows.export(house.ours.pk, actor=getattr(house, who), now=now, asked=EVERYONE)
    with pytest.raises(Forbidden):
        flows.export(None, actor=house.reviewer, now=now, asked=EVERYONE)
    with pytest.raises(NotVisible):
        flows.export(house.ours.pk, actor=house.other_supervisor, now=now, asked=EVERYONE)
    Membership.objects.filter(user_id=house.supervisor.person_id).update(suspended_at=now)
    with pytest.raises(Forbidden):
        flows.export(house.ours.pk, actor=house.supervisor, now=now, asked=EVERYONE)


def test_a_look_takes_nothing(house: House) -> None:
    """A browser that fetches ahead, or a foreign page that leads here, asks with GET."""
    browser = browser_of(house.supervisor)
    for response in (browser.get(OWN), browser.head(OWN)):
        assert response.status_code == 405
    assert acts() == []


def test_a_foreign_form_takes_nothing(house: House) -> None:
    browser = Browser(enforce_csrf_checks=True)
    open_session(browser, house.supervisor)
    assert browser.post(OWN).status_code == 403
    assert acts() == []


def test_the_button_is_on_the_page_with_what_was_searched_for(house: House, seconds: Seconds) -> None:
    page = browser_of(house.supervisor).get(reverse("roster-list"), {"q": "Deputy", "sort": "-due"})
    text = page.content.decode()
    assert f'<form method="post" action="{OWN}?q=Deputy&amp;sort=-due"' in text


def test_the_file_is_text_and_never_a_formula(house: House) -> None:
    User.objects.filter(pk=house.officer.person_id).update(name='=HYPERLINK("https://evil.example")')
    response = browser_of(house.supervisor).post(OWN)
    assert response["Content-Disposition"] == 'attachment; filename="roster.csv"'
    rows = rows_of(response)
    assert rows[0][:3] == ["Name", "E-mail address", "Role"]
    assert ['\'=HYPERLINK("https://evil.example")', "officer@police.example"] in [row[:2] for row in rows]
    assert len(rows) == 4


def test_it_costs_as_many_queries_for_many_people(house: House, django_assert_max_num_queries: Any) -> None:
    browser = browser_of(house.supervisor)
    browser.post(OWN)
    with django_assert_max_num_queries(10):
        browser.post(OWN)
