"""Who sets where an agency signs in, and what is refused."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client as Browser
from django.urls import reverse

from portal.identity.openid import flows
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded
from portal.models import AuditEvent, SignInProvider, User
from tests.people import PASSWORD, House, make_person
from tests.portal.openid.provider import CLIENT, SECRET, Provider, running
from tests.portal.openid.way import sign_in
from tests.portal.standing.stopping import person_suspended


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


def test_a_lead_suspended_meanwhile_sets_and_removes_nothing(
    set_up: Any, house: House, now: datetime, provider: Provider
) -> None:
    """Whose page was open when the suspension came: the actor says lead, the row says otherwise."""
    set_up()
    second = make_person("lead2", Role.COMPLIANCE_LEAD, None, now=now)
    person_suspended(house, now, who=house.lead, actor=second)
    given = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "is_required": True}
    with pytest.raises(Forbidden, match="Your access has ended"):
        flows.set_provider(house.ours.pk, actor=house.lead, now=now, **given)  # type: ignore[arg-type]
    with pytest.raises(Forbidden, match="Your access has ended"):
        flows.remove_provider(house.ours.pk, actor=house.lead, now=now, why="It moves.")
    assert not SignInProvider.objects.get().is_required
    assert AuditEvent.objects.filter(event__startswith="agencies.provider").count() == 1


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
