"""A person sees the own sessions and signs out one of them, or all others; nobody else's, only by POST."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.identity import flows
from portal.identity.people import actor_for
from portal.kernel.errors import NotVisible
from portal.models import AuditEvent, User
from tests.people import House
from tests.portal.identity.signing import CHROME, FIREFOX, HOME, LOGIN, events, new_app, signed_in

LIST = reverse("sessions-list")
OTHERS = reverse("sessions-end-others")

pytestmark = pytest.mark.django_db(transaction=True)


def address(browser: Browser) -> str:
    return reverse("sessions-end", args=[browser.session["trail"]])


def is_in(browser: Browser) -> bool:
    return browser.get(HOME).status_code == 200


@pytest.fixture
def here(officer: User, secret: str) -> Browser:
    browser = signed_in(officer, secret)
    assert is_in(browser)
    return browser


@pytest.fixture
def there(officer: User, secret: str) -> Browser:
    browser = signed_in(officer, secret, agent=CHROME)
    assert is_in(browser)
    return browser


def test_the_list_names_device_address_and_which_is_this_one(here: Browser, there: Browser) -> None:
    page = here.get(LIST).content.decode()
    assert "Firefox on Linux" in page
    assert "Chrome on Windows" in page
    assert page.index("This one") < page.index("Chrome on Windows"), "this one first"
    assert "127.0.0.1" in page
    assert "Mozilla" not in page, "what browsers call themselves is anybody's text"
    assert here.session.session_key not in page
    assert address(here) not in page
    assert address(there) in page


def test_one_other_session_is_signed_out(here: Browser, there: Browser, officer: User) -> None:
    trail = there.session["trail"]
    answer = here.post(address(there))
    assert answer["Location"] == LIST
    assert not is_in(there)
    assert is_in(here)
    act = AuditEvent.objects.get(event="people.session_ended")
    assert (act.subject_id, act.data) == (str(officer.pk), {"session": trail})
    assert act.session == here.session["trail"]
    assert "Chrome" not in here.get(LIST).content.decode()


def test_all_others_are_signed_out_and_this_one_goes_on(
    here: Browser, there: Browser, officer: User, secret: str
) -> None:
    third = signed_in(officer, secret)
    assert here.post(OTHERS)["Location"] == LIST
    assert [is_in(each) for each in (here, there, third)] == [True, False, False]
    assert AuditEvent.objects.get(event="people.sessions_ended").data == {"count": 2}
    assert here.post(OTHERS)["Location"] == LIST, "twice does no harm"


def test_another_persons_session_is_not_there(house: House, here: Browser) -> None:
    outsider = User.objects.get(pk=house.second_officer.person_id)
    theirs = signed_in(outsider, new_app(outsider))
    assert here.post(address(theirs)).status_code == 404
    assert is_in(theirs)
    here.post(OTHERS)
    assert is_in(theirs)


def test_the_own_session_is_ended_by_signing_out_and_twice_is_not_there(
    here: Browser, there: Browser
) -> None:
    assert here.post(address(here)).status_code == 409
    target = address(there)
    assert here.post(target).status_code == 302
    assert here.post(target).status_code == 404


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_a_post_ends_anything(here: Browser, there: Browser, method: str) -> None:
    for target in (address(there), OTHERS):
        assert getattr(here, method)(target).status_code == 405
    assert is_in(there)
    assert getattr(here, method)(reverse("account_logout")).status_code in (200, 405)
    assert is_in(here)


def test_a_forged_post_ends_nothing(here: Browser, there: Browser) -> None:
    careful = Browser(enforce_csrf_checks=True, headers={"user-agent": FIREFOX})
    careful.cookies = here.cookies
    for target in (address(there), OTHERS, reverse("sessions-disown"), reverse("account_logout")):
        assert careful.post(target).status_code == 403, target
    assert is_in(there)
    assert is_in(here)


def test_both_at_once_end_each_other_and_neither_fails(
    here: Browser, there: Browser, at_once: Any, officer: User
) -> None:
    answers = at_once(lambda: here.post(address(there)), lambda: there.post(address(here)))
    assert {answer.status_code for answer in answers} <= {302, 400, 403, 404}, answers
    assert sorted([is_in(here), is_in(there)]) in ([False, False], [False, True])


def test_the_list_costs_the_same_for_ten_sessions(
    here: Browser, officer: User, secret: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(9):
        signed_in(officer, secret)
    here.get(LIST)
    with django_assert_max_num_queries(8):
        assert here.get(LIST).content.decode().count("<tr>") == 11


def test_what_is_over_is_not_listed(here: Browser, there: Browser) -> None:
    row = UserSession.objects.get(user_agent=CHROME)
    UserSession.objects.filter(pk=row.pk).update(last_seen_at=row.last_seen_at.replace(year=2020))
    assert "Chrome" not in here.get(LIST).content.decode()


def test_changing_the_password_ends_every_session(here: Browser, there: Browser) -> None:
    from tests.people import PASSWORD

    new = "a quite different long password"
    answer = here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    assert not is_in(there)
    assert not is_in(here)
    assert not UserSession.objects.exists()
    assert "people.password_changed" in events()


def test_a_job_or_a_stranger_ends_nothing(house: House, officer: User) -> None:
    actor = actor_for(officer)
    assert actor is not None
    with pytest.raises(NotVisible):
        flows.end("0" * 16, actor=actor, now=timezone.now())
    assert Browser().post(OTHERS)["Location"] == LOGIN
    assert Browser().get(LIST)["Location"].startswith(LOGIN)


def test_the_key_is_a_new_one_after_a_proof_and_the_trail_the_same(
    here: Browser, officer: User, secret: str
) -> None:
    from tests.portal.identity.signing import PROVE, code

    before, trail = here.session.session_key, here.session["trail"]
    here.post(PROVE, {"code": code(secret)})
    assert here.session.session_key != before
    assert here.session["trail"] == trail
    thief = Browser(headers={"user-agent": FIREFOX})
    thief.cookies["portal_session"] = before
    assert not is_in(thief)
    assert is_in(here)
    assert UserSession.objects.filter(user=officer).count() == 1
