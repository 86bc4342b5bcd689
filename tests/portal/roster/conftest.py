"""A second supervisor and a second lead, beside the house's people; and invitations in every state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache

from portal.agencies.roster.invitations import flows, links
from portal.kernel.actor import Actor, Role
from portal.models import Invitation, Membership
from tests.people import House, make_person


@dataclass(frozen=True, slots=True)
class Seconds:
    supervisor: Actor
    lead: Actor


@pytest.fixture
def seconds(house: House, now: datetime) -> Seconds:
    return Seconds(
        make_person("deputy", Role.SUPERVISOR, house.ours, now=now),
        make_person("lead2", Role.COMPLIANCE_LEAD, None, now=now),
    )


@pytest.fixture
def invited(house: House, now: datetime) -> Callable[..., Invitation]:
    """invited(): an officer's, by the supervisor; anything can be said otherwise."""

    def make(**given: Any) -> Invitation:
        return flows.invite(
            **{
                "actor": house.supervisor,
                "now": now,
                "email": "new@police.example",
                "name": "New Person",
                "role": Role.OFFICER,
                "agency_id": house.ours.pk,
            }
            | given
        )

    return make


@pytest.fixture
def handed(now: datetime) -> Callable[[Invitation], str]:
    """handed(invitation): the token of its link, as the worker makes it."""

    def make(invitation: Invitation) -> str:
        return links.new_token(invitation, now=now)

    return make


@pytest.fixture
def plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    cache.clear()


def membership_of(actor: Actor) -> Membership:
    return Membership.objects.select_related("user", "agency").get(user_id=actor.person_id, ended_at=None)
