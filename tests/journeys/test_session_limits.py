"""A session that is about to end says so, and a form that came too late is offered again after signing in."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.utils import timezone

from campaigns.models import Campaign
from portal.models import User
from tests.journeys.conftest import Portal
from tests.journeys.person import PASSWORD, Person
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_minutes_before_the_end_the_person_is_asked_and_stays(
    chromium: Any, portal: Portal, house: House
) -> None:
    officer = Person(chromium, portal.url, house.officer)
    page = officer.page
    page.clock.install()
    officer.goto("/campaigns/")
    page.clock.fast_forward("27:00")
    assert page.locator(".session-ending").count() == 0
    page.clock.fast_forward("01:30")
    page.wait_for_selector(".session-ending")
    assert "signed out in two minutes" in page.inner_text(".session-ending")
    officer.judge()
    page.click(".session-ending button")
    page.wait_for_selector(".session-ending", state="detached")
    page.clock.fast_forward("28:30")
    page.wait_for_selector(".session-ending")
    page.clock.fast_forward("03:00")
    page.wait_for_function("document.querySelector('.session-ending button') === null")
    assert "Your session has ended" in page.inner_text(".session-ending")
    officer.judge()


def test_a_form_sent_too_late_is_sent_after_signing_in_again(
    chromium: Any, portal: Portal, house: House
) -> None:
    officer = Person(chromium, portal.url, house.officer)
    page = officer.page
    officer.goto("/campaigns/new/")
    page.fill("[name=title]", "Fake officers 假冒警察 <b>&</b>")
    user = User.objects.get(pk=house.officer.person_id)
    UserSession.objects.filter(user=user).update(last_seen_at=timezone.now() - timedelta(minutes=45))
    cache.clear()
    with page.expect_navigation(url="**/account/login/**"):
        page.click("main form button[type=submit] >> nth=0")
    officer.judge()
    assert "without activity" in officer.text()
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    officer.click("form:has([name=password]) button[type=submit]")
    officer.give_code()
    assert page.url.endswith("/account/sessions/kept/")
    officer.judge()
    assert not Campaign.objects.exists()
    officer.click("text=Send it now")
    assert page.url.endswith("/campaigns/new/"), "the form has more to ask for, and lost nothing"
    assert page.input_value("[name=title]") == "Fake officers 假冒警察 <b>&</b>"
