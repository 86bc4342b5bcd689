"""A session ends by the server's clock: idle, too old, or in another browser; what was being sent is kept."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign
from portal.identity import limits
from portal.identity.keeping import kept
from portal.models import AuditEvent, User
from tests.people import House
from tests.portal.identity.conftest import Clock
from tests.portal.identity.signing import (
    CHROME,
    FIREFOX,
    HOME,
    LOGIN,
    SECOND,
    code,
    events,
    left_alone,
    new_app,
    signed_in,
    used_codes_forgotten,
    with_password,
)

KEPT = reverse("sessions-kept")


@pytest.fixture
def browser(officer: User, secret: str) -> Browser:
    return signed_in(officer, secret)


def again(browser: Browser, user: User, secret: str) -> Any:
    with_password(browser, user)
    answer = browser.post(SECOND, {"code": code(secret)}, follow=True)
    used_codes_forgotten()
    return answer


@pytest.mark.parametrize(("minutes", "is_in"), [(29, True), (30, True), (31.5, False), (600, False)])
def test_half_an_hour_without_a_page_ends_it(
    browser: Browser, clock: Clock, minutes: float, is_in: bool
) -> None:
    assert browser.get(HOME).status_code == 200
    clock.pass_by(minutes=minutes)
    answer = browser.get(HOME + "?q=1")
    if is_in:
        assert answer.status_code == 200
        return
    assert answer["Location"] == f"{LOGIN}?next=/home/%3Fq%3D1"
    assert "after 30 minutes without activity" in browser.get(answer["Location"]).content.decode()
    assert events()[-1] == "people.session_expired"
    assert AuditEvent.objects.get(event="people.session_expired").data == {"limit": "idle"}


def test_pages_keep_it_alive_but_for_twelve_hours_in_all(browser: Browser, clock: Clock) -> None:
    for _ in range(12 * 3 - 1):
        clock.pass_by(minutes=20)
        assert browser.get(HOME).status_code == 200
    clock.pass_by(minutes=21)
    answer = browser.get(HOME)
    assert answer["Location"].startswith(LOGIN)
    assert "12 hours at most" in browser.get(answer["Location"]).content.decode()
    assert AuditEvent.objects.get(event="people.session_expired").data == {"limit": "absolute"}


def test_asking_to_stay_counts_as_activity(browser: Browser, clock: Clock) -> None:
    page = browser.get(HOME).content.decode()
    assert 'data-idle-seconds="1800"' in page
    for _ in range(3):
        clock.pass_by(minutes=28)
        assert browser.get(reverse("sessions-alive")).status_code == 204
    clock.pass_by(minutes=45)
    assert browser.get(reverse("sessions-alive")).status_code == 302
    assert "data-idle-seconds" not in browser.get(LOGIN).content.decode()


def test_the_cookie_is_not_what_decides(browser: Browser, clock: Clock) -> None:
    browser.get(HOME)
    key = browser.session.session_key
    clock.pass_by(minutes=40)
    stolen = Browser(headers={"user-agent": FIREFOX})
    stolen.cookies[settings.SESSION_COOKIE_NAME] = key
    assert stolen.get(HOME)["Location"].startswith(LOGIN)
    assert browser.get(HOME)["Location"].startswith(LOGIN), "gone, not only refused"


def test_the_list_judges_where_the_cache_has_forgotten(browser: Browser) -> None:
    browser.get(HOME)
    cache.clear()
    assert browser.get(HOME).status_code == 200
    cache.clear()
    row = UserSession.objects.get()
    row.last_seen_at = row.last_seen_at.replace(year=row.last_seen_at.year - 1)
    row.save()
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_a_page_within_the_minute_writes_nothing(browser: Browser) -> None:
    browser.get(HOME)
    with CaptureQueriesContext(connection) as counted:
        browser.get(HOME)
    assert not [each["sql"] for each in counted if each["sql"].split()[0] in ("INSERT", "UPDATE")]
    assert not [each["sql"] for each in counted if "usersessions" in each["sql"]]


def test_a_form_sent_too_late_is_kept_and_sent_again_by_hand(
    house: House, officer: User, secret: str, browser: Browser
) -> None:
    browser.get(HOME)
    left_alone(browser)
    form = {"title": "Fake “police” calls 假冒警察", "regions": ["HK"], "password": "never shown"}
    answer = browser.post(reverse("campaigns-create"), form)
    assert answer["Location"] == f"{LOGIN}?next={KEPT}"
    assert "假冒" not in str(dict(browser.session)), "sealed"
    with_password(browser, officer)
    browser.post(SECOND, {"code": code(secret)})
    page = browser.get(KEPT).content.decode()
    assert "假冒警察" in page
    assert f'action="{reverse("campaigns-create")}"' in page
    assert '<input type="hidden" name="regions" value="HK">' in page
    assert not Campaign.objects.exists(), "nothing is done before the person sends it"


def test_signing_in_again_leads_to_the_kept_form(officer: User, secret: str, browser: Browser) -> None:
    browser.get(HOME)
    left_alone(browser)
    target = browser.post(reverse("campaigns-create"), {"title": "Kept"})["Location"]
    login = browser.post(
        target, {"login": officer.email, "password": "correct horse battery staple", "next": KEPT}
    )
    assert login.status_code == 302
    page = browser.post(login["Location"], {"code": code(secret)}, follow=True)
    assert page.redirect_chain[-1][0] == KEPT
    assert "Send it now" in page.content.decode()


def test_the_next_person_at_the_desk_does_not_find_it(house: House, browser: Browser) -> None:
    browser.get(HOME)
    left_alone(browser)
    browser.post(reverse("campaigns-create"), {"title": "Secret of the officer"})
    supervisor = User.objects.get(pk=house.supervisor.person_id)
    again(browser, supervisor, new_app(supervisor))
    answer = browser.get(KEPT)
    assert answer["Location"] == HOME
    assert limits.KEPT not in browser.session


def test_it_is_kept_for_an_hour(officer: User, secret: str, browser: Browser, clock: Clock) -> None:
    browser.get(HOME)
    clock.pass_by(minutes=45)
    browser.post(reverse("campaigns-create"), {"title": "Kept"})
    sealed, person = browser.session[limits.KEPT], str(officer.pk)
    assert kept(sealed, person_id=person, seconds=limits.KEPT_SECONDS)
    clock.pass_by(minutes=61)
    assert kept(sealed, person_id=person, seconds=limits.KEPT_SECONDS) is None
    assert kept("gAAAAAnonsense", person_id=person, seconds=60) is None


def test_a_forged_form_is_not_kept(officer: User, secret: str, clock: Clock) -> None:
    """The token is judged before anything is kept."""
    browser = signed_in(officer, secret)
    browser.get(HOME)
    careful = Browser(enforce_csrf_checks=True, headers={"user-agent": FIREFOX})
    careful.cookies = browser.cookies
    clock.pass_by(minutes=45)
    assert careful.post(reverse("campaigns-create"), {"title": "Forged"}).status_code == 403
    assert limits.KEPT not in careful.session


def test_a_form_of_a_session_that_was_ended_shows_what_was_typed(browser: Browser, officer: User) -> None:
    browser.get(HOME)
    UserSession.objects.get().end()
    answer = browser.post(
        reverse("campaigns-create"),
        {
            "title": "<script>x</script> 詐騙",
            "body_zh_hant": "x" * 5000,
            "tips-TOTAL_FORMS": "977",
            "password": "geheim",
            "csrfmiddlewaretoken": "t0ken",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Nothing was done" in page
    assert "&lt;script&gt;x" in page
    assert "詐騙" in page
    assert "body zh hant" in page
    assert "x" * 5000 in page
    assert "977" not in page
    assert "geheim" not in page
    assert "t0ken" not in page


def test_a_copied_cookie_in_another_browser_ends_the_session(browser: Browser) -> None:
    browser.get(HOME)
    thief = Browser(headers={"user-agent": CHROME})
    thief.cookies[settings.SESSION_COOKIE_NAME] = browser.session.session_key
    answer = thief.get(HOME)
    assert answer["Location"].startswith(LOGIN)
    assert browser.get(HOME)["Location"].startswith(LOGIN)
    act = AuditEvent.objects.get(event="people.session_expired")
    assert act.data == {"limit": "browser", "browser": ["Chrome", "Windows"]}


def test_a_newer_version_of_the_same_browser_goes_on(browser: Browser) -> None:
    browser.get(HOME)
    updated = FIREFOX.replace("140", "141")
    assert browser.get(HOME, headers={"user-agent": updated}).status_code == 200
    assert UserSession.objects.get().user_agent == updated


def test_another_address_is_noticed_and_goes_on(browser: Browser) -> None:
    browser.get(HOME)
    assert browser.get(HOME, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert UserSession.objects.get().ip == "203.0.113.9"


@pytest.mark.django_db(transaction=True)
def test_two_requests_that_find_the_same_end_write_it_down_once(
    officer: User, secret: str, clock: Clock, at_once: Any
) -> None:
    browser = signed_in(officer, secret)
    browser.get(HOME)
    twins = [Browser(headers={"user-agent": FIREFOX}) for _ in range(2)]
    for twin in twins:
        twin.cookies = browser.cookies.copy()
    clock.pass_by(minutes=45)
    answers = at_once(*[lambda twin=twin: twin.get(HOME) for twin in twins])
    assert [answer.status_code for answer in answers] == [302, 302], answers
    assert events().count("people.session_expired") == 1
    connection.close()


def test_the_page_after_signing_in_again_is_the_one_that_was_asked_for(
    officer: User, secret: str, browser: Browser, clock: Clock
) -> None:
    browser.get(HOME)
    clock.pass_by(minutes=45)
    asked = browser.get(reverse("campaigns-list") + "?q=police")
    login = browser.post(
        asked["Location"],
        {
            "login": officer.email,
            "password": "correct horse battery staple",
            "next": reverse("campaigns-list") + "?q=police",
        },
    )
    done = browser.post(login["Location"], {"code": code(secret)})
    assert done["Location"] == reverse("campaigns-list") + "?q=police"
