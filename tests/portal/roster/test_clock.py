"""Terms, reminders and waiting times: to the microsecond, and the same whatever the calendar does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal import env
from portal.agencies.roster.attestation.flows import attest
from portal.agencies.roster.attestation.reminders import remind
from portal.agencies.roster.invitations import flows as invitations
from portal.agencies.roster.invitations import links
from portal.agencies.roster.listing import Asked, people
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.models import Invitation, Membership, Notice, User
from tests.people import PASSWORD, House, open_session
from tests.portal.roster.conftest import Seconds, membership_of
from tests.portal.test_sign_in import HOME, LOGIN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
TERM = timedelta(days=settings.ATTESTATION_DAYS)


def browser_of(actor: Actor) -> Browser:
    browser = Browser()
    open_session(browser, actor)
    return browser


BEGINNINGS = [
    datetime(2028, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),  # a leap day ahead
    datetime(2028, 2, 29, 12, tzinfo=UTC),  # and on it
    datetime(2027, 12, 1, tzinfo=UTC),  # over the turn of a year
    datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC),  # a second before Stockholm's clocks go forward
    datetime(2027, 10, 31, 0, 30, tzinfo=ZoneInfo("Europe/Stockholm")),  # the hour that comes twice
]


@pytest.mark.parametrize("began", BEGINNINGS)
def test_a_term_is_ninety_days_of_twenty_four_hours_to_the_microsecond(house: House, began: datetime) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(attested_at=began, joined_at=began)
    membership = membership_of(house.officer)
    end = began.astimezone(UTC) + timedelta(hours=2160)
    moment = timedelta(microseconds=1)
    assert membership.is_open_at(end - moment)
    assert not membership.is_open_at(end)
    # The list, which asks the database, agrees with the gate, which asks the row.
    for now, standing in ((end - moment, "active"), (end, "locked_out")):
        row = people(house.ours.pk, Asked("", "", "", "name"), now).get(pk=membership.pk)
        assert row.standing == standing  # type: ignore[attr-defined]
    cool = began.astimezone(UTC) + timedelta(hours=72)
    for now, standing in ((cool - moment, "cooling_off"), (cool, "active")):
        row = people(house.ours.pk, Asked("", "", "", "name"), now).get(pk=membership.pk)
        assert row.standing == standing  # type: ignore[attr-defined]


@pytest.mark.parametrize("began", BEGINNINGS)
def test_reminders_come_29_and_10_days_before_whatever_the_calendar_does(
    house: House, began: datetime
) -> None:
    began = began.astimezone(UTC)
    Membership.objects.exclude(user_id=house.officer.person_id).update(attested_at=began + timedelta(days=80))
    Membership.objects.filter(user_id=house.officer.person_id).update(attested_at=began)
    moment = timedelta(microseconds=1)
    for days in (29, 10):
        due = began + TERM - timedelta(days=days)
        assert remind(now=due - moment) == 0
        assert remind(now=due) == 1
        assert membership_of(house.officer).reminded == days
    assert remind(now=began + TERM - moment) == 0


def test_a_term_shorter_than_a_reminder_has_none_of_it_on_its_first_day(
    house: House, now: Any, settings: Any
) -> None:
    settings.ATTESTATION_DAYS = 14
    Membership.objects.update(attested_at=now)
    assert remind(now=now) == 0
    page = browser_of(house.supervisor).get(reverse("roster-attest"))
    assert page.context["rows"] == [], "nobody is due"
    assert remind(now=now + timedelta(days=4)) > 0
    assert set(Membership.objects.values_list("reminded", flat=True)) == {10}
    settings.ATTESTATION_DAYS = 5
    Membership.objects.update(attested_at=now, reminded=None)
    assert remind(now=now + timedelta(days=4)) == 0
    assert browser_of(house.supervisor).get(reverse("roster-attest")).status_code == 200


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5"])
def test_a_term_that_makes_no_sense_stops_the_start(monkeypatch: Any, value: str) -> None:
    monkeypatch.setenv("PORTAL_ATTESTATION_DAYS", value)
    with pytest.raises(ImproperlyConfigured, match="PORTAL_ATTESTATION_DAYS"):
        env.integer("PORTAL_ATTESTATION_DAYS", 90, least=1)
    monkeypatch.setenv("PORTAL_ATTESTATION_DAYS", "1")
    assert env.integer("PORTAL_ATTESTATION_DAYS", 90, least=1) == 1


def test_the_gate_closes_on_an_open_session_at_the_very_end(house: House) -> None:
    browser = browser_of(house.officer)
    mine = Membership.objects.filter(user_id=house.officer.person_id)
    mine.update(attested_at=timezone.now() - TERM + timedelta(minutes=1))
    assert browser.get(HOME).status_code == 200
    mine.update(attested_at=timezone.now() - TERM)
    assert browser.get(HOME).status_code == 403
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_where_no_lead_gets_in_any_more_the_command_lets_one_in(
    house: House, seconds: Seconds, now: Any
) -> None:
    """Nobody else could attest them, and nobody of the exchange could be let in again for good."""

    given = {"email": "rescue@exchange.example", "name": "Rescue Lead", "mail": True}
    with pytest.raises(CommandError, match="Two leads"):
        call_command("invite_lead", **given)
    Membership.objects.filter(role=Role.COMPLIANCE_LEAD).update(attested_at=now - TERM)
    call_command("invite_lead", **given)
    invitation = Invitation.objects.get(email="rescue@exchange.example")
    token = links.new_token(invitation, now=now)
    rescue = invitations.accept(token, actor=Actor.anonymous(), now=now, password=PASSWORD)
    actor = actor_for(rescue.user)
    assert actor is not None
    attest([membership_of(house.lead).pk], actor=replace(actor, is_fresh=True), now=now)
    assert actor_for(User.objects.get(pk=house.lead.person_id)) is not None


def test_a_lock_out_of_the_only_supervisor_asks_compliance_and_only_compliance(
    house: House, now: Any
) -> None:
    Membership.objects.filter(user_id=house.supervisor.person_id).update(
        attested_at=now - TERM + timedelta(days=5)
    )
    Membership.objects.filter(user_id=house.officer.person_id).update(
        attested_at=now - TERM + timedelta(days=5)
    )
    assert remind(now=now) == 2
    told = Notice.objects.filter(kind="attestation-due")
    assert set(told.values_list("person_id", flat=True)) == {
        house.supervisor.person_id, house.reviewer.person_id, house.lead.person_id,
    }  # fmt: skip
