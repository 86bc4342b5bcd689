"""An invitation in the wrong hands: forwarded, or with more in the form than it asks for."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.agencies.roster.departure.flows import depart
from portal.identity.people import actor_for
from portal.kernel.actor import Role
from portal.models import Membership, Notice, User
from tests.people import PASSWORD, House
from tests.portal.test_sign_in import HOME, LOGIN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]
GIVEN = {"password": PASSWORD, "again": PASSWORD}


def page_of(token: str) -> str:
    return reverse("account_invitation", args=[token])


def joined() -> Membership:
    return Membership.objects.select_related("user").get(user__email="new@police.example")


def test_a_link_that_was_forwarded_makes_the_invited_account_and_no_other(
    house: House, invited: Any, handed: Any
) -> None:
    """Whoever had it first chose the password; the account is the invited one's, who cannot use the link."""
    token = handed(invited())
    thief = Browser()
    more = {
        "email": "evil@evil.example", "name": "Evil", "role": "supervisor", "agency": str(house.other.pk),
        "is_staff": "1", "is_superuser": "1", "language": "xx",
    }  # fmt: skip
    assert thief.post(page_of(token), GIVEN | more)["Location"] == LOGIN
    membership = joined()
    assert (membership.role, membership.agency_id) == (Role.OFFICER, house.ours.pk)
    assert (membership.user.name, membership.user.language) == ("New Person", "en")
    assert not User.objects.filter(email__contains="evil").exists()
    assert Browser().get(page_of(token)).status_code == 404, "the invited person finds out at once"
    told = Notice.objects.filter(kind="person-joined").values_list("person_id", flat=True)
    assert house.supervisor.person_id in told


def test_it_signs_nobody_in_and_files_no_emergency_for_days(invited: Any, handed: Any) -> None:
    thief = Browser()
    thief.post(page_of(handed(invited())), GIVEN)
    assert SESSION_KEY not in thief.session
    assert thief.get(HOME)["Location"].startswith(LOGIN)
    actor = actor_for(joined().user)
    assert actor is not None
    assert actor.cooling_until is not None
    assert actor.cooling_until > timezone.now()


def test_the_supervisor_who_is_told_ends_it_and_invites_anew(
    house: House, now: Any, invited: Any, handed: Any
) -> None:
    Browser().post(page_of(handed(invited())), GIVEN)
    depart(joined().pk, actor=house.supervisor, now=now, why="The link was forwarded.")
    thief = Browser()
    thief.post(LOGIN, {"login": "new@police.example", "password": PASSWORD})
    assert thief.get(HOME)["Location"].startswith(LOGIN)
    again = handed(invited())
    new = {"password": "another long password", "again": "another long password"}
    assert Browser().post(page_of(again), new)["Location"] == LOGIN
    user = User.objects.get(email="new@police.example")
    assert user.check_password("another long password")


def test_a_foreign_form_accepts_nothing(invited: Any, handed: Any) -> None:
    careful = Browser(enforce_csrf_checks=True)
    assert careful.post(page_of(handed(invited())), GIVEN).status_code == 403
    assert not User.objects.filter(email="new@police.example").exists()
