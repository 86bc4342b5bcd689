"""Every session of a person ends at once, listed or not, cached or not, and only if it is committed."""

import threading
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from portal.identity.sessions import end_all, end_all_of
from portal.models import User
from tests.people import House, open_session

HOME = reverse("home")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def user(house: House) -> User:
    return User.objects.get(pk=house.officer.person_id)


def opened(actor: Any) -> Browser:
    browser = Browser()
    open_session(browser, actor)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get(HOME).status_code == 200


def test_all_sessions_of_the_person_end_and_nobody_elses(house: House, user: User) -> None:
    browsers = [opened(house.officer) for _ in range(3)]
    bystander = opened(house.supervisor)
    assert all(is_in(each) for each in [*browsers, bystander])
    assert end_all(user) == 3
    assert not any(is_in(each) for each in browsers)
    assert is_in(bystander)
    assert not UserSession.objects.filter(user=user).exists()


def test_a_session_that_is_not_listed_yet_ends_too(house: House, user: User) -> None:
    fresh = opened(house.officer)
    UserSession.objects.filter(user=user).delete()
    assert end_all(user) == 0
    assert not is_in(fresh)


def test_a_session_that_only_the_cache_remembers_ends_too(house: House, user: User) -> None:
    browser = opened(house.officer)
    assert is_in(browser)
    Session.objects.all().delete()
    assert is_in(browser), "the cache still has it"
    UserSession.objects.filter(user=user).delete()
    end_all(user)
    assert not is_in(browser)


def test_a_transaction_that_is_rolled_back_ends_none(house: House, user: User) -> None:
    browser = opened(house.officer)
    assert is_in(browser)
    with transaction.atomic():
        end_all(user)
        transaction.set_rollback(True)
    assert is_in(browser)


def test_a_sign_in_that_read_the_person_before_the_commit_is_refused(house: House, user: User) -> None:
    browser = Browser()
    before = User.objects.get(pk=user.pk)
    end_all(user)
    browser.force_login(before)  # it goes on with what it read
    assert not is_in(browser)


def test_a_sign_in_at_the_same_instant_never_outlives_it(house: House, user: User, at_once: Any) -> None:
    browsers = [Browser() for _ in range(4)]
    began = threading.Event()

    def sign_in(browser: Browser) -> None:
        stale = User.objects.get(pk=user.pk)
        began.wait(5)
        browser.force_login(stale)

    def end() -> None:
        with transaction.atomic():
            end_all_of([user.pk])
            began.set()

    at_once(*[lambda each=each: sign_in(each) for each in browsers], end)
    epoch = User.objects.get(pk=user.pk).get_session_auth_hash()
    for browser in browsers:
        # Either it read the person after the commit, and then it is a new session, or it is refused.
        is_new = browser.session.get(HASH_SESSION_KEY) == epoch
        assert browser.get(HOME)["Location"].startswith(reverse("account_login")) is not is_new


def test_one_session_goes_on_where_the_person_asked_for_it(house: House, user: User) -> None:
    mine, other = opened(house.officer), opened(house.officer)
    assert is_in(mine)
    assert is_in(other)
    assert end_all(user, except_key=mine.session.session_key) == 1
    assert is_in(mine)
    assert not is_in(other)


def test_somebody_who_saves_an_old_copy_of_the_person_revives_nothing(house: House, user: User) -> None:
    browser = opened(house.officer)
    old = User.objects.get(pk=user.pk)
    end_all(user)
    old.name = "Officer Renamed"
    old.save()
    assert not is_in(browser)
    assert User.objects.get(pk=user.pk).session_epoch == 1
    connection.close()


def test_a_hundred_people_cost_as_much_as_one(house: House, django_assert_max_num_queries: Any) -> None:
    for actor in (house.officer, house.second_officer, house.supervisor):
        assert is_in(opened(actor))
    people = [actor.person_id for actor in (house.officer, house.second_officer, house.supervisor)]
    with django_assert_max_num_queries(12):
        assert end_all_of(people) == 3
