"""Attacks on the roster: by those whose word no longer counts, by old pages, by hostile text."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.agencies.roster.attestation.flows import attest
from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.invitations import flows as invitations
from portal.agencies.roster.invitations import links
from portal.agencies.roster.invitations.tasks import mail_invitation
from portal.agencies.roster.roles import flows as roles
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible, PortalError, WrongState
from portal.models import AuditEvent, Invitation, Membership, User
from tests.people import PASSWORD, House, open_session
from tests.portal.roster.conftest import Seconds, membership_of
from tests.portal.test_sign_in import CODE, HOME, LOGIN, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
TERM = timedelta(days=settings.ATTESTATION_DAYS)
LIST = reverse("roster-list")


def browser_of(actor: Actor) -> Browser:
    browser = Browser()
    open_session(browser, actor)
    return browser


def demoted(who: Actor, house: House, seconds: Seconds, now: Any) -> Membership:
    """A supervisor of ours whom two others made an officer."""
    change = roles.propose_role(
        membership_of(who).pk, actor=seconds.supervisor, now=now, role=Role.OFFICER, why="Moved."
    )
    return roles.confirm_role(change.pk, actor=house.lead, now=now)


# --- whose word no longer counts --------------------------------------------------------------------


def test_the_invitations_of_who_keeps_the_roster_no_more_let_nobody_in(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any
) -> None:
    token = handed(invited())
    waiting = invited(role=Role.SUPERVISOR, email="boss@police.example")
    confirmed = invited(actor=house.reviewer, role=Role.SUPERVISOR, email="third@police.example")
    invitations.confirm_invitation(confirmed.pk, actor=house.supervisor, now=now)
    seconded = handed(confirmed)
    demoted(house.supervisor, house, seconds, now)
    for each in (token, seconded):
        assert links.invitation_for(each, now) is None
        with pytest.raises(NotVisible):
            invitations.accept(each, actor=Actor.anonymous(), now=now, password=PASSWORD)
    with pytest.raises(WrongState):
        invitations.confirm_invitation(waiting.pk, actor=house.lead, now=now)
    mail_invitation(str(waiting.pk))
    assert mail.outbox == []


def test_what_who_keeps_the_roster_no_more_proposed_is_declined_only(
    house: House, seconds: Seconds, now: Any
) -> None:
    change = roles.propose_role(
        membership_of(house.officer).pk, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="x"
    )
    demoted(house.supervisor, house, seconds, now)
    with pytest.raises(WrongState):
        roles.confirm_role(change.pk, actor=seconds.supervisor, now=now)
    roles.decline_role(change.pk, actor=seconds.supervisor, now=now)


def test_what_compliance_signed_for_an_agency_counts_while_they_are_of_compliance(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any
) -> None:
    token = handed(invited(actor=house.reviewer))
    change = roles.propose_role(
        membership_of(house.reviewer).pk, actor=house.lead, now=now, role=Role.COMPLIANCE_LEAD, why="x"
    )
    roles.confirm_role(change.pk, actor=seconds.lead, now=now)
    assert links.invitation_for(token, now) is not None, "a lead keeps rosters too"
    change = roles.propose_role(
        membership_of(house.reviewer).pk, actor=house.lead, now=now, role=Role.CASE_ANALYST, why="x"
    )
    roles.confirm_role(change.pk, actor=seconds.lead, now=now)
    assert links.invitation_for(token, now) is None


def test_an_old_page_of_a_supervisor_who_was_demoted_does_nothing(
    house: House, seconds: Seconds, now: Any
) -> None:
    """The actor was made by the middleware before the demotion was committed."""
    before = house.supervisor
    demoted(before, house, seconds, now)
    officer = membership_of(house.officer)
    for act in (
        lambda: depart(officer.pk, actor=before, now=now, why="x"),
        lambda: attest([officer.pk], actor=before, now=now),
        lambda: roles.propose_role(officer.pk, actor=before, now=now, role=Role.SUPERVISOR, why="x"),
        lambda: invitations.invite(
            actor=before, now=now, email="n@police.example", name="N", role="officer", agency_id=house.ours.pk
        ),
    ):
        with pytest.raises(PortalError) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (403, "no-standing")


# --- departures -------------------------------------------------------------------------------------


def test_who_leaves_between_the_password_and_the_code_does_not_get_in(house: House, now: Any) -> None:
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(pk=house.officer.person_id), secret)
    browser = Browser()
    assert browser.post(LOGIN, {"login": "officer@police.example", "password": PASSWORD})["Location"] == CODE
    depart(membership_of(house.officer).pk, actor=house.supervisor, now=now, why="Left.")
    browser.post(CODE, {"code": code(secret)})
    assert browser.get(HOME)["Location"].startswith(LOGIN)


def test_a_departure_says_what_it_ended(house: House, seconds: Seconds, now: Any, invited: Any) -> None:
    invited()
    about = roles.propose_role(
        membership_of(house.supervisor).pk, actor=house.lead, now=now, role=Role.OFFICER, why="x"
    )
    by = roles.propose_role(
        membership_of(house.officer).pk, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="x"
    )
    depart(membership_of(house.supervisor).pk, actor=seconds.supervisor, now=now, why="Left.")
    revoked, departed = AuditEvent.objects.filter(at=now).order_by("-seq")[:2][::-1]
    assert (revoked.event, departed.event) == ("agencies.invitation_revoked", "agencies.departed")
    assert set(departed.data["lapsed"]) == {str(about.pk), str(by.pk)}


def test_an_invitation_says_which_expired_one_it_replaces(now: Any, invited: Any) -> None:
    old = invited(now=now - timedelta(hours=72))
    new = invited()
    event = AuditEvent.objects.get(event="agencies.invited", subject_id=str(new.pk))
    assert event.data["replaces"] == [str(old.pk)]


def test_a_supervisor_attested_in_the_same_act_is_one_who_remains(
    house: House, seconds: Seconds, now: Any
) -> None:
    """Both terms had ended; compliance says that one has left and the other is still here."""
    Membership.objects.filter(agency=house.ours, role=Role.SUPERVISOR).update(attested_at=now - TERM)
    left, here = membership_of(house.supervisor), membership_of(seconds.supervisor)
    attest([here.pk], has_left=[left.pk, left.pk], actor=house.reviewer, now=now)
    left.refresh_from_db()
    assert left.ended_at == now
    assert membership_of(seconds.supervisor).is_open_at(now)


# --- double clicks and old pages --------------------------------------------------------------------


def test_a_double_click_on_the_link_makes_one_account(invited: Any, handed: Any) -> None:
    page = reverse("account_invitation", args=[handed(invited())])
    given = {"password": PASSWORD, "again": PASSWORD}
    assert [Browser().post(page, given).status_code for _click in range(2)] == [302, 404]
    assert User.objects.filter(email="new@police.example").count() == 1


def test_a_double_click_on_invite_sends_one(house: House) -> None:
    browser = browser_of(house.supervisor)
    given = {"name": "New Person", "email": "new@police.example", "role": "officer", "language": "en"}
    assert [browser.post(reverse("roster-invite"), given).status_code for _click in range(2)] == [302, 422]
    assert Invitation.objects.open().count() == 1


def test_pages_that_others_overtook_say_so(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any
) -> None:
    browser = browser_of(seconds.supervisor)
    officer = membership_of(house.officer)
    change = roles.propose_role(officer.pk, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="x")
    invitation = invited()
    invitations.accept(handed(invitation), actor=Actor.anonymous(), now=now, password=PASSWORD)
    roles.confirm_role(change.pk, actor=house.lead, now=now)
    for name, thing, given in (
        ("roster-confirm-role", change, {}),
        ("roster-decline-role", change, {"why": ""}),
        ("roster-propose-role", officer, {"role": "supervisor", "why": "x"}),
        ("roster-depart", officer, {"why": "x"}),
        ("people-suspend", officer, {"reason": "other", "why": "x", "step": "confirm"}),
        ("roster-revoke-invitation", invitation, {"why": ""}),
        ("roster-confirm-invitation", invitation, {}),
        ("roster-resend", invitation, {}),
    ):
        response = browser.post(reverse(name, args=[thing.pk]), given)
        assert response.status_code in (403, 409), name
        assert "Traceback" not in response.content.decode()
    answers = {f"person-{officer.pk}": "here", f"person-{membership_of(house.second_officer).pk}": "left"}
    browser.post(reverse("roster-attest"), answers | {"step": "confirm"})
    assert membership_of(house.second_officer), "all or nothing"


def test_ids_that_are_nobodys_or_anothers_are_not_found(house: House, now: Any) -> None:
    browser = browser_of(house.supervisor)
    foreign = membership_of(house.outsider).pk
    for name in ("roster-depart", "roster-propose-role", "people-suspend"):
        for thing in (foreign, uuid4()):
            for response in (
                browser.get(reverse(name, args=[thing])),
                browser.post(reverse(name, args=[thing])),
            ):
                assert response.status_code == 404, name
    with pytest.raises(NotVisible):
        depart(foreign, actor=house.supervisor, now=now, why="x")


# --- hostile text -----------------------------------------------------------------------------------

NOTHING_TO_SEE = [
    "\u200b", "\u200f\u200f", "\u2067\u2069", "\u2800", "\u3164", "\u00ad", "\u034f", "\ufeff \u2060",
    "\u00a0\u3000", "\u202a\u202c",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING_TO_SEE)
def test_a_name_or_reason_that_nobody_sees_is_none(house: House, now: Any, invited: Any, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        invited(name=text)
    assert set(refused.value.errors) == {"name"}
    officer = membership_of(house.officer).pk
    for act in (
        lambda: depart(officer, actor=house.supervisor, now=now, why=text),
        lambda: roles.propose_role(officer, actor=house.supervisor, now=now, role="supervisor", why=text),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert set(refused.value.errors) == {"why"}


@pytest.mark.parametrize(
    "name", ["\u200fمحمد علي\u200f", "Zoë O’Brien-Ng", "陳大文", "李\u3000四", "\u2067דוד\u2069 Chan"]
)
def test_names_of_every_script_are_names(invited: Any, name: str) -> None:
    assert invited(name=name).name == name.strip()


def test_markup_and_directions_stay_text_on_every_page(house: House, seconds: Seconds, now: Any) -> None:
    name = '<img src=x onerror=alert(1)>\u2067 "&'
    browser = browser_of(house.supervisor)
    given = {
        "name": name,
        "email": "x@police.example",
        "role": "supervisor",
        "language": "en",
        "why": "<b>hi</b>",
    }
    assert browser.post(reverse("roster-invite"), given).status_code == 302
    invitation = Invitation.objects.get(email="x@police.example")
    assert invitation.name == name
    other = browser_of(seconds.supervisor)
    pages = [
        browser.get(LIST),
        other.get(reverse("roster-confirm-invitation", args=[invitation.pk])),
        other.get(reverse("roster-revoke-invitation", args=[invitation.pk])),
    ]
    invitations.confirm_invitation(invitation.pk, actor=seconds.supervisor, now=timezone.now())
    token = links.new_token(invitation, now=timezone.now())
    pages.append(Browser().get(reverse("account_invitation", args=[token])))
    membership = invitations.accept(token, actor=Actor.anonymous(), now=timezone.now(), password=PASSWORD)
    acts = [reverse(each, args=[membership.pk]) for each in ("roster-depart", "roster-propose-role")]
    pages += [
        *(browser.get(url) for url in acts),
        browser.get(LIST),
        other.get(reverse("roster-attest"), {"all": "1"}),
    ]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "<img src=x" not in text
        assert "<b>hi" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;\u2067 &quot;&amp;" in text


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("roster-depart", {"why": "{}"}),
        ("roster-propose-role", {"role": "supervisor", "why": "{}"}),
        ("people-suspend", {"reason": "other", "why": "{}", "step": "confirm"}),
    ],
)
@pytest.mark.parametrize("words", ["x" * 100_000, "a\x00b", "\u202eback", "\u3164"])
def test_hostile_reasons_are_refused_on_the_page_and_nothing_is_done(
    house: House, name: str, given: dict[str, str], words: str
) -> None:
    sent = {field: value.replace("{}", words) for field, value in given.items()}
    officer = membership_of(house.officer)
    response = browser_of(house.supervisor).post(reverse(name, args=[officer.pk]), sent)
    assert response.status_code == 422
    officer.refresh_from_db()
    assert (officer.ended_at, officer.suspended_at) == (None, None)
