"""Agencies and the people in them: an application makes sense, and nobody appoints past a rank."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from portal.agencies.application import flows
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid
from portal.models import Agency, Membership
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db

GIVEN: dict[str, Any] = {
    "names": {"en": "Singapore Police Force"},
    "slug": "singapore",
    "country": "SG",
    "regions": ["SG"],
    "languages": ["en", "ms"],
    "time_zone": "Asia/Singapore",
    "domains": ["spf.example"],
    "switchboard": "+65 1800 255 0000",
    "switchboard_source": "https://www.spf.example/contact",
}


def applied(now: Any, **changes: Any) -> Agency:
    return flows.enter(actor=SYSTEM, now=now, **GIVEN | changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"names": {"en": ""}}, "name_en"),
        ({"country": "XX"}, "country"),
        ({"regions": ["SG", "ZZ-9"]}, "regions"),
        ({"slug": "a b"}, "slug"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"switchboard_source": "nowhere"}, "switchboard_source"),
    ],
)
def test_an_application_that_makes_no_sense_is_refused_by_field(
    now: Any, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        applied(now, **changes)
    assert field in refused.value.errors
    assert not Agency.objects.exists()


def test_the_database_allows_one_open_role_and_none_in_the_wrong_house(house: House) -> None:
    user_id = house.officer.person_id
    with pytest.raises(IntegrityError, match="membership_one_open_role"), transaction.atomic():
        Membership.objects.create(user_id=user_id, agency=house.other, role=Role.OFFICER)
    Membership.objects.filter(user_id=user_id).update(ended_at="2026-01-01T00:00Z")
    with pytest.raises(IntegrityError, match="membership_role_fits_house"), transaction.atomic():
        Membership.objects.create(user_id=user_id, agency=house.ours, role=Role.AUDITOR)


@pytest.mark.parametrize("who", ["officer", "supervisor", "reviewer", "lead", "auditor"])
def test_a_person_enters_no_agency_past_its_application(house: House, now: Any, who: str) -> None:
    with pytest.raises(Forbidden):
        flows.enter(actor=getattr(house, who), now=now, **GIVEN)
    assert Agency.objects.count() == 2
