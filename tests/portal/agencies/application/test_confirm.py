"""The first supervisor confirms from the official address: only that makes an agency, and only once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from portal.agencies.application import flows
from portal.agencies.application.tokens import digest_of
from portal.kernel.errors import NotVisible, WrongState
from portal.models import Agency, AgencyApplication, AuditEvent, Notice
from portal.models.agency import AgencyStatus
from portal.models.application import CONFIRM_DAYS, ApplicationStatus
from tests.people import House
from tests.portal.agencies.application.applying import GIVEN, STRANGER, confirmed, linked, sent

pytestmark = pytest.mark.django_db


def test_the_confirmed_application_is_an_agency_that_waits_for_vetting(now: Any) -> None:
    agency = confirmed(now, local_name="Politiet", local_language="sv")
    agency.refresh_from_db()
    assert agency.status == AgencyStatus.APPLIED
    assert (agency.name_en, agency.name_sv, agency.slug) == (
        GIVEN.name,
        "Politiet",
        "norwegian-police-service",
    )
    assert agency.domains == ["politiet-no.example"]
    assert (agency.website, agency.head_name, agency.head_post) == (
        GIVEN.website,
        GIVEN.head_name,
        GIVEN.head_post,
    )
    assert agency.application.documents.count() == 1
    assert agency.application.status == ApplicationStatus.CONFIRMED


def test_it_is_recorded_for_the_application_and_for_the_agency(now: Any) -> None:
    agency = confirmed(now)
    told = AuditEvent.objects.order_by("seq").values_list("event", "subject_type", "actor_kind", "ip")
    assert list(told) == [
        ("applications.applied", "agencyapplication", "anonymous", "192.0.2.7"),
        ("applications.confirmed", "agencyapplication", "anonymous", "192.0.2.7"),
        ("agencies.applied", "agency", "anonymous", "192.0.2.7"),
    ]
    assert AuditEvent.objects.latest("seq").subject_agency_id == agency.pk


def test_reviewers_and_leads_are_told_and_nobody_else(house: House, now: Any) -> None:
    agency = confirmed(now)
    notices = Notice.objects.filter(kind="agency-applied")
    assert {str(each.person_id) for each in notices} == {house.reviewer.id, house.lead.id}
    assert {each.path for each in notices} == {reverse("agencies-vetting", args=[agency.pk])}


def test_an_application_that_nobody_confirmed_is_no_agency_and_tells_nobody(house: House, now: Any) -> None:
    known = Agency.objects.count()
    sent(now)
    assert Agency.objects.count() == known
    assert not Notice.objects.filter(kind="agency-applied").exists()


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 100_000, "\x00" * 43, "é" * 43, "../" * 15])
def test_a_token_that_is_not_ours_opens_nothing(now: Any, token: str) -> None:
    sent(now)
    with pytest.raises(NotVisible):
        flows.confirm(token, actor=STRANGER, now=now)


def test_a_link_works_to_its_last_second_and_not_beyond(now: Any) -> None:
    application = sent(now)
    token = linked(application)
    end = now + timedelta(days=CONFIRM_DAYS)
    with pytest.raises(NotVisible):
        flows.confirm(token, actor=STRANGER, now=end)
    flows.confirm(token, actor=STRANGER, now=end - timedelta(seconds=1))


def test_a_link_works_once(now: Any) -> None:
    token = linked(sent(now))
    flows.confirm(token, actor=STRANGER, now=now)
    with pytest.raises(WrongState):
        flows.confirm(token, actor=STRANGER, now=now)
    assert Agency.objects.count() == 1


def test_a_newer_link_replaces_the_older(now: Any) -> None:
    application = sent(now)
    older = linked(application)
    newer = linked(application)
    with pytest.raises(NotVisible):
        flows.confirm(older, actor=STRANGER, now=now)
    flows.confirm(newer, actor=STRANGER, now=now)


def test_the_token_itself_is_kept_nowhere(now: Any) -> None:
    application = sent(now)
    token = linked(application)
    row = AgencyApplication.objects.filter(pk=application.pk).values().get()
    assert token not in str(row)
    assert row["token_sha256"] == digest_of(token)


def test_a_link_opens_its_own_application_only(now: Any) -> None:
    first, second = sent(now), sent(now, name="Another Police", supervisor_email="x@politiet-no.example")
    agency = flows.confirm(linked(second), actor=STRANGER, now=now)
    assert agency.name_en == "Another Police"
    first.refresh_from_db()
    assert first.status == ApplicationStatus.UNCONFIRMED


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_make_one_agency(now: Any, at_once: Any) -> None:
    token = linked(sent(now))
    results = at_once(*[lambda: flows.confirm(token, actor=STRANGER, now=now)] * 2)
    assert sorted(type(each).__name__ for each in results) == ["Agency", "WrongState"]
    assert Agency.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_agencies_of_one_name_at_once_get_two_slugs(now: Any, at_once: Any) -> None:
    tokens = [linked(sent(now, supervisor_email=f"{who}@politiet-no.example")) for who in ("a", "b")]
    agencies = at_once(*[lambda each=each: flows.confirm(each, actor=STRANGER, now=now) for each in tokens])
    assert {type(each).__name__ for each in agencies} == {"Agency"}
    assert len({each.slug for each in agencies}) == 2


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Hong Kong Police Force", "hong-kong-police-force"),
        ("香港警務處", "agency-no"),
        ("Полиция", "agency-no"),
        ("شرطة", "agency-no"),
        ("Ångström & Söner", "angstrom-soner"),
        ("--- ---", "agency-no"),
        ("x" * 160, "x" * 50),
    ],
)
def test_every_name_makes_a_slug(now: Any, name: str, slug: str) -> None:
    assert confirmed(now, name=name).slug == slug
    assert confirmed(now, name=name, supervisor_email="b@politiet-no.example").slug == f"{slug}-2"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"domains": ["evil.example"]},
        {"supervisor_email": "a@evil.example"},
        {"sent_at": "2030-01-01T00:00Z"},
        {"status": "draft"},
        {"status": "confirmed"},
    ],
)
def test_the_database_keeps_what_was_sent(now: Any, change: dict[str, Any]) -> None:
    application = sent(now)
    with pytest.raises(DatabaseError), transaction.atomic():
        AgencyApplication.objects.filter(pk=application.pk).update(**change)


def test_the_database_keeps_a_confirmed_application_and_its_documents(now: Any) -> None:
    application = confirmed(now).application
    with pytest.raises(DatabaseError), transaction.atomic():
        application.documents.get().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        application.delete()
