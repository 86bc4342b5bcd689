"""The attacks: at the same instant, by other ways in, and behind the pages."""

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from campaigns.authoring import flows as authoring
from campaigns.delivery.edge import ACTIVE, Edge
from campaigns.delivery.follow import Follower
from campaigns.models import Campaign, Publication
from campaigns.review import flows as review
from casesupport.intake import flows as intake
from casesupport.lifecycle import OPEN
from casesupport.models import CaseRequest
from casesupport.triage import flows as triage
from portal.agencies.roster.invitations import flows as invitations
from portal.agencies.roster.invitations import links
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, NotVisible, PortalError, WrongState
from portal.models import User
from tests.campaigns import warnings
from tests.casesupport import cases
from tests.clients import make_client
from tests.people import PASSWORD, open_session
from tests.portal.standing.stopping import agency_reinstated, agency_suspended, person_suspended

pytestmark = pytest.mark.django_db(transaction=True)
HOME = reverse("home")


def ask(edge: Edge, key: str) -> int:
    got: list[int] = []
    request = {
        "PATH_INFO": ACTIVE, "REQUEST_METHOD": "GET", "QUERY_STRING": "region=HK",
        "HTTP_AUTHORIZATION": f"Bearer {key}",
    }  # fmt: skip
    b"".join(edge(request, lambda status, headers: got.append(int(status[:3]))))
    return got[0]


def soon(edge: Edge, key: str, status: int) -> float:
    """Seconds until the edge answers so."""
    began = time.monotonic()
    while time.monotonic() - began < 5:
        if ask(edge, key) == status:
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"never {status}")


def test_its_live_warnings_stop_within_a_second_and_come_back(house, now):
    key = make_client("withdrawals", ["campaigns:read"], now=now)[1]
    warnings.published(house, now)
    follower = Follower()
    edge = Edge(None, follower)
    try:
        soon(edge, key, 200)
        agency_suspended(house, now)
        assert soon(edge, key, 204) < 1
        agency_reinstated(house, now)
        assert soon(edge, key, 200) < 1
    finally:
        follower.stop()


@pytest.mark.parametrize("flow", ["submit", "create", "cosign"])
def test_never_an_open_request_of_a_suspended_agency_outside_quarantine(house, now, at_once, flow):
    """The officer's click and the suspension at the same instant: held, or refused."""
    for _ in range(3):
        if flow == "submit":
            request = cases.completed(house, now)

            def act(request: Any = request) -> Any:
                return intake.submit(request.pk, actor=house.officer, now=now, seen_revision=request.revision)

        elif flow == "cosign":
            request = cases.submitted(house, now, "freeze")

            def act(request: Any = request) -> Any:
                return intake.cosign(request.pk, actor=house.supervisor, now=now)

        else:

            def act() -> Any:
                return intake.create(
                    actor=house.officer, now=now, type="information", content=cases.content()
                )

        done, stopped = at_once(act, lambda: agency_suspended(house, now))
        assert not isinstance(stopped, Exception)
        assert not isinstance(done, Exception) or isinstance(done, PortalError)
        loose = CaseRequest.objects.filter(agency=house.ours, status__in=OPEN, quarantined_at=None)
        assert not loose.exists()
        agency_reinstated(house, now)


def test_never_a_draft_of_a_suspended_person_outside_quarantine(house, now, at_once):
    def write() -> Campaign:
        return authoring.create(
            actor=house.officer, now=now, audience=warnings.audience(now), text=warnings.text()
        )

    done, stopped = at_once(write, lambda: person_suspended(house, now))
    assert not isinstance(stopped, Exception)
    assert isinstance(done, Campaign | Forbidden)
    assert not Campaign.objects.filter(quarantined_at=None).exists()


