"""An act that waits for its proof, attacked: by others, from outside, with files, with clocks."""
# ruff: noqa: F811 - fixtures of another module, asked for by name

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Version
from portal.identity import proof
from portal.models import User
from tests.people import House
from tests.portal.identity.signing import (
    HOME,
    LOGIN,
    PROVE,
    aged,
    code,
    new_app,
    signed_in,
    used_codes_forgotten,
    with_password,
)
from tests.portal.identity.test_proof import (  # noqa: F401 - fixtures
    COMMENT,
    address,
    approvals,
    approve,
    phone,
    prove,
    reviewer,
    stale,
    version,
)


def test_a_forged_referer_leads_home(stale: Browser, version: Version) -> None:
    for referer in (
        "https://evil.example/x",
        "http://testserver.evil.example/",
        "http://testserver//evil.example/x",
        "http://testserver/\\evil.example/x",
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
