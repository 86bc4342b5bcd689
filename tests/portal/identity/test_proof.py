"""An act that needs a fresh second factor: set aside whole, done once, by the same person, and only then."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Version
from portal.identity import proof
from portal.models import AuditEvent, User
from tests.campaigns.warnings import approved_by_agency
from tests.people import PASSWORD, House
from tests.portal.identity.conftest import Clock
from tests.portal.identity.signing import (
    FIREFOX,
    HOME,
    LOGIN,
    PROVE,
    aged,
    code,
    events,
    new_app,
    signed_in,
    used_codes_forgotten,
    with_password,
)

COMMENT = 'Geprüft – 已核對 ‏שלום‏ & <b>bold</b> "quotes" + plus % ; 🛡'


@pytest.fixture
def reviewer(house: House) -> User:
    return User.objects.get(pk=house.reviewer.person_id)


@pytest.fixture
def phone(reviewer: User) -> str:
    return new_app(reviewer)


@pytest.fixture
def version(house: House, now: datetime) -> Version:
    return approved_by_agency(house, now)


@pytest.fixture
def stale(reviewer: User, phone: str) -> Browser:
    """Signed in with both factors, ten minutes ago."""
    return aged(signed_in(reviewer, phone))


def address(version: Version) -> str:
    return reverse("campaigns-approve", args=[version.campaign_id])


def approve(browser: Browser, version: Version, **more: str) -> Any:
    form = {"version": str(version.pk), "sha256": version.sha256, "comment": COMMENT, **more}
    page = reverse("campaigns-review", args=[version.campaign_id])
    return browser.post(address(version), form, headers={"referer": f"http://testserver{page}"})


def prove(browser: Browser, answer: Any, given: str) -> Any:
    """Give the code on the page that asked for it; a browser then sends the form on where it is told to."""
    following = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    return browser.post(PROVE, {"code": given, "next": following})


def sent_on(browser: Browser, redirected: Any, given: str, following: str) -> Any:
    assert redirected.status_code == 307
    return browser.post(redirected["Location"], {"code": given, "next": following})


def approvals() -> Any:
    return AuditEvent.objects.filter(event="campaigns.approved").order_by("seq")


def test_the_act_waits_for_the_factor_and_is_then_done_with_everything_typed(
    stale: Browser, version: Version, phone: str
) -> None:
    asked = approve(stale, version)
    assert asked.status_code == 302
    assert asked["Location"].startswith(PROVE)
    assert approvals().count() == 1, "the agency's own"
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    assert f'name="next" value="{following}"' in stale.get(asked["Location"]).content.decode()
    done = sent_on(stale, prove(stale, asked, given), given, following)
    assert done.status_code == 302
    assert done["Location"] == reverse("campaigns-view", args=[version.campaign_id])
    act = approvals().last()
    assert act.why == COMMENT
    assert act.actor_label.startswith("Reviewer")
    trail = stale.session["trail"]
    assert act.session == trail
    assert "people.proved" in events()
    proved = AuditEvent.objects.get(event="people.proved")
    assert proved.session == trail, "one session, though its key is new"


def test_it_is_done_in_one_go_for_a_browser(stale: Browser, version: Version, phone: str) -> None:
    asked = approve(stale, version)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    last = stale.post(PROVE, {"code": code(phone), "next": following}, follow=True)
    assert [status for _, status in last.redirect_chain] == [307, 302]
    assert last.status_code == 200
    assert approvals().count() == 2


def test_it_is_done_once_however_often_it_is_sent(stale: Browser, version: Version, phone: str) -> None:
    asked = approve(stale, version)
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    told = prove(stale, asked, given)
    sent_on(stale, told, given, following)
    # Reload of the last page, then the back button and the same code page again.
    again = stale.post(told["Location"], {"code": given, "next": following})
    assert again.status_code == 302
    assert again["Location"] == following
    back = stale.get(following)
    assert back["Location"] == reverse("campaigns-review", args=[version.campaign_id])
    used_codes_forgotten()
    assert stale.post(PROVE, {"code": code(phone), "next": following})["Location"] == following
    assert approvals().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_do_it_once(
    reviewer: User, phone: str, version: Version, at_once: Any
) -> None:
    browser = aged(signed_in(reviewer, phone))
    asked = approve(browser, version)
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    told = prove(browser, asked, given)
    twins = [Browser(headers={"user-agent": FIREFOX}), Browser(headers={"user-agent": FIREFOX})]
    for twin in twins:
        twin.cookies = browser.cookies.copy()
    answers = at_once(
        *[lambda twin=twin: twin.post(told["Location"], {"code": given, "next": following}) for twin in twins]
    )
    targets = sorted(answer["Location"] for answer in answers)
    assert targets == sorted([following, reverse("campaigns-view", args=[version.campaign_id])])
    assert approvals().count() == 2
    connection.close()


def test_a_wrong_code_loses_nothing(stale: Browser, version: Version, phone: str) -> None:
    asked = approve(stale, version)
    wrong = prove(stale, asked, code(phone, steps=-20))
    assert wrong.status_code == 200
    assert approvals().count() == 1
    given = code(phone)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    sent_on(stale, prove(stale, asked, given), given, following)
    assert approvals().last().why == COMMENT


def test_two_acts_that_wait_are_not_mistaken_for_each_other(
    stale: Browser, house: House, now: datetime, phone: str
) -> None:
    first, second = approved_by_agency(house, now), approved_by_agency(house, now)
    asked, asked_later = approve(stale, first), approve(stale, second)
    assert asked_later["Location"] != asked["Location"]
    assert prove(stale, asked, code(phone))["Location"] == address(first)


def test_an_abandoned_act_is_not_done_by_a_later_proof(stale: Browser, version: Version, phone: str) -> None:
    approve(stale, version)
    later = stale.post(PROVE, {"code": code(phone), "next": HOME})
    assert (later.status_code, later["Location"]) == (302, HOME)
    assert approvals().count() == 1


def test_it_waits_ten_minutes_at_most(stale: Browser, version: Version, phone: str, clock: Clock) -> None:
    asked = approve(stale, version)
    clock.pass_by(minutes=11)
    given = code(phone)
    answer = prove(stale, asked, given)
    assert answer.status_code == 302
    assert approvals().count() == 1
    assert "waited too long" in stale.get(answer["Location"], follow=True).content.decode()


def test_a_password_never_satisfies(stale: Browser, version: Version) -> None:
    asked = approve(stale, version)
    following = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    by_password = stale.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": following})
    assert by_password["Location"].startswith(PROVE)
    assert approvals().count() == 1
    assert approve(stale, version)["Location"].startswith(PROVE)


def test_the_next_address_cannot_leave_the_site(stale: Browser, phone: str) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        answer = stale.post(PROVE, {"code": code(phone), "next": target})
        assert answer["Location"] == HOME, target
        used_codes_forgotten()


def test_a_forged_referer_leads_home(stale: Browser, version: Version) -> None:
    for referer in (
        "https://evil.example/x",
        "http://testserver.evil.example/",
        "nonsense",
        f"http://testserver{PROVE}",
    ):
        form = {"version": str(version.pk), "sha256": version.sha256}
        stale.post(address(version), form, headers={"referer": referer})
    assert {each["back"] for each in stale.session[proof.SET_ASIDE].values()} == {HOME}


def test_nobody_else_goes_on_with_it(house: House, stale: Browser, version: Version) -> None:
    """On a shared desktop the lead signs in after the reviewer: same browser, same cookie jar."""
    asked = approve(stale, version)
    lead = User.objects.get(pk=house.lead.person_id)
    phone = new_app(lead)
    kept = stale.session[proof.SET_ASIDE]
    stale.post(reverse("account_logout"))
    with_password(stale, lead)
    stale.post(reverse("mfa_authenticate"), {"code": code(phone)})
    used_codes_forgotten()
    assert proof.SET_ASIDE not in stale.session
    # Even if the session had kept it: it is sealed for another person.
    session = stale.session
    session[proof.SET_ASIDE] = kept
    session.save()
    answer = prove(aged(stale), asked, code(phone))
    assert answer.status_code == 302
    assert approvals().count() == 1


def test_what_waits_is_sealed(stale: Browser, version: Version) -> None:
    approve(stale, version)
    kept = str(dict(stale.session))
    assert "Gepr" not in kept
    assert version.sha256 not in kept


def test_too_many_waiting_acts_push_out_the_oldest(stale: Browser, version: Version) -> None:
    numbers = []
    for _ in range(proof.SET_ASIDE_MAX + 2):
        approve(stale, version)
        numbers.append(list(stale.session[proof.SET_ASIDE])[-1])
    assert list(stale.session[proof.SET_ASIDE]) == numbers[2:]


def test_htmx_is_told_to_go_to_the_page(stale: Browser, version: Version) -> None:
    answer = stale.post(
        address(version),
        {"version": str(version.pk), "sha256": version.sha256},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200
    assert answer["HX-Redirect"].startswith(PROVE)


def test_files_cannot_wait_and_the_person_is_told_and_keeps_the_text(
    stale: Browser, version: Version
) -> None:
    answer = stale.post(
        address(version),
        {
            "version": str(version.pk),
            "sha256": version.sha256,
            "comment": COMMENT,
            "paper": SimpleUploadedFile("a.pdf", b"%PDF-1.7"),
            "csrfmiddlewaretoken": "t0ken",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Nothing was done" in page
    assert "已核對" in page
    assert "&lt;b&gt;bold" in page
    assert "t0ken" not in page
    assert proof.SET_ASIDE not in stale.session


def test_a_page_that_needs_the_proof_is_shown_after_it(
    stale: Browser, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.access import permissions

    monkeypatch.setattr(permissions, "_proven", permissions._proven | {"portal.home"})
    for method in (stale.get, stale.head):
        asked = method(HOME + "?page=2")
        assert asked["Location"].startswith(PROVE)
    given = code(phone)
    answer = prove(stale, asked, given)
    assert (answer.status_code, answer["Location"]) == (302, HOME + "?page=2")
    assert stale.get(HOME).status_code == 200


def test_right_after_signing_in_nothing_is_asked(reviewer: User, phone: str, version: Version) -> None:
    assert approve(signed_in(reviewer, phone), version)["Location"] == reverse(
        "campaigns-view", args=[version.campaign_id]
    )


@pytest.mark.parametrize(("minutes", "asks"), [(4.9, False), (5.1, True)])
def test_the_proof_is_fresh_for_five_minutes(
    reviewer: User, phone: str, version: Version, minutes: float, asks: bool
) -> None:
    answer = approve(aged(signed_in(reviewer, phone), minutes), version)
    assert answer["Location"].startswith(PROVE) is asks


def test_a_record_from_the_future_is_not_fresh_for_long(reviewer: User, phone: str, version: Version) -> None:
    """The server's clock was ahead, and was put right."""
    assert approve(aged(signed_in(reviewer, phone), minutes=-60), version)["Location"].startswith(PROVE)