def test_nothing_is_served_if_the_second_approval_meets_the_suspension(house, now, at_once):
    key = make_client("withdrawals", ["campaigns:read"], now=now)[1]
    version = warnings.approved_by_agency(house, now)
    done, stopped = at_once(
        lambda: review.approve(
            version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk, sha256=version.sha256
        ),
        lambda: agency_suspended(house, now, house.lead),
    )
    assert not isinstance(stopped, Exception)
    campaign = Campaign.objects.get()
    if isinstance(done, Exception):
        assert isinstance(done, WrongState)
        assert campaign.quarantined_at is not None
        assert not Publication.objects.exists()
    follower = Follower()
    try:
        assert soon(Edge(None, follower), key, 204) < 5
    finally:
        follower.stop()


def test_a_flow_that_began_before_the_suspension_finds_it(house, now):
    """The page was let through by the middleware; the act itself asks again."""
    person_suspended(house, now)
    with pytest.raises(Forbidden) as refused:
        intake.create(actor=house.officer, now=now, type="information", content=cases.content())
    assert refused.value.code == "no-standing"


def test_an_actor_with_a_role_that_is_no_longer_held_is_refused(house, now):
    with pytest.raises(Forbidden) as refused:
        authoring.create(
            actor=replace(house.officer, role=Role.SUPERVISOR),
            now=now, audience=warnings.audience(now), text=warnings.text(),
        )  # fmt: skip
    assert refused.value.code == "no-standing"


def test_a_session_opened_at_the_same_instant_opens_nothing(house, now, at_once):
    browsers = [Browser() for _ in range(3)]
    at_once(
        *[lambda each=each: open_session(each, house.officer) for each in browsers],
        lambda: agency_suspended(house, now),
    )
    assert {each.get(HOME).status_code for each in browsers} <= {302, 403}
    assert {each.get(HOME).status_code for each in browsers} == {302}


def sign_in(browser: Browser, user: User, secret: str, password: str = PASSWORD) -> Any:
    browser.post(reverse("account_login"), {"login": user.email, "password": password})
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    browser.post(reverse("mfa_authenticate"), {"code": code})
    return browser.get(HOME)


@pytest.mark.parametrize("stop", [agency_suspended, person_suspended])
def test_signing_in_again_opens_nothing(house, now, browser_of, stop):
    user = User.objects.get(pk=house.officer.person_id)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    stop(house, now)
    browser = Browser()
    assert sign_in(browser, user, secret).status_code == 403, "told why, after both proofs"
    assert browser.get(HOME)["Location"].startswith(reverse("account_login")), "and signed out with it"


def test_a_new_password_opens_nothing(house, now, browser_of):
    user = User.objects.get(pk=house.officer.person_id)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    person_suspended(house, now)
    user.refresh_from_db()
    user.set_password("another correct horse battery")
    user.save()
    browser = Browser()
    assert sign_in(browser, user, secret, "another correct horse battery").status_code == 403
    assert browser.get(HOME).status_code == 302
    user.refresh_from_db()
    assert user.session_epoch == 1


def test_an_invitation_into_a_suspended_agency_opens_nothing(house, now):
    given = {
        "actor": house.supervisor, "now": now, "email": "fresh@police.example", "name": "Fresh Officer",
        "role": Role.OFFICER, "agency_id": house.ours.pk, "language": "en",
    }  # fmt: skip
    invitation = invitations.invite(**given)
    token = links.new_token(invitation, now=now)
    agency_suspended(house, now)
    with suppress(PortalError):
        invitations.accept(token, actor=Actor.anonymous(), now=now, password="a long and unlikely password 7")
    fresh = User.objects.filter(email="fresh@police.example").first()
    assert fresh is None or actor_for(fresh) is None
    with pytest.raises(PortalError):
        invitations.invite(**given | {"email": "another@police.example"})


def test_the_colleague_of_a_suspended_supervisor_goes_on(house, now, browser_of):
    colleague = browser_of(house.officer)
    person_suspended(house, now, house.supervisor, house.reviewer)
    assert colleague.get(HOME).status_code == 200
    assert (
        authoring.create(
            actor=house.officer, now=now, audience=warnings.audience(now), text=warnings.text()
        ).quarantined_at
        is None
    )


def test_a_person_has_no_business_at_the_api_with_a_session(house, now, browser_of):
    browser = browser_of(house.officer)
    agency_suspended(house, now)
    assert browser.get(reverse("api:active") + "?region=HK").status_code == 401


