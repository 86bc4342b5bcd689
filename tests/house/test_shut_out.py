"""Every view × everyone who lost the way in, with a session that is still open: the shut door, everywhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from portal.models import Agency, Membership
from tests.house.matrix import INSIDE, rows
from tests.house.test_matrix import Try, outcome, tries  # noqa: F401 - the fixture
from tests.people import House, open_session

pytestmark = pytest.mark.django_db


def suspend_the_person(house: House, now: datetime) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(suspended_at=now)


def suspend_the_agency(house: House, now: datetime) -> None:
    Agency.objects.filter(pk=house.ours.pk).update(status="suspended")


def lapse_the_agency(house: House, now: datetime) -> None:
    Agency.objects.filter(pk=house.ours.pk).update(status="lapsed")


def let_the_attestation_run_out(house: House, now: datetime) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(attested_at=now - timedelta(days=90))


def end_the_role(house: House, now: datetime) -> None:
    Membership.objects.filter(user_id=house.officer.person_id).update(ended_at=now)


LOSSES = (
    suspend_the_person, suspend_the_agency, lapse_the_agency, let_the_attestation_run_out, end_the_role,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_an_open_session_opens_nothing_any_more(
    lose: Callable[[House, datetime], None],
    house: House,
    now: datetime,
    tries: Callable[[str], Try],  # noqa: F811
) -> None:
    ways = {name: tries(name) for name in rows(INSIDE)}
    lose(house, now)
    let_in = {}
    for name, way in ways.items():
        with transaction.atomic():
            browser = Browser()
            open_session(browser, house.officer)
            url = reverse(name, kwargs=way.arguments) + way.query
            response = browser.get(url) if way.post is None else browser.post(url, way.post)
            if outcome(response) != "403" or "You are locked out" not in response.content.decode():
                let_in[name] = outcome(response)
            transaction.set_rollback(True)
    assert let_in == {}
