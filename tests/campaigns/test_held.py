"""Without a database: what a process goes on with, for how long, and what it begins with from disk."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.delivery import follow, held
from campaigns.delivery.edge import SNAPSHOT, Edge
from campaigns.delivery.follow import Follower
from campaigns.models import DeliveryAcknowledgement, DeliveryProcess
from campaigns.review import flows as review
from portal.embedded.environment import signing_key
from tests.campaigns.asking import Held, answered, ask, read
from tests.campaigns.test_follow import within
from tests.campaigns.warnings import published
from tests.clients import make_client

pytestmark = pytest.mark.django_db(transaction=True)
NOWHERE = "postgresql://portal@127.0.0.1:9/none"


@pytest.fixture
def key(transactional_db: None, now: Any) -> str:
    return make_client("withdrawals", ["campaigns:read"], now=now)[1]


@pytest.fixture
def directory(settings: Any, tmp_path: Path) -> Path:
    settings.DELIVERY_DIR = tmp_path / "delivery"
    settings.DELIVERY_DIR.mkdir()
    return tmp_path / "delivery"


@pytest.fixture
def followers() -> Iterator[Any]:
    made: list[Follower] = []

    def make() -> Follower:
        made.append(Follower())
        return made[-1]

    yield make
    for each in made:
        each.stop()


# --- past the lease -----------------------------------------------------------------------------------


def test_past_the_lease_what_allows_it_goes_on_and_the_answer_says_how_old_it_is(key, house, now):
    published(house, now, title="May go on", priority=90, unconfirmed_seconds=3600)
    published(house, now, title="May not", priority=10)
    asked = time.time()
    status, headers, body = ask(Edge(None, Held(read(), age=120.0, confirmed_at=asked - 120)), key)
    assert status == 200
    assert [each["publication"]["priority"] for each in body["campaigns"]] == [90]
    assert headers["Age-of-truth"] == "120.00"
    status, _, body = ask(Edge(None, Held(read(), age=3601.0, confirmed_at=asked - 3601)), key)
    assert (status, body["code"]) == (503, "unconfirmed")


def test_past_the_lease_nobody_says_that_nothing_is_live(key, house, now):
    held_now = Held(read(), age=4.0, confirmed_at=time.time() - 4)
    assert ask(Edge(None, held_now), key)[0] == 503
    assert ask(Edge(None, Held(read())), key)[0] == 204


def test_within_the_lease_everything_is_answered_with_its_age(key, house, now):
    published(house, now)
    status, headers, _ = ask(Edge(None, Held(read(), age=0.37)), key)
    assert (status, headers["Age-of-truth"]) == (200, "0.37")


def test_past_the_lease_no_snapshot_is_given_out(key, house, now):
    published(house, now, unconfirmed_seconds=3600)
    edge = Edge(None, Held(read(), age=5.0, confirmed_at=time.time() - 5))
    assert ask(edge, key, "", path=SNAPSHOT)[2]["code"] == "unconfirmed"


def test_a_follower_that_loses_the_database_says_since_when(followers, house, now, monkeypatch, settings):
    published(house, now)
    follower = followers()
    truth = follower.truth()
    assert truth is not None
    assert truth.confirmed_at is None

    def away(connection: Any) -> int:
        raise OSError("the database is away")

    monkeypatch.setattr(follow.load, "revision", away)
    monkeypatch.setattr(follow, "LEASE_SECONDS", 1.5)
    lost_at = time.time()
    assert within(4, lambda: follower.snapshot() is None)
    later = follower.truth()
    assert later.snapshot is truth.snapshot
    assert abs(later.confirmed_at - lost_at) < 1.5
    assert later.age >= 1.5
    monkeypatch.undo()
    assert within(3, lambda: follower.snapshot() is not None)


def test_a_revision_that_went_back_confirms_nothing(followers, house, now, monkeypatch, settings):
    """A database that was restored from a backup would serve what was recalled since."""
    published(house, now)
    follower = followers()
    assert follower.snapshot() is not None
    monkeypatch.setattr(follow, "LEASE_SECONDS", 1.5)
    known = follower.truth().snapshot.revision
    monkeypatch.setattr(follow.load, "revision", lambda connection: known - 1)
    assert within(4, lambda: follower.snapshot() is None)
    assert follower.truth().snapshot.revision == known


# --- on disk ------------------------------------------------------------------------------------------


def kept(directory: Path, confirmed_at: float | None = None) -> None:
    held.write(directory, read(), time.time() if confirmed_at is None else confirmed_at)


def test_what_is_kept_is_what_was_held(key, house, now, directory):
    published(house, now, unconfirmed_seconds=3600, show_at_most=2, show_per_days=7, assets=["USDT"])
    published(house, now, title="Evergreen", ends_at=None)
    kept(directory, 1_800_000_000.9)
    snapshot, confirmed_at = held.read(directory)
    before = read()
    assert confirmed_at == 1_800_000_000
    assert snapshot.revision == before.revision
    assert snapshot.selection.regions == before.selection.regions
    assert snapshot.texts == before.texts
    assert snapshot.keys.keys() == before.keys.keys()
    again, held_then = (answered(each, "HK", "en", now.timestamp()) for each in (snapshot, before))
    assert again.body == held_then.body


def test_no_key_of_a_client_lies_on_disk(key, house, now, directory):
    published(house, now)
    kept(directory)
    written = b"".join(path.read_bytes() for path in directory.iterdir())
    assert key.encode() not in written
    assert key.rpartition("_")[2].encode() not in written


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines, note: lines.__setitem__(1, lines[1].replace(b"Stop", b"Send")),
        lambda lines, note: lines.pop(),
        lambda lines, note: lines.append(lines[-1]),
        lambda lines, note: lines.__setitem__(0, b'{"clients": [], "keys": []}'),
        lambda lines, note: note["held"].update(confirmed_at=4_000_000_000),
        lambda lines, note: note["held"].update(revision=10**6),
        lambda lines, note: note.update(signature="A" * 86),
        lambda lines, note: note["held"].update(typ="portal/snapshot"),
        lambda lines, note: note.clear(),
    ],
)
def test_a_file_that_was_touched_is_not_used(key, house, now, directory, spoil):
    published(house, now)
    kept(directory)
    note_path = directory / held.NAME
    note = json.loads(note_path.read_text())
    [texts] = directory.glob("snapshot-*.jsonl")
    lines = texts.read_bytes().splitlines()
    spoil(lines, note)
    texts.write_bytes(b"\n".join(lines) + b"\n")
    note_path.write_text(json.dumps(note))
    with pytest.raises(held.NotHeld):
        held.read(directory)


def test_a_delivery_key_cannot_put_a_text_on_disk(key, house, now, directory, settings):
    """Whoever has the key that signs the file has none that signs a publication."""
    published(house, now)
    kept(directory)
    settings.SIGNING_KEYS = [signing_key()]
    with pytest.raises(held.NotHeld, match="not known"):
        held.read(directory)


def test_nothing_on_disk_is_nothing_to_begin_with(directory):
    with pytest.raises(held.NotHeld, match="nothing was kept"):
        held.read(directory)


def test_a_process_begins_without_a_database_with_what_was_kept(
    key, house, now, directory, settings, followers
):
    published(house, now, unconfirmed_seconds=3600)
    version = published(house, now, title="May not", priority=99)
    kept(directory, time.time() - 60)
    there = settings.DELIVERY_DATABASE_URL
    settings.DELIVERY_DATABASE_URL = NOWHERE
    follower = followers()
    edge = Edge(None, follower)
    status, headers, body = ask(edge, key)
    assert (status, len(body["campaigns"])) == (200, 1)
    assert 59 <= float(headers["Age-of-truth"]) < 70
    assert follower.snapshot() is None
    # The database comes back, and has recalled something meanwhile: both are known at once, and written down.
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    settings.DELIVERY_DATABASE_URL = there
    assert within(5, lambda: follower.snapshot() is not None)
    status, headers, body = ask(edge, key)
    assert (status, len(body["campaigns"])) == (200, 1)
    assert float(headers["Age-of-truth"]) < 3
    version.publication.refresh_from_db()
    assert within(
        3, DeliveryAcknowledgement.objects.filter(revision=version.publication.recall_revision).exists
    )
    # It had held the recalled text, so the recall's page counts it.
    process = DeliveryProcess.objects.get(pid__gt=0, client=None)
    assert process.first_revision < version.publication.recall_revision


def test_the_keeper_writes_beside_and_once_per_revision(house, now, directory, followers, monkeypatch):
    monkeypatch.setattr(held, "KEEP_SECONDS", 0.05)
    version = published(house, now)
    follower = followers()
    assert follower.snapshot() is not None
    assert within(3, lambda: (directory / held.NAME).exists())
    [first] = directory.glob("snapshot-*.jsonl")
    before = first.stat().st_mtime_ns
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    assert within(3, lambda: first not in list(directory.glob("snapshot-*.jsonl")))
    [second] = directory.glob("snapshot-*.jsonl")
    time.sleep(0.3)
    assert before != second.stat().st_mtime_ns
    assert held.read(directory)[0].texts == {}


def test_of_two_processes_one_keeps(house, now, directory, followers, monkeypatch):
    monkeypatch.setattr(held, "KEEP_SECONDS", 0.05)
    published(house, now)
    first, second = followers(), followers()
    for each in (first, second):
        assert each.snapshot() is not None
    assert within(3, lambda: first._keeper._lock is not None or second._keeper._lock is not None)
    time.sleep(0.2)
    assert [each._keeper._lock is not None for each in (first, second)].count(True) == 1


def test_a_disk_that_refuses_stops_nothing(house, now, settings, tmp_path, followers, monkeypatch):
    monkeypatch.setattr(held, "KEEP_SECONDS", 0.05)
    (tmp_path / "file").write_text("no directory")
    settings.DELIVERY_DIR = tmp_path / "file" / "delivery"
    published(house, now)
    follower = followers()
    time.sleep(0.3)
    assert follower.snapshot() is not None
    assert follower._keeper._thread.is_alive()
