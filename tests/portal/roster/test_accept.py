"""Accepting: one link, one use, one account; and nothing that tells a stranger more than "no"."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse

from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.invitations import flows, links
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible
from portal.models import AuditEvent, Invitation, Membership, Notice, User
from portal.models.agency import AgencyStatus
from tests.people import PASSWORD, House
from tests.portal.roster.conftest import Seconds, membership_of
from tests.portal.test_sign_in import ENROL, HOME, LOGIN, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
PLACE = Actor.anonymous()
GIVEN = {"password": PASSWORD, "again": PASSWORD}


def accept(token: str, now: Any, password: str = PASSWORD) -> Membership:
    return flows.accept(token, actor=PLACE, now=now, password=password)


def page_of(token: str) -> str:
    return reverse("account_invitation", args=[token])


def test_who_accepts_has_an_account_and_the_role(house: House, now: Any, invited: Any, handed: Any) -> None:
    invitation = invited(language="zh-hant")
    membership = accept(handed(invitation), now)
    user = membership.user
    assert (user.email, user.name, user.language) == ("new@police.example", "New Person", "zh-hant")
    assert user.time_zone == "Asia/Hong_Kong"
    assert user.check_password(PASSWORD)
    assert (membership.joined_at, membership.attested_at) == (now, now)
    assert membership.attested_by_id == house.supervisor.person_id
    actor = actor_for(user)
    assert actor is not None
    assert (actor.role, actor.agency_id) == (Role.OFFICER, house.ours.pk)
    invitation.refresh_from_db()
    assert (invitation.accepted_at, invitation.accepted_by_id) == (now, user.pk)


def test_it_is_recorded_and_those_who_keep_the_roster_are_told(
    house: House, now: Any, invited: Any, handed: Any
) -> None:
    membership = accept(handed(invited()), now)
    event = AuditEvent.objects.get(event="agencies.invitation_accepted", subject_id=str(membership.pk))
    assert (event.actor_id, event.actor_role, event.subject_agency_id) == (
        str(membership.user_id),
        "officer",
        house.ours.pk,
    )
    assert house.supervisor.person_id in Notice.objects.filter(
        kind="person-joined", created_at__gte=now - timedelta(minutes=5)
    ).values_list("person_id", flat=True)


def test_a_link_is_used_once(now: Any, invited: Any, handed: Any) -> None:
    token = handed(invited())
    accept(token, now)
    with pytest.raises(NotVisible):
        accept(token, now)
    assert User.objects.filter(email="new@police.example").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_in(now: Any, invited: Any, handed: Any, at_once: Any) -> None:
    token = handed(invited())
    results = at_once(lambda: accept(token, now), lambda: accept(token, now, "another long password"))
    assert sorted(type(each).__name__ for each in results) == ["Membership", "NotVisible"]
    assert User.objects.filter(email="new@police.example").count() == 1


def test_looking_uses_nothing_up(house: House, now: Any, invited: Any, handed: Any) -> None:
    token = handed(invited())
    for _scanner in range(3):
        assert Browser().get(page_of(token)).status_code == 200
        assert Browser().head(page_of(token)).status_code == 200
    assert Browser().post(page_of(token), GIVEN).status_code == 302


def test_the_page_says_who_invites_whom_to_what(house: House, invited: Any, handed: Any) -> None:
    response = Browser().get(page_of(handed(invited())))
    text = response.content.decode()
    for words in ("New Person", "Officer", "Hong Kong", "new@police.example", house.supervisor.label):
        assert words in text
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def said(response: Any) -> str:
    """The page without its frame, whose forms have tokens of their own."""
    return str(response.content.decode().partition("<main")[2].partition("</main>")[0])


def dead(kind: str, house: House, now: Any, invited: Any, handed: Any) -> str:
    if kind == "unknown":
        return "x" * 43
    if kind == "expired":
        return handed(invited(now=now - timedelta(hours=72)))
    invitation = invited(role=Role.SUPERVISOR if kind == "unconfirmed" else Role.OFFICER)
    token: str = handed(invitation)
    if kind == "revoked":
        flows.revoke_invitation(invitation.pk, actor=house.lead, now=now)
    elif kind == "used":
        accept(token, now)
    elif kind == "agency suspended":
        house.ours.status = AgencyStatus.SUSPENDED
        house.ours.save(update_fields=["status"])
    elif kind == "inviter suspended":
        Membership.objects.filter(user_id=house.supervisor.person_id).update(suspended_at=now)
    elif kind == "domain gone":
        house.ours.domains = ["other.example"]
        house.ours.save(update_fields=["domains"])
    elif kind == "replaced":
        handed(invitation)
    return token


@pytest.mark.parametrize(
    "kind",
    [
        "unknown", "expired", "unconfirmed", "revoked", "used", "agency suspended", "inviter suspended",
        "domain gone", "replaced",
    ],
)  # fmt: skip
def test_a_dead_link_says_the_same_whatever_the_reason(
    house: House, now: Any, invited: Any, handed: Any, kind: str
) -> None:
    token = dead(kind, house, now, invited, handed)
    unknown = said(Browser().get(page_of("unknown")))
    for response in (Browser().get(page_of(token)), Browser().post(page_of(token), GIVEN)):
        assert response.status_code == 404
        assert said(response) == unknown
    assert "This link does not work" in unknown
    with pytest.raises(NotVisible):
        accept(token, now)


def test_it_ends_exactly_at_its_end(now: Any, invited: Any, handed: Any) -> None:
    token = handed(invited())
    end = now + timedelta(hours=72)
    assert links.invitation_for(token, end) is None
    with pytest.raises(NotVisible):
        accept(token, end)
    assert accept(token, end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("short", "short"),
        ("password1234", "password1234"),
        ("new@police.example", "new@police.example"),
        (PASSWORD, PASSWORD + "r"),
        (PASSWORD, ""),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(
    now: Any, invited: Any, handed: Any, password: str, again: str
) -> None:
    token = handed(invited())
    assert Browser().post(page_of(token), {"password": password, "again": again}).status_code == 422
    assert Browser().post(page_of(token), GIVEN).status_code == 302


def test_the_flow_judges_the_password_too(now: Any, invited: Any, handed: Any) -> None:
    with pytest.raises(Invalid) as refused:
        accept(handed(invited()), now, "new person")
    assert set(refused.value.errors) == {"password"}
    assert not User.objects.filter(email="new@police.example").exists()


def test_the_token_is_kept_nowhere(now: Any, invited: Any, handed: Any) -> None:
    token = handed(invited())
    accept(token, now)
    assert token not in str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))


def test_who_is_signed_in_accepts_for_nobody(house: House, invited: Any, handed: Any, sign_in: Any) -> None:
    token = handed(invited())
    browser = sign_in(house.officer)
    assert browser.get(page_of(token)).status_code == 200
    assert browser.post(page_of(token), GIVEN).status_code == 200
    assert not User.objects.filter(email="new@police.example").exists()


def test_hostile_tokens_are_unknown_tokens(client: Browser) -> None:
    for token in ("x" * 5000, "%00", "..%2F", "<script>", "\u202e", "%ED%A0%80"):
        assert client.get(f"/account/invitation/{token}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_newcomer_types_the_password_once_to_sign_in_and_enrol(invited: Any, handed: Any) -> None:
    browser = Browser()
    assert browser.post(page_of(handed(invited())), GIVEN)["Location"] == LOGIN
    browser.post(LOGIN, {"login": "new@police.example", "password": PASSWORD})
    assert browser.get(HOME)["Location"] == ENROL
    page = browser.get(ENROL)
    assert page.status_code == 200, "not asked for the password a second time"
    assert browser.post(ENROL, {"code": code(page.context["form"].secret)}).status_code == 302
    assert browser.get(HOME).status_code == 200


def test_who_comes_back_starts_anew(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any
) -> None:
    before = membership_of(house.officer)
    Authenticator.objects.create(user=before.user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    depart(before.pk, actor=house.supervisor, now=now, why="Left.")
    invitation = invited(email="OFFICER@police.example", name="Back Again")
    after = accept(handed(invitation), now, "a wholly new password")
    assert after.user_id == before.user_id
    assert after.pk != before.pk
    user = User.objects.get(pk=before.user_id)
    assert (user.name, user.is_active) == ("Back Again", True)
    assert user.check_password("a wholly new password")
    assert not Authenticator.objects.filter(user=user).exists()
    assert actor_for(user) is not None
    before.refresh_from_db()
    assert before.ended_at == now
