"""A flood of what strangers can cause becomes few rows, and the rows say how large it was."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from portal.audit import flood
from portal.audit.flood import worth_a_row
from portal.identity.tasks import record_failed_sign_in
from portal.models import AuditEvent, User
from tests.people import PASSWORD, House

EVENT = "people.sign_in_failed"


def test_the_first_attempts_are_told_and_then_fewer_and_fewer() -> None:
    told = [said for _ in range(1200) if (said := worth_a_row(EVENT, "a"))]
    assert [said["attempts"] for said in told] == [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]
    assert sum(said.get("unwritten", 0) for said in told) == 1000 - len(told)


def test_each_account_is_counted_for_itself() -> None:
    for _ in range(4):
        worth_a_row(EVENT, "a")
    assert worth_a_row(EVENT, "b") == {"attempts": 1}


def test_what_was_not_told_is_told_by_the_next_row() -> None:
    for _ in range(4):
        worth_a_row(EVENT, "a")
    flood.cache.delete(f"audit-flood.{EVENT}.a")  # the hour is over
    assert worth_a_row(EVENT, "a") == {"attempts": 1, "unwritten": 1}
    assert worth_a_row(EVENT, "a") == {"attempts": 2}


def test_many_accounts_together_have_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "MOST_AN_HOUR", 20)
    told = [number for number in range(500) if worth_a_row(EVENT, f"account-{number}")]
    assert told == list(range(20))
    assert worth_a_row("people.signed_in", "a") == {"attempts": 1}


def test_failed_sign_ins_of_one_account(house: House, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_failed_sign_in, "delay", record_failed_sign_in)  # the worker is at hand
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    address = User.objects.get(pk=house.officer.id).email
    for number in range(4):
        Browser(REMOTE_ADDR=f"192.0.2.{number}").post(
            reverse("account_login"), {"login": address, "password": f"{PASSWORD} {number}"}
        )
    rows = AuditEvent.objects.filter(event=EVENT).order_by("seq")
    assert [row.data["attempts"] for row in rows] == [1, 2, 3]
    assert {row.subject_id for row in rows} == {house.officer.id}
    assert rows[0].ip == "192.0.2.0"
