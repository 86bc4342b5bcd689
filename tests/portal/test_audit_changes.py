"""What an act changed, as the trail keeps it; and what the trail refuses to keep."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from portal.audit import changes, record, state_of
from portal.audit.changes import plain
from portal.audit.record import DATA_MAX, WHY_MAX
from portal.kernel.actor import Role
from portal.kernel.errors import Invalid
from portal.models import Agency, AuditEvent
from tests.people import SYSTEM, House, make_agency

EVENT = "agencies.applied"


def test_only_what_differs_is_told() -> None:
    assert changes({"role": "officer", "name": "A"}, {"role": "supervisor", "name": "A"}) == {
        "role": ["officer", "supervisor"]
    }


def test_what_was_not_there_counts_as_null() -> None:
    assert changes({"gone": 1}, {"new": 2}) == {"gone": [1, None], "new": [None, 2]}
    assert changes({}, {"empty": None}) == {}


def test_values_become_plain_json() -> None:
    @dataclass
    class Window:
        days: tuple[int, int]

    tokyo = timezone(timedelta(hours=9))
    number = UUID("018f0000-0000-7000-8000-000000000000")
    assert plain(
        [Role.OFFICER, datetime(2026, 1, 1, 9, tzinfo=tokyo), date(2026, 1, 1), number, Decimal("1.50"),
         {"b", "a"}, Window((1, 2)), None, True, 7]
    ) == ["officer", "2026-01-01T00:00:00+00:00", "2026-01-01", str(number), "1.50",
          ["a", "b"], {"days": [1, 2]}, None, True, 7]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"deep": [float("-inf")]}])
def test_a_number_that_json_lacks_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no such number"):
        plain(value)


@pytest.mark.parametrize("value", [object(), b"bytes", {"deep": object()}])
def test_what_is_no_value_is_a_mistake(value: Any) -> None:
    with pytest.raises(TypeError):
        plain(value)


def test_a_row_tells_what_was_changed(house: House, now: Any) -> None:
    agency = Agency.objects.get(pk=house.ours.pk)
    before = state_of(agency, "regions", "switchboard")
    agency.regions = ["HK", "MO"]
    with transaction.atomic():
        event = record(
            EVENT, actor=SYSTEM, subject=agency, at=now, before=before, data={"step": 1},
            after=state_of(agency, "regions", "switchboard"),
        )  # fmt: skip
    event.refresh_from_db()
    assert event.data == {"step": 1, "changes": {"regions": [["HK"], ["HK", "MO"]]}}


@pytest.mark.parametrize(
    "given",
    [
        {"why": "a\x00b"},
        {"why": "\ud800"},
        {"why": "x" * (WHY_MAX + 1)},
        {"data": {"note": "a\x00b"}},
        {"data": {"a\x00b": 1}},
        {"data": {"share": float("nan")}},
        {"data": {"note": "x" * (DATA_MAX + 1)}},
        {"before": {"name": "\udfff"}, "after": {}},
    ],
)
def test_what_cannot_be_kept_is_refused_before_the_lock(
    db: None, now: Any, given: dict[str, Any], django_assert_num_queries: Any
) -> None:
    agency = make_agency("hong-kong", now=now)
    rows = AuditEvent.objects.count()
    with transaction.atomic(), django_assert_num_queries(0), pytest.raises((Invalid, ValueError)):
        record(EVENT, actor=SYSTEM, subject=agency, at=now, **given)
    assert AuditEvent.objects.count() == rows


def test_hostile_text_is_kept_as_it_was_typed(db: None, now: Any) -> None:
    agency = make_agency("hong-kong", now=now)
    typed = "\u202egnp.exe\u2069 <script>alert(1)</script> \u200f\u0000".rstrip("\x00") + "漢" * 9000
    with transaction.atomic():
        event = record(EVENT, actor=SYSTEM, subject=agency, at=datetime.now(UTC), why=typed)
    event.refresh_from_db()
    assert event.why == typed
