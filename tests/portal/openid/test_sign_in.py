"""Sign-in at an agency's own provider, a real one on a real port: who gets in, and with which factor."""

from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client as Browser
from django.urls import reverse

from portal.kernel.actor import Role
from portal.models import Agency, AuditEvent, Membership, SignInProvider, User
from tests.people import PASSWORD, House, make_person
from tests.portal.openid.provider import Provider
from tests.portal.openid.way import HOME, go, is_in, refused, sign_in


def test_an_officer_signs_in_at_the_agency_and_gives_the_portals_factor_on_top(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up()
    browser = Browser()
    answer = sign_in(browser, officer.email.upper())
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(browser)
    assert provider.asked[0]["code_challenge_method"] == "S256"
    assert provider.asked[0]["login_hint"] == officer.email
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid, linked.extra_data) == (officer, "s-1", {})
    assert AuditEvent.objects.filter(event="people.provider_linked", subject_id=str(officer.pk)).count() == 1


def test_a_factor_that_the_provider_vouches_for_spares_the_portals(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa", "hwk"])
    provider.person["amr"] = ["pwd", "hwk"]
    browser = Browser()
    assert sign_in(browser, officer.email)["Location"] == HOME
    assert is_in(browser)
    assert AuditEvent.objects.filter(event="people.signed_in", actor_id=str(officer.pk)).exists()


def test_a_class_that_the_provider_vouches_for_spares_it_too_and_is_asked_for(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(acr_values=["urn:high", "urn:higher"])
    provider.person["acr"] = "urn:higher"
    browser = Browser()
    assert sign_in(browser, officer.email)["Location"] == HOME
    assert provider.asked[0]["acr_values"] == "urn:high urn:higher"


@pytest.mark.parametrize(
    "claims", [{}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"amr": [["mfa"]]}, {"acr": ["mfa"]}]
)
def test_what_is_no_factor_spares_nothing(
    claims: dict[str, Any], set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person |= claims
    browser = Browser()
    assert sign_in(browser, officer.email)["Location"].startswith(reverse("mfa_authenticate"))


def test_a_factor_claimed_beside_the_signed_token_spares_nothing(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.beside = {"amr": ["mfa"]}
    assert sign_in(Browser(), officer.email)["Location"].startswith(reverse("mfa_authenticate"))


def test_a_vouched_factor_is_no_fresh_proof(
    set_up: Any, officer: User, provider: Provider, house: House
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    browser = Browser()
    sign_in(browser, officer.email)
    answer = browser.get(reverse("mfa_generate_recovery_codes"))
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))


def test_a_newcomer_enrols_a_factor_of_the_portal_without_typing_a_password(
    set_up: Any, officer: User, provider: Provider
) -> None:
    Authenticator.objects.filter(user=officer).delete()
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    browser = Browser()
    sign_in(browser, officer.email)
    assert browser.get(HOME)["Location"] == reverse("mfa_activate_totp")
    assert browser.get(reverse("mfa_activate_totp")).status_code == 200


def test_a_vouched_factor_does_not_linger_for_a_later_password_sign_in(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    browser = Browser()
    sign_in(browser, officer.email)
    browser.post(reverse("account_logout"))
    answer = browser.post(reverse("account_login"), {"login": officer.email, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(browser)


def test_the_second_time_the_subject_counts_and_not_the_address(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    sign_in(Browser(), officer.email)
    provider.person |= {"email": "renamed@elsewhere.example", "email_verified": False}
    browser = Browser()
    assert sign_in(browser, officer.email)["Location"] == HOME
    assert is_in(browser)
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@police.example"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": "officer@police.example.evil.example"},
        {"email": "officer@sub.police.example"},
        {"email": "officer@pоlice.example"},  # a Cyrillic o
        {"email": ""},
        {"email": ["officer@police.example"]},
        {"email": "reviewer@exchange.example"},
        {"email": "outsider@polisen.example"},
    ],
)
def test_whom_the_portal_does_not_know_is_refused(
    claims: dict[str, Any], set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person |= {"amr": ["mfa"]} | claims
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))
    assert not SocialAccount.objects.exists()


def test_a_provider_that_is_away_is_said_so_and_the_password_still_works(
    set_up: Any, officer: User, provider: Provider
) -> None:
    row = set_up()
    SignInProvider.objects.filter(pk=row.pk).update(issuer="http://127.0.0.1:9")
    browser = Browser()
    page = browser.post(reverse("account_agency"), {"email": officer.email})
    assert page.status_code == 422
    assert "does not answer" in page.content.decode()
    answer = browser.post(reverse("account_login"), {"login": officer.email, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))


def test_an_address_without_a_provider_is_told_so_whether_or_not_it_is_known(officer: User) -> None:
    pages = [
        Browser().post(reverse("account_agency"), {"email": email})
        for email in (officer.email, "nobody@police.example", "x@unheard.example")
    ]
    assert {page.status_code for page in pages} == {422}
    assert all("No agency signs in this way" in page.content.decode() for page in pages)


def test_the_domain_answers_alike_for_known_and_unknown_people(set_up: Any, officer: User) -> None:
    set_up()
    known = Browser().post(reverse("account_agency"), {"email": officer.email})
    unknown = Browser().post(reverse("account_agency"), {"email": "nobody@police.example"})
    assert known.status_code == unknown.status_code == 200


def test_too_many_tries_are_slowed(set_up: Any) -> None:
    browser = Browser()
    answers = [browser.post(reverse("account_agency"), {"email": "x@y.example"}) for _ in range(21)]
    assert [each.status_code for each in answers] == [422] * 20 + [429]


def test_next_leads_back_into_the_portal_and_nowhere_else(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    inside, outside = Browser(), Browser()
    assert inside.get(go(inside, officer.email, next="/campaigns/"))["Location"] == "/campaigns/"
    assert outside.get(go(outside, officer.email, next="https://evil.example/"))["Location"] == HOME


def test_where_the_provider_is_the_only_way_in_the_password_is_none(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"], is_required=True)
    browser = Browser()
    answer = browser.post(reverse("account_login"), {"login": officer.email, "password": PASSWORD})
    assert answer["Location"] == reverse("account_agency")
    assert not is_in(browser)
    assert browser.get(reverse("mfa_authenticate"))["Location"] == reverse("account_login")
    provider.person["amr"] = ["mfa"]
    assert sign_in(browser, officer.email)["Location"] == HOME


def test_whoever_left_or_whose_agency_is_suspended_does_not_get_in(
    set_up: Any, officer: User, provider: Provider, now: datetime, house: House
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    sign_in(Browser(), officer.email)
    Membership.objects.filter(user=officer).update(ended_at=now)
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


def test_a_suspended_agencys_provider_is_not_asked(set_up: Any, officer: User) -> None:
    row = set_up()
    Agency.objects.filter(pk=row.agency_id).update(status="suspended")
    page = Browser().post(reverse("account_agency"), {"email": officer.email})
    assert page.status_code == 422
    assert Browser().get(reverse("openid_connect_callback", args=[row.pk])).status_code == 404


def test_a_colleague_of_a_second_agency_with_a_shared_domain_stays_out(
    set_up: Any, house: House, provider: Provider, now: datetime
) -> None:
    """A provider speaks for its own agency's people, whatever address it vouches for."""
    set_up(amr_values=["mfa"])
    Agency.objects.filter(pk=house.other.pk).update(domains=["police.example"])
    foreign = make_person("foreign", Role.OFFICER, Agency.objects.get(pk=house.other.pk), now=now)
    user = User.objects.get(pk=foreign.person_id)
    provider.person = {"sub": "s-9", "email": user.email, "email_verified": True, "amr": ["mfa"]}
    browser = Browser()
    assert refused(browser, sign_in(browser, "someone@police.example"))
