"""The registry's answer reaches the vetting whenever it comes, and what a crash lost is asked for again."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.agencies.registration import rdap
from portal.agencies.registration.tasks import MOST, look_up, sweep
from portal.agencies.vetting import flows
from portal.kernel.errors import Stale
from portal.models import AuditEvent, DomainRegistration, Notice, VettingCheck
from portal.models.registration import RegistrationOutcome
from portal.models.vetting import CheckKind
from tests.people import House
from tests.portal.agencies.test_check import state
from tests.portal.agencies.test_pages import at
from tests.portal.agencies.vettings import DOMAIN, applied, checked, in_vetting, list_of

pytestmark = pytest.mark.django_db


def registered(monkeypatch: pytest.MonkeyPatch, settings: Any, day: date | None) -> None:
    settings.RDAP_URL = "https://rdap.invalid"
    outcome = RegistrationOutcome.FOUND if day else RegistrationOutcome.NO_DATE
    monkeypatch.setattr(rdap, "ask", lambda *_given: (outcome, day))


def test_a_domain_of_last_week_is_flagged_though_the_answer_came_late(
    house: House, now: Any, mailoutbox: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The registry was away while the vetting began; nobody would have pressed “Compare again”."""
    agency = checked(house, now, mailoutbox)
    seen = list_of(agency).newest
    registered(monkeypatch, settings, now.date() - timedelta(days=7))
    look_up(DOMAIN)
    assert state(agency, CheckKind.LOOKALIKE, DOMAIN) == "flagged"
    with pytest.raises(Stale):
        flows.approve(agency.pk, actor=house.lead, now=now, why="Read.", seen=seen)
    told = Notice.objects.filter(kind="agency-checked", person=house.reviewer.person_id)
    assert told.filter(path=at("agencies-vetting", agency)).exists()
    event = AuditEvent.objects.filter(event="agencies.checked").latest("seq")
    assert (event.actor_id, event.data["flags"]) == ("registration", 1)


def test_an_answer_that_changes_nothing_leaves_no_trace(
    house: House, now: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    registered(monkeypatch, settings, date(1997, 9, 15))
    look_up(DOMAIN)
    other = in_vetting(house, now, slug="other", domains=["other.example"])
    agency = in_vetting(house, now)
    before = AuditEvent.objects.count(), VettingCheck.objects.count()
    look_up(f"mail.{DOMAIN}")
    assert (AuditEvent.objects.count(), VettingCheck.objects.count()) == before
    flows.refuse(agency.pk, actor=house.lead, now=now, reasons=["domain"], why="Not theirs.")
    registered(monkeypatch, settings, now.date())
    look_up(DOMAIN)
    assert state(other, CheckKind.LOOKALIKE, "other.example") == "passed"
    assert DomainRegistration.objects.get(domain=DOMAIN).registered_on == now.date()


@pytest.mark.django_db(transaction=True)
def test_the_registry_is_asked_when_vetting_begins(
    house: House, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once more after a lapse, and for an agency that came without an application."""
    asked: list[str] = []
    monkeypatch.setattr(look_up, "delay", asked.append)
    in_vetting(house, now, domains=[DOMAIN, "cid.example"])
    assert asked == [DOMAIN, "cid.example"]


def test_what_was_never_answered_is_asked_for_again(
    house: House, now: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(look_up, "delay", asked.append)
    applied(now, domains=["mail.lost.example", "lost.example"])
    in_vetting(house, now, slug="away", domains=["away.example", "found.example"])
    decided = in_vetting(house, now, slug="decided", domains=["decided.example"])
    flows.refuse(decided.pk, actor=house.lead, now=now, reasons=["domain"], why="Not theirs.")
    for name, outcome in (("away.example", "failed"), ("found.example", "no_date")):
        DomainRegistration.objects.create(domain=name, outcome=outcome, looked_up_at=timezone.now())
    sweep()
    assert asked == [], "nobody is to be asked"
    settings.RDAP_URL = "https://rdap.invalid"
    sweep()
    assert asked == ["away.example", "lost.example"]
    assert len(asked) <= MOST
