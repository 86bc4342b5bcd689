"""Agencies and the people in them: an application makes sense, and nobody appoints past a rank."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from portal.agencies import flows
from portal.identity.people import actor_for
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible
from portal.models import Agency, AuditEvent, Membership, User
from tests.people import PASSWORD, SYSTEM, House

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
    return flows.apply(actor=SYSTEM, now=now, **GIVEN | changes)


def appoint(actor: Any, now: Any, agency: Agency | None, role: Role = Role.OFFICER, **changes: Any) -> User:
    given = {"email": "new@police.example", "name": "New Person", "password": PASSWORD} | changes
    return flows.appoint(actor=actor, now=now, agency_id=agency.pk if agency else None, role=role, **given)


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


def test_a_person_is_appointed_and_may_then_act(house: House, now: Any) -> None:
    user = appoint(house.supervisor, now, house.ours, email="New@Police.example")
    actor = actor_for(user)
    assert actor is not None
    assert (actor.role, actor.agency_id, user.email) == (Role.OFFICER, house.ours.pk, "new@police.example")
    event = AuditEvent.objects.filter(event="agencies.appointed").latest("seq")
    assert (event.actor_id, event.subject_id, event.data["role"]) == (
        house.supervisor.id,
        str(user.pk),
        "officer",
    )


def test_a_supervisor_appoints_officers_of_the_own_agency_only(house: House, now: Any) -> None:
    with pytest.raises(NotVisible):
        appoint(house.supervisor, now, house.other, email="new@polisen.example")
    with pytest.raises(Forbidden):
        appoint(house.supervisor, now, house.ours, Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        appoint(house.supervisor, now, None, Role.AUDITOR)
    assert not User.objects.filter(name="New Person").exists()


@pytest.mark.parametrize("who", ["officer", "analyst", "auditor"])
def test_the_wrong_role_appoints_nobody(house: House, now: Any, who: str) -> None:
    with pytest.raises(Forbidden):
        appoint(getattr(house, who), now, house.ours)


def test_people_of_the_exchange_are_appointed_by_a_lead(house: House, now: Any) -> None:
    with pytest.raises(Forbidden):
        appoint(house.reviewer, now, None, Role.AUDITOR, email="new@exchange.example")
    assert appoint(house.lead, now, None, Role.AUDITOR, email="new@exchange.example")
    assert appoint(house.reviewer, now, house.ours, Role.SUPERVISOR)


@pytest.mark.parametrize(
    "email", ["new@gmail.example", "new@sub.police.example", "new@police.example.org", "new"]
)
def test_an_address_is_of_an_official_domain(house: House, now: Any, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        appoint(house.supervisor, now, house.ours, email=email)
    assert "email" in refused.value.errors


def test_an_address_has_one_account(house: House, now: Any) -> None:
    appoint(house.supervisor, now, house.ours)
    with pytest.raises(Invalid) as refused:
        appoint(house.supervisor, now, house.ours, email="NEW@police.example")
    assert "email" in refused.value.errors


@pytest.mark.parametrize(("of_agency", "role"), [(True, Role.AUDITOR), (False, Role.OFFICER)])
def test_a_role_belongs_to_its_house(house: House, now: Any, of_agency: bool, role: Role) -> None:
    with pytest.raises(Invalid):
        appoint(house.lead, now, house.ours if of_agency else None, role)


def test_the_database_allows_one_open_role_and_none_in_the_wrong_house(house: House) -> None:
    user_id = house.officer.person_id
    with pytest.raises(IntegrityError, match="membership_one_open_role"), transaction.atomic():
        Membership.objects.create(user_id=user_id, agency=house.other, role=Role.OFFICER)
    Membership.objects.filter(user_id=user_id).update(ended_at="2026-01-01T00:00Z")
    with pytest.raises(IntegrityError, match="membership_role_fits_house"), transaction.atomic():
        Membership.objects.create(user_id=user_id, agency=house.ours, role=Role.AUDITOR)
