"""Sign-in at an agency's own provider, against a real one on a real port that can be told to lie."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import Any

import httpx
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client as Browser
from django.urls import reverse

from portal.demo import credentials
from portal.identity.openid import flows
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded
from portal.models import Agency, AuditEvent, Membership, SignInProvider, User
from tests.people import PASSWORD, House, make_person
from tests.portal.openid_provider import CLIENT, SECRET, Provider, key_pair, running

HOME = "/home/"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def set_up(house: House, provider: Provider, now: datetime) -> Callable[..., SignInProvider]:
    def set_up(**options: Any) -> SignInProvider:
        given: dict[str, Any] = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET}
        given |= options
        return flows.set_provider(house.ours.pk, actor=house.lead, now=now, **given)

    return set_up


@pytest.fixture
def officer(house: House, provider: Provider) -> User:
    """The officer, with a factor of the portal, and known to the provider."""
    user = User.objects.get(pk=house.officer.person_id)
    credentials.enrol(user, PASSWORD)
    provider.person = {"sub": "s-1", "email": user.email, "email_verified": True}
    return user


def go(browser: Browser, email: str, **data: str) -> str:
    """From our page to the provider and the address it sends the browser back to."""
    page = browser.post(reverse("account_agency"), {"email": email} | data)
    assert page.status_code == 200, page.content.decode()
    found = re.search(r'class="btn btn-primary" href="([^"]+)"', page.content.decode())
    assert found
    answer = httpx.get(unescape(found[1]))
    return "/" + answer.headers["Location"].split("/", 3)[3]


def sign_in(browser: Browser, email: str) -> Any:
    return browser.get(go(browser, email))


def is_in(browser: Browser) -> bool:
    return browser.get(HOME).status_code == 200


def refused(browser: Browser, answer: Any) -> bool:
    return (
        answer.status_code in (401, 403) and "Not signed in" in answer.content.decode() and not is_in(browser)
    )


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


def test_another_subject_with_a_linked_persons_address_is_refused_and_recorded(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    sign_in(Browser(), officer.email)
    provider.person["sub"] = "s-2"
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))
    event = AuditEvent.objects.get(event="people.provider_refused")
    assert event.data["problem"] == "other-subject"


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": ["portal", "another"]},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": "another than beside it"},
        {"sub": None},
    ],
)
def test_a_token_that_does_not_hold_is_refused(
    lies: dict[str, Any], set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    provider.lies = lies
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


def test_a_token_signed_by_another_key_is_refused(set_up: Any, officer: User, provider: Provider) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    provider.signing_key = key_pair()
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    browser, thief = Browser(), Browser()
    back = go(browser, officer.email)
    assert refused(thief, thief.get(back))
    assert browser.get(back)["Location"] == HOME
    browser.post(reverse("account_logout"))
    assert refused(browser, browser.get(back))


def test_a_stolen_code_is_worth_nothing_in_ones_own_sign_in(
    set_up: Any, officer: User, provider: Provider
) -> None:
    """The code of one sign-in, put into another: PKCE and the nonce are of another browser."""
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    victim, thief = Browser(), Browser()
    stolen = re.search(r"code=([^&]+)", go(victim, officer.email))
    assert stolen
    own = go(thief, officer.email)
    assert refused(thief, thief.get(re.sub(r"code=[^&]+", f"code={stolen[1]}", own)))


def test_a_token_endpoint_that_points_elsewhere_is_not_followed(
    set_up: Any, officer: User, provider: Provider
) -> None:
    set_up(amr_values=["mfa"])
    provider.redirect_tokens = True
    browser = Browser()
    assert refused(browser, sign_in(browser, officer.email))


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


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ({"issuer": "https://elsewhere.example"}, "another issuer"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"token_endpoint": "http://elsewhere.example/token"}, "without https"),
        ({"jwks_uri": ""}, "lacks an endpoint"),
    ],
)
def test_a_provider_too_weak_is_not_set(
    description: dict[str, Any], words: str, set_up: Any, provider: Provider
) -> None:
    provider.description = description
    with pytest.raises(Invalid, match=words):
        set_up()
    assert not SignInProvider.objects.exists()


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.police.example",
        "ftp://x",
        "https://",
        "https://a.example/?x=1",
        "https://u@a.example",
        "[",
        "",
    ],
)
def test_an_issuer_that_is_no_sound_address_is_refused(issuer: str, set_up: Any) -> None:
    with pytest.raises(Invalid):
        set_up(issuer=issuer)


def test_the_secret_rests_encrypted_is_never_shown_and_an_empty_one_keeps_it(
    set_up: Any, house: House, sign_in: Any
) -> None:
    first = set_up()
    assert SECRET not in first.client_secret
    kept = set_up(client_secret="", amr_values=["mfa"])
    assert (kept.pk, kept.client_secret) == (first.pk, first.client_secret)
    page = sign_in(house.lead).get(reverse("agencies-openid", args=[house.ours.pk]))
    assert SECRET not in page.content.decode()
    assert str(AuditEvent.objects.filter(event="agencies.provider_set").values("data")).count(SECRET) == 0


def test_another_client_needs_its_own_secret(set_up: Any) -> None:
    set_up()
    with pytest.raises(Invalid):
        set_up(client_id="another", client_secret="")


def test_another_issuer_unlinks_everybody(set_up: Any, officer: User, provider: Provider) -> None:
    set_up(amr_values=["mfa"])
    provider.person["amr"] = ["mfa"]
    sign_in(Browser(), officer.email)
    with running() as other:
        set_up(issuer=other.url)
    assert not SocialAccount.objects.exists()


def test_only_a_lead_with_a_fresh_factor_sets_or_removes_it(
    set_up: Any, house: House, now: datetime, provider: Provider
) -> None:
    set_up()
    given = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET}
    for who in (house.officer, house.supervisor, house.reviewer, house.analyst, house.auditor):
        with pytest.raises(Forbidden):
            flows.set_provider(house.ours.pk, actor=who, now=now, **given)  # type: ignore[arg-type]
    stale = replace(house.lead, is_fresh=False)
    with pytest.raises(ProofNeeded):
        flows.set_provider(house.ours.pk, actor=stale, now=now, **given)  # type: ignore[arg-type]
    with pytest.raises(ProofNeeded):
        flows.remove_provider(house.ours.pk, actor=stale, now=now, why="test")
    with pytest.raises(NotVisible):
        flows.remove_provider(house.other.pk, actor=house.lead, now=now, why="test")


def test_removing_it_is_recorded_with_its_reason_and_ends_the_way_in(
    set_up: Any, house: House, officer: User, now: datetime
) -> None:
    set_up(is_required=True)
    with pytest.raises(Invalid):
        flows.remove_provider(house.ours.pk, actor=house.lead, now=now, why=" ")
    flows.remove_provider(house.ours.pk, actor=house.lead, now=now, why="The provider moves.")
    event = AuditEvent.objects.filter(event="agencies.provider_removed").get()
    assert event.why == "The provider moves."
    answer = Browser().post(reverse("account_login"), {"login": officer.email, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))


def test_the_page_sets_it_keeps_what_was_typed_and_says_what_is_wrong(
    house: House, provider: Provider, sign_in: Any
) -> None:
    browser = sign_in(house.lead)
    url = reverse("agencies-openid", args=[house.ours.pk])
    wrong = browser.post(
        url, {"issuer": provider.url + "/nowhere", "client_id": CLIENT, "client_secret": SECRET}
    )
    assert wrong.status_code == 422
    assert provider.url + "/nowhere" in wrong.content.decode()
    right = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "amr_values": "mfa, hwk"}
    assert browser.post(url, right).status_code == 302
    assert SignInProvider.objects.get().amr_values == ["mfa", "hwk"]
    page = browser.get(url).content.decode()
    assert reverse("openid_connect_callback", args=[SignInProvider.objects.get().pk]) in page


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
    assert refused(browser, sign_in_at(browser, "someone@police.example"))


def sign_in_at(browser: Browser, email: str) -> Any:
    return browser.get(go(browser, email))
