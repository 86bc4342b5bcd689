"""The demo's roster, made through the flows: someone in every standing, something for each to do."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from portal.agencies.roster.listing import Asked, people
from portal.demo.roster import DUE_SOON, GONE, LOCKED_OUT, NEWCOMER, PROMOTED
from portal.identity.people import actor_for
from portal.models import Agency, Invitation, RoleChange, User

pytestmark = pytest.mark.django_db


def test_the_demo_has_someone_in_every_standing(tmp_path: Path, now) -> None:
    output = tmp_path / "demo.json"
    call_command("seed", output=output, stdout=StringIO())
    for account in json.loads(output.read_text())["accounts"]:
        gets_in = actor_for(User.objects.get(email=account["email"])) is not None
        assert gets_in is ("suspended" not in account["role"]), account["email"]
    agency = Agency.objects.get(slug="hong-kong")
    rows = {each.user.email: each for each in people(agency.pk, Asked.of({}), now).select_related("user")}
    assert rows[LOCKED_OUT].standing == "locked_out"
    assert (rows[DUE_SOON].attested_until - now).days in (7, 8)
    assert rows[NEWCOMER].standing == "cooling_off"
    gone = people(agency.pk, Asked.of({"standing": "left"}), now).get()
    assert gone.user.email == GONE
    assert rows[PROMOTED].role_changes.get().outcome == "open"
    waiting = {each.role: each.confirmed_at is None for each in Invitation.objects.open()}
    assert waiting == {"officer": False, "supervisor": True}
    assert RoleChange.objects.count() == 1
