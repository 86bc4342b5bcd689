"""The pages around every account, drawn by the real views for a real person."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from portal.models import User
from tests.people import PASSWORD, House


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def enter(client: Client, house: House) -> None:
    """Through the door, as people do; before a second factor is set up the password is asked for again."""
    email = User.objects.get(pk=house.officer.person_id).email
    client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


@pytest.mark.parametrize("name", ["front", "account_login", "account_reset_password", "account_inactive"])
def test_a_stranger_sees_the_pages_before_the_door(client: Client, db: None, name: str) -> None:
    response = client.get(reverse(name))
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<h1") == 1
    assert 'lang="en" dir="ltr"' in html


def test_a_newcomer_is_shown_the_code_to_scan(client: Client, house: House) -> None:
    enter(client, house)
    response = client.get(reverse("mfa_activate_totp"))
    html = response.content.decode()
    assert response.status_code == 200
    assert 'src="data:image/svg+xml' in html
    assert 'id="authenticator_secret"' in html


@pytest.mark.parametrize(
    "name", ["account_change_password", "mfa_index", "mfa_list_webauthn", "sessions-list"]
)
def test_ones_own_account_pages_are_drawn(sign_in: Any, house: House, name: str) -> None:
    client = sign_in(house.officer)
    response = client.get(reverse(name))
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<h1") == 1
    assert "Officer" in html


def test_the_second_factor_is_asked_for(client: Client, house: House) -> None:
    user = User.objects.get(pk=house.officer.person_id)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)
    html = response.content.decode()
    assert response.redirect_chain[-1][0] == reverse("mfa_authenticate")
    assert 'autocomplete="one-time-code"' in html
    assert "mfa_webauthn_authenticate" in html


def test_a_wrong_password_keeps_what_was_typed(client: Client, house: House) -> None:
    email = User.objects.get(pk=house.officer.person_id).email
    html = client.post(reverse("account_login"), {"login": email, "password": "wrong"}).content.decode()
    assert "data-error-summary" in html
    assert f'value="{email}"' in html


def test_every_answer_carries_the_requests_id(client: Client, db: None) -> None:
    response = client.get("/nowhere/", headers={"X-Request-ID": "edge-0123456789"})
    assert response["X-Request-ID"] == "edge-0123456789"


def test_the_language_switch_is_a_post_that_comes_back(client: Client, db: None) -> None:
    response = client.post(reverse("set_language"), {"language": "zh-hant", "next": "/"})
    assert response.status_code == 302
    assert 'lang="zh-Hant"' in client.get("/").content.decode()


def test_a_reset_says_the_same_for_a_known_and_an_unknown_address(client: Client, house: House) -> None:
    email = User.objects.get(pk=house.officer.person_id).email
    known = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@police.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