def test_a_reset_password_proves_nothing(reviewer: User, phone: str, version: Version) -> None:
    reviewer.set_password("another long password")
    reviewer.save()
    browser = Browser()
    with_password(browser, reviewer, "another long password")
    assert approve(browser, version).status_code == 403
    assert browser.get(HOME)["Location"].startswith(LOGIN)
    assert approvals().count() == 1


def test_a_post_that_names_a_waiting_act_of_nobody_does_nothing(stale: Browser, version: Version) -> None:
    made_up = reverse("proof-waiting", args=["made-up"])
    answer = stale.post(address(version), {"next": made_up, "version": str(version.pk)})
    assert answer["Location"] == made_up
    assert stale.get(made_up)["Location"] == HOME


def test_without_a_factor_that_counts_there_is_an_answer_and_no_circle(
    reviewer: User, version: Version, house: House
) -> None:
    from tests.people import open_session

    browser = Browser()
    open_session(browser, house.reviewer, proved=False)
    answer = approve(browser, version)
    assert answer.status_code == 403
    assert "Set one up" in answer.content.decode()


def test_the_middleware_leaves_other_errors_alone(rf: Any) -> None:
    middleware = proof.ProofMiddleware(lambda request: HttpResponse())
    request: HttpRequest = rf.get("/")
    assert middleware.process_exception(request, ValueError()) is None
