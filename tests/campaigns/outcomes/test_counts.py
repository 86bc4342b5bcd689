"""The counts agree with the events, whatever the order in which they came and whoever was ended meanwhile."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from campaigns.models import Exposure, OutcomeChange, OutcomeCount, OutcomeEvent
from campaigns.outcomes import rollup
from campaigns.outcomes.figures import figures, weeks
from campaigns.outcomes.ingest import ingest
from tests.campaigns.outcomes.telling import batches, counts, event, kept, made_up

pytestmark = pytest.mark.django_db(transaction=True)


def taken(events: list[Any]) -> list[Any]:
    """Those of them that are stored; the others were refused as impossible."""
    stored = {str(each) for each in OutcomeEvent.objects.values_list("pk", flat=True)}
    return [each for each in events if each["id"] in stored]


@pytest.mark.parametrize("seed", range(12))
def test_late_repeated_and_reordered_events_are_counted_as_if_they_had_come_in_order(
    client: Any, version: Any, now: Any, seed: int
) -> None:
    chance = random.Random(seed)
    events = made_up(version, now, chance, 25)
    for batch in batches(events, chance):
        ingest(batch, actor=client, now=now)
        if chance.random() < 0.3:
            rollup.roll_up()
    known = taken(events)
    assert len(known) > len(events) * 0.7
    expected = kept(known)
    assert counts() == expected
    rollup.roll_up()
    assert not OutcomeChange.objects.exists()
    assert counts() == expected
    assert list(rollup.recount(now - timedelta(days=9))) == []


def test_calls_at_once_count_each_thing_once(client: Any, version: Any, now: Any) -> None:
    chance = random.Random(7)
    events = made_up(version, now, chance, 40)
    calls = [*batches(events, chance, 60), *batches(events, chance, 60)]

    def call(batch: list[Any]) -> None:
        try:
            ingest(batch, actor=client, now=now)
            rollup.roll_up()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(call, calls))
    rollup.roll_up()
    assert counts() == kept(taken(events))
    assert list(rollup.recount(now - timedelta(days=9))) == []


def test_a_worker_that_is_ended_half_way_has_done_nothing(client: Any, version: Any, now: Any) -> None:
    ingest([event(version, now, reference=f"w-{n:08d}") for n in range(50)], actor=client, now=now)
    before = counts()

    class Ended(BaseException):
        pass

    with pytest.raises(Ended), transaction.atomic():
        assert rollup.roll_up() == 1
        assert OutcomeCount.objects.exists()
        raise Ended
    assert (OutcomeCount.objects.count(), OutcomeChange.objects.count()) == (0, 1)
    assert counts() == before
    rollup.roll_up()
    assert counts() == before


def test_two_workers_take_different_changes(client: Any, version: Any, now: Any) -> None:
    for number in range(10):
        ingest([event(version, now, reference=f"w-{number:08d}")], actor=client, now=now)

    def roll() -> int:
        try:
            return rollup.roll_up()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: roll(), range(8))) == 10
    assert OutcomeCount.objects.get().shown == 10


def test_a_count_that_was_tampered_with_is_found(client: Any, version: Any, now: Any) -> None:
    ingest([event(version, now), event(version, now, "reconsidered")], actor=client, now=now)
    rollup.roll_up()
    OutcomeCount.objects.update(reconsidered=7)
    [found] = rollup.recount(now - timedelta(days=1))
    assert (found.version, found.language) == (version.pk, "zh-Hant")
    assert (found.kept or {})["reconsidered"] == 7
    assert (found.counted or {})["reconsidered"] == 1
    OutcomeCount.objects.all().delete()
    [found] = rollup.recount(now - timedelta(days=1))
    assert found.kept is None


def test_what_was_shown_first_says_where_and_how(client: Any, version: Any, now: Any) -> None:
    """Whichever of them comes first."""
    first = event(version, now - timedelta(hours=2), language="en")
    again = event(version, now - timedelta(minutes=1), language="zh-Hant")
    for batch in ([again], [first]):
        ingest(batch, actor=client, now=now)
    exposure = Exposure.objects.get()
    assert (exposure.language, exposure.shown_at) == ("en", now - timedelta(hours=2))
    assert {key[1] for key in counts()} == {"en"}


def test_an_outcome_before_its_warning_is_refused_once_that_is_known(
    client: Any, version: Any, now: Any
) -> None:
    early = event(version, now - timedelta(hours=1), "reconsidered")
    together = ingest([event(version, now), early], actor=client, now=now)
    assert [(each.index, each.code) for each in together.refused] == [(1, "impossible-order")]
    assert together.accepted == 1
    later = ingest([event(version, now - timedelta(minutes=6), "proceeded")], actor=client, now=now)
    assert [each.code for each in later.refused] == ["impossible-order"]
    close = ingest([event(version, now - timedelta(minutes=4), "proceeded")], actor=client, now=now)
    assert close.accepted == 1


def test_an_outcome_that_came_before_its_shown_waits_and_counts_nowhere_alone(
    client: Any, version: Any, now: Any
) -> None:
    outcome = event(version, now, "reconsidered")
    assert ingest([outcome], actor=client, now=now).accepted == 1
    assert counts() == {}
    ingest([event(version, now - timedelta(minutes=1))], actor=client, now=now)
    assert {key[2] for key in counts()} == {"shown", "reconsidered", "either"}
    # One that is known already is repeated, not refused, whatever came since.
    assert ingest([outcome], actor=client, now=now).repeated == 1


def test_the_window_after_a_warning_ends_to_the_second(client: Any, version: Any, now: Any) -> None:
    shown_at = now - timedelta(days=7) + timedelta(seconds=1)
    ingest([event(version, shown_at, reference="w-inside-1")], actor=client, now=now)
    ingest([event(version, shown_at, reference="w-outside-1")], actor=client, now=now)
    ended = shown_at + timedelta(days=7)
    later = now + timedelta(days=1)
    ingest([event(version, ended, "proceeded", "w-inside-1")], actor=client, now=later)
    ingest(
        [event(version, ended + timedelta(microseconds=1), "proceeded", "w-outside-1")],
        actor=client,
        now=later,
    )
    found = counts()
    assert sum(value for key, value in found.items() if key[2] == "proceeded") == 1
    assert sum(value for key, value in found.items() if key[2] == "unanswered") == 1


def test_honest_payments_that_were_given_up_are_counted(client: Any, version: Any, now: Any) -> None:
    for number, kinds in enumerate((["reconsidered", "cleared"], ["cleared"], ["reconsidered", "reported"])):
        told = [event(version, now, kind, f"w-{number:08d}") for kind in ("shown", *kinds)]
        ingest(told, actor=client, now=now)
    sums = {
        name: sum(value for key, value in counts().items() if key[2] == name)
        for name in ("cleared", "reported")
    }
    assert sums == {"cleared": 1, "reported": 1}


def test_figures_are_the_same_before_and_after_the_worker_has_run(
    client: Any, version: Any, now: Any
) -> None:
    """Each thing came by a call of its own, so each is a change of its own."""
    for reference in ("w-00000001", "w-00000002"):
        ingest([event(version, now, reference=reference)], actor=client, now=now)
    for kind in ("reviewed", "proceeded"):
        ingest([event(version, now, kind, "w-00000001")], actor=client, now=now)
    before = figures(version.campaign)
    assert (before.exposures, before.either.count, before.proceeded.count) == (2, 1, 1)
    assert [(each.exposures, each.either.count) for each in weeks(version.campaign, now)] == [(2, 1)]
    rollup.roll_up()
    assert figures(version.campaign) == before


def test_a_holdout_begins_when_it_is_assigned(client: Any, version: Any, now: Any) -> None:
    told = [event(version, now, kind) for kind in ("assigned", "proceeded")]
    ingest(told, actor=client, now=now)
    assert {key[2]: value for key, value in counts().items()} == {"assigned": 1, "proceeded": 1}


def test_one_statement_stores_events_exposures_and_changes_or_none(
    client: Any, version: Any, now: Any
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM campaigns_outcomechange")
    with pytest.raises(RuntimeError), transaction.atomic():
        ingest([event(version, now)], actor=client, now=now)
        raise RuntimeError
    assert not OutcomeEvent.objects.exists()
    assert not Exposure.objects.exists()
    assert counts() == {}
