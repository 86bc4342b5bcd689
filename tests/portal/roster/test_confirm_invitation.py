"""Confirming, revoking and sending again: the second person, and links that die."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.invitations import flows, links
from portal.agencies.roster.invitations.tasks import mail_invitation
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, NotVisible, WrongState
from portal.models import Agency, AuditEvent, Membership, Notice
from tests.people import House
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = pytest.mark.django_db


def confirm(invitation: Any, actor: Any, now: Any) -> Any:
    return flows.confirm_invitation(invitation.pk, actor=actor, now=now)


@pytest.mark.parametrize("who", ["second", "reviewer", "lead"])
def test_a_second_person_confirms_and_the_term_begins(
    house: House, seconds: Seconds, now: Any, invited: Any, who: str
) -> None:
    invitation = invited(role=Role.SUPERVISOR, now=now - timedelta(hours=70))
    actor = seconds.supervisor if who == "second" else getattr(house, who)
    confirmed = confirm(invitation, actor, now)
    assert (confirmed.confirmed_by_id, confirmed.expires_at) == (actor.person_id, now + timedelta(hours=72))
    mail_invitation(str(invitation.pk))
    assert len(mail.outbox) == 1
    event = AuditEvent.objects.get(event="agencies.invitation_confirmed")
    assert (event.actor_id, event.subject_id) == (actor.id, str(invitation.pk))


def test_the_inviter_does_not_confirm(house: House, now: Any, invited: Any) -> None:
    for who in ("supervisor", "lead"):
        actor = getattr(house, who)
        invitation = invited(actor=actor, role=Role.SUPERVISOR, email=f"{who}2@police.example")
        with pytest.raises(Forbidden) as refused:
            confirm(invitation, actor, now)
        assert refused.value.code == "same-person"


def test_another_lead_confirms_for_the_exchange_and_nobody_else(
    house: House, seconds: Seconds, now: Any, invited: Any
) -> None:
    invitation = invited(actor=house.lead, agency_id=None, role=Role.AUDITOR, email="new@exchange.example")
    for who in ("reviewer", "analyst", "auditor"):
        with pytest.raises(Forbidden):
            confirm(invitation, getattr(house, who), now)
    with pytest.raises(NotVisible):
        confirm(invitation, house.supervisor, now)
    assert confirm(invitation, seconds.lead, now).confirmed_at == now


@pytest.mark.parametrize("verb", ["confirm_invitation", "revoke_invitation", "resend"])
def test_another_agency_does_not_see_it_and_officers_may_not(
    house: House, now: Any, invited: Any, verb: str
) -> None:
    invitation = invited(role=Role.SUPERVISOR)
    flow = getattr(flows, verb)
    with pytest.raises(NotVisible):
        flow(invitation.pk, actor=house.other_supervisor, now=now)
    for who in ("officer", "analyst", "auditor"):
        with pytest.raises(Forbidden):
            flow(invitation.pk, actor=getattr(house, who), now=now)


def test_it_is_confirmed_once_and_in_time(house: House, seconds: Seconds, now: Any, invited: Any) -> None:
    invitation = invited(role=Role.SUPERVISOR)
    confirm(invitation, seconds.supervisor, now)
    with pytest.raises(WrongState):
        confirm(invitation, house.lead, now)
    late = invited(role=Role.SUPERVISOR, email="late@police.example", now=now - timedelta(hours=72))
    with pytest.raises(WrongState) as refused:
        confirm(late, seconds.supervisor, now)
    assert refused.value.code == "expired"


def test_what_a_person_who_was_stopped_asked_for_is_not_confirmed(
    house: House, seconds: Seconds, now: Any, invited: Any
) -> None:
    invitation = invited(role=Role.SUPERVISOR)
    Membership.objects.filter(user_id=house.supervisor.person_id).update(suspended_at=now)
    with pytest.raises(WrongState):
        confirm(invitation, seconds.supervisor, now)


def test_a_domain_that_was_taken_away_is_not_confirmed(
    house: House, seconds: Seconds, now: Any, invited: Any
) -> None:
    invitation = invited(role=Role.SUPERVISOR)
    Agency.objects.filter(pk=house.ours.pk).update(domains=["other.example"])
    with pytest.raises(WrongState):
        confirm(invitation, seconds.supervisor, now)


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_once_one_counts(
    house: House, seconds: Seconds, now: Any, invited: Any, at_once: Any
) -> None:
    invitation = invited(role=Role.SUPERVISOR)
    results = at_once(
        lambda: confirm(invitation, seconds.supervisor, now), lambda: confirm(invitation, house.lead, now)
    )
    assert sorted(type(each).__name__ for each in results) == ["Invitation", "WrongState"]


def test_a_revoked_link_is_dead_and_the_inviter_is_told(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any
) -> None:
    invitation = invited()
    token = handed(invitation)
    flows.revoke_invitation(invitation.pk, actor=seconds.supervisor, now=now, why="Not one of ours.")
    assert links.invitation_for(token, now) is None
    assert Notice.objects.get(kind="invitation-revoked").person_id == house.supervisor.person_id
    event = AuditEvent.objects.get(event="agencies.invitation_revoked")
    assert (event.actor_id, event.why) == (seconds.supervisor.id, "Not one of ours.")
    for again in ("revoke_invitation", "confirm_invitation", "resend"):
        with pytest.raises(WrongState):
            getattr(flows, again)(invitation.pk, actor=house.lead, now=now)
    mail_invitation(str(invitation.pk))
    assert mail.outbox == []


def test_who_leaves_takes_the_open_invitations_along(
    house: House, seconds: Seconds, now: Any, invited: Any, handed: Any
) -> None:
    invitation = invited()
    token = handed(invitation)
    depart(membership_of(house.supervisor).pk, actor=seconds.supervisor, now=now, why="Retired.")
    assert links.invitation_for(token, now) is None
    invitation.refresh_from_db()
    assert invitation.revoked_at == now


def test_sending_again_makes_a_new_link_and_kills_the_old(
    house: House, now: Any, invited: Any, handed: Any
) -> None:
    invitation = invited(now=now - timedelta(hours=1))
    old = links.new_token(invitation, now=now - timedelta(hours=1))
    flows.resend(invitation.pk, actor=house.supervisor, now=now)
    assert links.invitation_for(old, now) is None
    mail_invitation(str(invitation.pk))
    [url] = [line for line in mail.outbox[0].body.splitlines() if line.startswith("http")]
    new = url.rstrip("/").rpartition("/")[2]
    invitation.refresh_from_db()
    assert links.invitation_for(new, now) == invitation
    assert invitation.expires_at == now + timedelta(hours=71), "the term is not lengthened"
    assert AuditEvent.objects.filter(event="agencies.invitation_resent").count() == 1


def test_a_double_click_sends_it_again_once(house: House, now: Any, invited: Any) -> None:
    invitation = invited(now=now - timedelta(hours=1))
    links.new_token(invitation, now=now - timedelta(hours=1))
    flows.resend(invitation.pk, actor=house.supervisor, now=now)
    with pytest.raises(WrongState) as refused:
        flows.resend(invitation.pk, actor=house.supervisor, now=now)
    assert refused.value.code == "just-sent"


def test_neither_an_expired_nor_an_unconfirmed_one_is_sent_again(
    house: House, now: Any, invited: Any
) -> None:
    expired = invited(now=now - timedelta(hours=72))
    waiting = invited(role=Role.SUPERVISOR, email="boss@police.example")
    for invitation, code in ((expired, "expired"), (waiting, "unconfirmed")):
        with pytest.raises(WrongState) as refused:
            flows.resend(invitation.pk, actor=house.supervisor, now=now)
        assert refused.value.code == code


def test_the_pages_confirm_and_revoke(
    house: House, seconds: Seconds, invited: Any, sign_in: Any, plain_static_files: None
) -> None:
    first, second = (invited(role=Role.SUPERVISOR, email=f"{name}@police.example") for name in ("a", "b"))
    browser = sign_in(seconds.supervisor)
    page = browser.get(reverse("roster-confirm-invitation", args=[first.pk]))
    assert "a@police.example" in page.content.decode()
    assert browser.post(reverse("roster-confirm-invitation", args=[first.pk])).status_code == 302
    assert browser.post(reverse("roster-confirm-invitation", args=[first.pk])).status_code == 409
    url = reverse("roster-revoke-invitation", args=[second.pk])
    assert browser.get(url).status_code == 200
    assert browser.post(url, {"why": "x" * 3000}).status_code == 422
    assert browser.post(url, {"why": "Unknown here."}).status_code == 302
