"""What a process says it serves: written beside the follower, never in its way, and forgotten in time."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from campaigns.delivery import acknowledge
from campaigns.delivery.follow import Follower
from campaigns.delivery.stopped import Stop, stopping
from campaigns.delivery.tasks import KEPT_DAYS, forget
from campaigns.models import DeliveryAcknowledgement, DeliveryProcess, DeliveryRevision, Publication
from campaigns.review import flows as review
from tests.campaigns.test_follow import live, within
from tests.campaigns.warnings import published

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def follower(transactional_db: None) -> Iterator[Follower]:
    follower = Follower()
    yield follower
    follower.stop()


def recalled(house: Any, now: Any, follower: Follower) -> Publication:
    version = published(house, now)
    assert within(2.0, lambda: live(follower) == ["HK"])
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    return Publication.objects.get()


def state(publication: Publication) -> list[Stop]:
    found = stopping(publication)
    assert found is not None
    return [each.state for each in found.processes]


def test_it_says_what_it_serves_and_since_when(follower: Follower, house: Any, now: Any) -> None:
    assert live(follower) == []
    publication = recalled(house, now, follower)
    assert within(2.0, lambda: state(publication) == [Stop.ANSWERED])
    found = stopping(publication)
    assert found is not None
    [process] = found.processes
    assert process.milliseconds is not None
    assert 0 < process.milliseconds < 1000
    assert found.is_complete
    assert not found.is_watched
    assert found.slowest == process.milliseconds
    row = DeliveryProcess.objects.get()
    assert row.revision == DeliveryRevision.objects.get().revision
    assert row.acknowledgements.count() >= 2


def test_its_heartbeat_is_that_of_the_follower(
    follower: Follower, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledge, "HEARTBEAT_SECONDS", 0.05)
    assert follower.snapshot() is not None
    assert within(2.0, DeliveryProcess.objects.exists)
    first = DeliveryProcess.objects.get().confirmed_at
    assert within(3.0, lambda: DeliveryProcess.objects.get().confirmed_at > first)
    # The acknowledger lives and the follower does not: that is silence, not a heartbeat.
    follower._stopping.set()
    assert follower._thread is not None
    follower._thread.join(5)
    time.sleep(0.2)
    last = DeliveryProcess.objects.get().confirmed_at
    time.sleep(0.2)
    assert DeliveryProcess.objects.get().confirmed_at - last < timedelta(milliseconds=50)
    follower.stop()
    assert DeliveryProcess.objects.get().ended_at is not None


def test_what_it_cannot_say_stops_nothing_and_is_said_later(
    follower: Follower, house: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = acknowledge.WRITE
    monkeypatch.setattr(acknowledge, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(acknowledge, "WRITE", "SELECT * FROM no_such_table WHERE %(id)s IS NOT NULL")
    publication = recalled(house, now, follower)
    assert within(1.0, lambda: live(follower) == [])
    assert not DeliveryAcknowledgement.objects.exists()
    monkeypatch.setattr(acknowledge, "WRITE", written)
    assert within(3.0, lambda: state(publication) == [Stop.ANSWERED])
    [process] = stopping(publication).processes  # type: ignore[union-attr]
    # When it stopped, not when it could say so.
    assert process.milliseconds is not None
    assert process.milliseconds < 1000


class Slow:
    """A connection on which each write, and the first reading of the clock, waits before it is sent."""

    def __init__(self, connection: Any) -> None:
        self._connection, self._read = connection, 0

    def execute(self, query: str, given: Any = None) -> Any:
        self._read += query == acknowledge.CLOCK
        if query != acknowledge.CLOCK or self._read == 1:
            time.sleep(0.2)
        return self._connection.execute(query, given)


def test_a_busy_machine_puts_a_moment_neither_too_early_nor_much_too_late(transactional_db: None) -> None:
    told = acknowledge.Acknowledger(lambda: 0.0)
    stopped, at = time.time(), time.monotonic()
    told._told.append(acknowledge.Loaded(7, at, at))
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        told.write(Slow(direct))  # type: ignore[arg-type]
    late = DeliveryAcknowledgement.objects.get().stopped_at.timestamp() - stopped
    # Microseconds are lost where a moment becomes a row.
    assert -0.0001 < late < 0.1


def test_a_table_that_is_locked_delays_no_recall(follower: Follower, house: Any, now: Any) -> None:
    version = published(house, now)
    assert within(2.0, lambda: live(follower) == ["HK"])
    assert within(2.0, DeliveryAcknowledgement.objects.exists)
    with psycopg.connect(settings.DELIVERY_DATABASE_URL) as other:
        other.execute("LOCK TABLE campaigns_deliveryacknowledgement, campaigns_deliveryprocess")
        review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
        assert within(1.0, lambda: live(follower) == [])
        time.sleep(3.2)  # past the lease
        assert follower.snapshot() is not None
    publication = Publication.objects.get()
    assert within(5.0, lambda: state(publication) == [Stop.ANSWERED])


def test_who_had_lost_the_database_stopped_with_its_lease(follower: Follower, house: Any, now: Any) -> None:
    publication = recalled(house, now, follower)
    assert within(2.0, lambda: state(publication) == [Stop.ANSWERED])
    assert follower._snapshot is not None
    # As if it had last confirmed long ago, and found the database again only now.
    follower._snapshot.revision -= 1
    follower._confirmed_at = time.monotonic() - 60
    assert within(3.0, lambda: follower._snapshot.revision == publication.recall_revision)  # type: ignore[union-attr]
    told = acknowledge.Acknowledger(lambda: 0.0)
    at = time.monotonic()
    told._told += [
        acknowledge.Loaded(publication.recall_revision - 1, at - 100, at - 100),  # type: ignore[operator]
        acknowledge.Loaded(publication.recall_revision, at - 57, at),  # type: ignore[arg-type]
    ]
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        told.write(direct)
    assert sorted(state(publication)) == [Stop.ANSWERED, Stop.LEASE]
    [lost] = [each for each in stopping(publication).processes if each.state == Stop.LEASE]  # type: ignore[union-attr]
    assert lost.milliseconds == 0.0


def process(publication: Publication, heard: timedelta, **given: Any) -> DeliveryProcess:
    """One that held the publication and was last heard so long after (or before) its recall."""
    at = publication.recall_announced_at
    assert at is not None
    return DeliveryProcess.objects.create(
        **{
            "id": uuid4(), "host": "b", "pid": 7, "first_revision": 0, "revision": 0,
            "started_at": at - timedelta(days=1), "confirmed_at": at + heard,
        } | given
    )  # fmt: skip


def acknowledged(row: DeliveryProcess, revision: int, at: Any) -> DeliveryAcknowledgement:
    return DeliveryAcknowledgement.objects.create(process=row, revision=revision, stopped_at=at, served_at=at)


def test_each_process_is_called_what_it_is(house: Any, now: Any) -> None:
    version = published(house, now)
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    publication = Publication.objects.get()
    revision, at = publication.recall_revision, publication.recall_announced_at
    assert revision is not None
    assert at is not None
    assert state(publication) == []
    process(publication, -timedelta(minutes=11))  # gone long before
    process(publication, timedelta(0), first_revision=revision)  # began without it
    process(publication, timedelta(0), ended_at=at - timedelta(seconds=1))
    assert state(publication) == []
    process(publication, timedelta(0))
    assert state(publication) == [Stop.WAITING]
    found = stopping(publication)
    assert found is not None
    assert found.is_watched
    process(publication, -timedelta(seconds=30))
    process(publication, timedelta(0), ended_at=at + timedelta(seconds=1))
    assert sorted(state(publication)) == [Stop.ENDED, Stop.SILENT, Stop.WAITING]
    skipped = process(publication, timedelta(seconds=1))
    acknowledged(skipped, revision + 5, at + timedelta(milliseconds=40))
    acknowledged(skipped, revision + 9, at + timedelta(seconds=40))
    found = stopping(publication)
    assert found is not None
    assert [each.milliseconds for each in found.processes if each.process_id == skipped.pk] == [40.0]


def test_what_nobody_will_ask_for_is_forgotten(house: Any, now: Any, as_owner: Any) -> None:
    version = published(house, now)
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    publication = Publication.objects.get()
    revision = publication.recall_revision
    assert revision is not None
    old = now - timedelta(days=KEPT_DAYS + 1)
    kept = process(publication, timedelta(0), confirmed_at=old, host="kept")
    gone = process(publication, timedelta(0), confirmed_at=old, host="gone")
    alive = process(publication, timedelta(0), confirmed_at=now, host="alive")
    acknowledged(kept, revision - 1, old)
    stays = acknowledged(kept, revision + 1, old)
    acknowledged(kept, revision + 2, old)
    acknowledged(gone, revision - 1, old)
    fresh = acknowledged(alive, revision - 1, now)
    assert forget() == 3
    assert set(DeliveryAcknowledgement.objects.values_list("pk", flat=True)) == {stays.pk, fresh.pk}
    assert set(DeliveryProcess.objects.values_list("host", flat=True)) == {"kept", "alive"}
    assert forget() == 0


def test_an_acknowledgement_is_never_rewritten(house: Any, now: Any) -> None:
    version = published(house, now)
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    row = acknowledged(process(Publication.objects.get(), timedelta(0)), 5, now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('campaigns_deliveryacknowledgement', 'UPDATE'),"
            " has_table_privilege('campaigns_deliveryacknowledgement', 'INSERT'),"
            " has_table_privilege('campaigns_deliveryprocess', 'INSERT'),"
            " has_table_privilege('campaigns_deliveryprocess', 'UPDATE')"
        )
        assert cursor.fetchone() == (False, True, True, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        acknowledged(row.process, 5, now)
