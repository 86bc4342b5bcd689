"""“This was not me”: everything else ends, every device is new again, those who can help know."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.identity import flows
from portal.models import AuditEvent, KnownDevice, Notice, User
from portal.models.notice import NoticeKind
from tests.people import House
from tests.portal.identity.signing import CHROME, FIREFOX, HOME, events, new_app, signed_in

DISOWN = reverse("sessions-disown")

pytestmark = pytest.mark.django_db(transaction=True)


def is_in(browser: Browser) -> bool:
    return browser.get(HOME).status_code == 200


def told() -> set[str]:
    found = Notice.objects.filter(kind=NoticeKind.SIGN_IN_DISOWNED)
    return set(found.values_list("person__email", flat=True))


def test_it_ends_the_others_forgets_devices_and_asks_for_a_new_password(officer: User, secret: str) -> None:
    here, thief = signed_in(officer, secret), signed_in(officer, secret, agent=CHROME)
    assert is_in(here)
    key = here.session.session_key
    assert here.get(DISOWN).status_code == 200
    assert is_in(thief), "looking at the page does nothing"
    answer = here.post(DISOWN)
    assert answer["Location"] == reverse("account_change_password")
    assert not is_in(thief)
    assert is_in(here)
    copy = Browser(headers={"user-agent": FIREFOX})
    copy.cookies["portal_session"] = key
    assert not is_in(copy), "a copy of this very session is worth nothing"
    assert not KnownDevice.objects.filter(forgotten_at=None).exists()
    act = AuditEvent.objects.get(event="people.sign_in_disowned")
    assert act.data["sessions"] == 1
    assert act.data["devices"] == 2


def test_the_own_device_cools_off_like_any_other(officer: User, secret: str) -> None:
    here = signed_in(officer, secret)
    assert here.get(HOME).wsgi_request.actor.cooling_until is None
    here.post(DISOWN)
    assert here.get(HOME).wsgi_request.actor.cooling_until > timezone.now()
    here.post(reverse("account_logout"))
    signed_in(officer, secret, browser=here)
    assert here.get(HOME).wsgi_request.actor.cooling_until > timezone.now(), "its cookie was forgotten too"


def test_supervisors_and_compliance_are_told_once_each(house: House, officer: User, secret: str) -> None:
    signed_in(officer, secret).post(DISOWN)
    assert told() == {
        "supervisor@police.example",
        "reviewer@exchange.example",
        "lead@exchange.example",
    }


def test_the_notice_opens_the_page_that_stops_the_persons_access(
    house: House, officer: User, secret: str
) -> None:
    signed_in(officer, secret).post(DISOWN)
    supervisor = User.objects.get(pk=house.supervisor.person_id)
    path = Notice.objects.get(kind=NoticeKind.SIGN_IN_DISOWNED, person=supervisor).path
    page = signed_in(supervisor, new_app(supervisor)).get(path)
    assert page.status_code == 200
    assert officer.name in page.content.decode()


def test_a_supervisor_or_a_lead_is_not_told_of_the_own_report(house: House) -> None:
    lead = User.objects.get(pk=house.lead.person_id)
    signed_in(lead, new_app(lead)).post(DISOWN)
    assert told() == {"reviewer@exchange.example"}


def test_twice_at_the_same_instant_tells_and_ends_without_fault(
    officer: User, secret: str, house: House, at_once: Any, now: Any
) -> None:
    signed_in(officer, secret)
    answers = at_once(
        lambda: flows.disown(actor=house.officer, now=now), lambda: flows.disown(actor=house.officer, now=now)
    )
    assert sorted(answers) == [0, 1]
    assert events().count("people.sign_in_disowned") == 2
    assert KnownDevice.objects.filter(person=officer, forgotten_at=None).count() == 0


def test_nobody_elses_sessions_or_devices_are_touched(house: House, officer: User, secret: str) -> None:
    other = User.objects.get(pk=house.second_officer.person_id)
    bystander = signed_in(other, new_app(other))
    signed_in(officer, secret).post(DISOWN)
    assert is_in(bystander)
    assert KnownDevice.objects.filter(person=other, forgotten_at=None).count() == 1
