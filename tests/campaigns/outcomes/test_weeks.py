"""Events lie by weeks that are there in time, and that go when they are old; the counts stay."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from campaigns.models import Exposure, OutcomeChange, OutcomeCount, OutcomeEvent
from campaigns.outcomes import partitions, tasks
from campaigns.outcomes.ingest import ingest
from tests.campaigns.outcomes.telling import counts, event

pytestmark = pytest.mark.django_db(transaction=True)


def weeks() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'campaigns_outcomeevent'::regclass ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def rest_of(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM campaigns_outcomeevent WHERE tableoid = %s::regclass::oid", [name]
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),  # still the 53rd week of 2026
        datetime(2027, 1, 4, tzinfo=UTC),
    ],
)
def test_a_year_ends_within_a_week(moment: datetime) -> None:
    partitions.prepare(moment)
    assert {"campaigns_outcomeevent_2026w53", "campaigns_outcomeevent_2027w01"} <= set(weeks())
    assert partitions.prepare(moment) == 0


def test_an_event_lies_in_the_week_of_its_id(client: Any, version: Any, now: Any) -> None:
    for days in (0, 6):
        told = event(version, now - timedelta(days=days), reference=f"w-{days:08d}")
        assert ingest([told], actor=client, now=now).accepted == 1
    found = {name: rest_of(name) for name in weeks()}
    assert sum(found.values()) == 2
    assert found[f"campaigns_outcomeevent_{now:%Gw%V}"] >= 1


def test_a_week_that_nobody_made_is_made_by_the_call_that_needs_it(
    client: Any, version: Any, now: Any, as_owner: Any
) -> None:
    name = f"campaigns_outcomeevent_{now:%Gw%V}"
    as_owner(f"DROP TABLE {name}")
    try:
        assert ingest([event(version, now)], actor=client, now=now).accepted == 1
        assert rest_of(name) == 1
    finally:
        partitions.prepare(now)


def test_an_id_of_another_time_is_refused(client: Any, version: Any, now: Any) -> None:
    from portal.kernel.identifiers import id_at

    for away in (timedelta(days=8), -timedelta(minutes=6), timedelta(days=365 * 20)):
        told = event(version, now, id=str(id_at(now - away)))
        [refused] = ingest([told], actor=client, now=now).refused
        assert refused.code == "id-time-unfit"


def test_old_weeks_go_and_their_counts_stay(
    client: Any, version: Any, now: Any, settings: Any, as_owner: Any
) -> None:
    settings.OUTCOME_EVENTS_KEPT_DAYS = 31
    long_ago = now - timedelta(days=45)
    partitions.prepare(long_ago)
    ingest([event(version, long_ago, reference="w-long-ago")], actor=client, now=long_ago)
    ingest([event(version, now)], actor=client, now=now)
    before = counts()
    tasks.roll_up()
    gone = partitions.retire(now)
    assert f"campaigns_outcomeevent_{long_ago:%Gw%V}" in gone
    assert partitions.forget_exposures(now) == 1
    assert OutcomeEvent.objects.count() == Exposure.objects.count() == 1
    assert counts() == before
    # What is gone is no disagreement: only whole days that are kept are counted again.
    assert partitions.kept_since() > now - timedelta(days=45)  # type: ignore[operator]


def test_the_task_makes_what_is_missing_and_can_be_repeated(version: Any, now: Any) -> None:
    assert tasks.keep_weeks() == tasks.keep_weeks() == []
    assert f"campaigns_outcomeevent_{now + timedelta(weeks=8):%Gw%V}" in weeks()


@pytest.mark.parametrize(
    "call",
    [
        "campaigns_drop_outcome_weeks(now() - interval '29 days')",
        "campaigns_drop_outcome_weeks(now() + interval '1 year')",
        "campaigns_make_outcome_week(now() + interval '2 years')",
        "campaigns_make_outcome_week('infinity')",
    ],
)
def test_what_the_owner_does_for_the_portal_has_bounds(call: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}")


def test_only_the_portals_role_may_ask_for_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, has_function_privilege('public', oid, 'execute'),"
            " has_function_privilege(oid, 'execute')"
            " FROM pg_proc WHERE prosecdef AND proname LIKE 'campaigns_%' ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("campaigns_drop_outcome_weeks", False, True),
            ("campaigns_make_outcome_week", False, True),
        ]


def test_the_command_finds_and_mends_what_disagrees(client: Any, version: Any, now: Any) -> None:
    told = [event(version, now, kind) for kind in ("shown", "reconsidered")]
    ingest([*told, event(version, now, reference="w-another")], actor=client, now=now)
    said = StringIO()
    call_command("recount_outcomes", "--everything", stdout=said)
    assert "agree with 3 events" in said.getvalue()
    before = counts()
    OutcomeChange.objects.update(shown=9)
    Exposure.objects.update(language="en")
    with pytest.raises(CommandError, match="1 counts disagree with 3 events"):
        call_command("recount_outcomes", "--everything", stdout=StringIO())
    call_command("recount_outcomes", "--everything", "--repair", stdout=StringIO())
    assert counts() == before
    assert OutcomeCount.objects.get().shown == 2
    assert set(Exposure.objects.values_list("language", flat=True)) == {"zh-Hant"}
    ingest([event(version, now, "proceeded")], actor=client, now=now)
    call_command("recount_outcomes", "--everything", stdout=StringIO())
