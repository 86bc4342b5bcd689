"""manage.py invite_lead: the first two leads of a new installation, and nobody after them."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portal.agencies.roster.invitations import flows, links
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.models import AuditEvent, Invitation
from tests.people import PASSWORD, House
from tests.portal.roster.conftest import Seconds

pytestmark = pytest.mark.django_db


def invite_lead(**given: Any) -> str:
    out = StringIO()
    call_command(
        "invite_lead", **{"email": "first@exchange.example", "name": "First Lead"} | given, stdout=out,
        stderr=StringIO(),
    )  # fmt: skip
    return out.getvalue().strip()


def token_in(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def test_it_prints_a_link_that_makes_a_lead(now: Any) -> None:
    url = invite_lead()
    assert url.startswith("http://localhost:8000/account/invitation/")
    membership = flows.accept(token_in(url), actor=Actor.anonymous(), now=now, password=PASSWORD)
    assert membership.role == Role.COMPLIANCE_LEAD
    actor = actor_for(membership.user)
    assert actor is not None
    assert actor.of_exchange
    event = AuditEvent.objects.get(event="agencies.invited")
    assert (event.actor_kind, event.actor_id) == ("system", "invite_lead")


def test_one_lead_alone_could_let_nobody_in_so_a_second_is_invited(house: House) -> None:
    assert invite_lead(email="second@exchange.example")
    with pytest.raises(CommandError, match="Two leads"):
        invite_lead(email="third@exchange.example")


def test_where_there_are_two_it_refuses(house: House, seconds: Seconds) -> None:
    with pytest.raises(CommandError, match="Two leads"):
        invite_lead()
    assert not Invitation.objects.filter(accepted_at=None).exists()


def test_repeated_it_makes_a_new_link_and_the_old_one_is_dead(now: Any) -> None:
    old, new, other = (
        token_in(invite_lead(email=f"{name}@exchange.example")) for name in ("first", "First", "other")
    )
    assert links.invitation_for(old, now) is None
    assert links.invitation_for(new, now) is not None
    assert links.invitation_for(other, now) is not None


def test_it_can_be_mailed_instead() -> None:
    assert "http" not in invite_lead(mail=True)
    assert Invitation.objects.get().token_sha256 is None


def test_nonsense_is_refused_by_field() -> None:
    with pytest.raises(CommandError, match="email"):
        invite_lead(email="first@elsewhere.example")