POSTS = {
    "campaigns-withdraw": ("officer", {}),
    "campaigns-approve": ("reviewer", None),
    "campaigns-return": ("reviewer", {"reasons": ["generic"], "comment": "Name the group."}),
    "campaigns-reject": ("reviewer", {"reasons": ["generic"], "comment": "Name the group."}),
}


@pytest.mark.parametrize("name", POSTS)
def test_a_quarantined_campaign_moves_by_no_direct_post(house, now, browser_of, name):
    version = warnings.approved_by_agency(house, now)
    person_suspended(house, now, house.supervisor, house.lead)
    who, given = POSTS[name]
    seen = {"version": str(version.pk), "sha256": version.sha256}
    response = browser_of(getattr(house, who)).post(
        reverse(name, args=[version.campaign_id]), {**seen, **(given or {})}
    )
    assert response.status_code == 409
    assert Campaign.objects.get().status == "compliance_review"


@pytest.mark.parametrize("name", ["campaigns-edit", "campaigns-submit", "campaigns-review"])
def test_the_pages_that_would_begin_something_say_so(house, now, browser_of, name):
    version = warnings.submitted(house, now)
    person_suspended(house, now)
    actor = house.reviewer if name == "campaigns-review" else house.second_officer
    response = browser_of(actor).get(reverse(name, args=[version.campaign_id]))
    assert response.status_code == 409
    assert "quarantine" in response.content.decode()


def test_a_quarantined_draft_is_not_edited_submitted_or_answered(house, now):
    request = cases.completed(house, now)
    person_suspended(house, now)
    other = house.second_officer
    for act in (
        lambda: intake.edit(request.pk, actor=other, now=now, seen_revision=2, content=cases.content()),
        lambda: intake.submit(request.pk, actor=other, now=now, seen_revision=2),
        lambda: intake.withdraw(request.pk, actor=other, now=now, why="x"),
    ):
        with pytest.raises(WrongState) as refused:
            act()
        assert refused.value.code == "quarantined"


def test_a_quarantined_request_is_not_claimed_asked_or_decided(house, now):
    waiting, taken = cases.submitted(house, now), cases.claimed(house, now)
    person_suspended(house, now)
    for act in (
        lambda: triage.claim(waiting.pk, actor=house.analyst, now=now),
        lambda: triage.ask(taken.pk, actor=house.analyst, now=now, body="Which?"),
        lambda: triage.decide(taken.pk, actor=house.analyst, now=now, decisions=cases.decisions(taken)),
    ):
        with pytest.raises(WrongState) as refused:
            act()
        assert refused.value.code == "quarantined"


def test_recall_works_in_quarantine(house, now):
    version = warnings.published(house, now)
    authoring.revise(version.campaign_id, actor=house.officer, now=now)
    person_suspended(house, now)
    assert Campaign.objects.get().quarantined_at is not None
    assert review.recall(version.campaign_id, actor=house.reviewer, now=now, why="In doubt.")


@pytest.mark.parametrize("model", [Campaign, CaseRequest])
def test_postgresql_keeps_the_status_of_what_is_in_quarantine(house, now, model):
    thing = warnings.submitted(house, now).campaign if model is Campaign else cases.submitted(house, now)
    person_suspended(house, now)
    after = {"status": "draft", "in_review": None} if model is Campaign else {"status": "in_triage"}
    if model is CaseRequest:
        after["assigned_to_id"] = house.analyst.person_id
    for change in (after, after | {"quarantined_at": None}):
        with pytest.raises(Exception, match=r"[Cc]annot update"), transaction.atomic():
            model.objects.filter(pk=thing.pk).update(**change)


def test_an_outsider_finds_nothing_of_it(house, now, browser_of):
    draft = warnings.drafted(house, now)
    person_suspended(house, now)
    browser = browser_of(house.outsider)
    assert browser.get(reverse("campaigns-view", args=[draft.pk])).status_code == 404
    with pytest.raises(NotVisible):
        authoring.withdraw(draft.pk, actor=house.outsider, now=now)
