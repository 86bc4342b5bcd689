"""The follower: confirms by itself, learns of a recall, and is let through by a busy server."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from campaigns.delivery import channel, follow, held, load
from campaigns.delivery.follow import Follower
from campaigns.review import flows as review
from tests.campaigns.warnings import published

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def follower(transactional_db: None) -> Iterator[Follower]:
    follower = Follower()
    yield follower
    follower.stop()


def within(seconds: float, true: Any) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.005)
    return False


def live(follower: Follower) -> list[str]:
    snapshot = follower.snapshot()
    assert snapshot is not None
    return list(snapshot.selection.regions)


def test_the_first_question_waits_for_the_first_snapshot(follower: Follower, house: Any, now: Any) -> None:
    published(house, now)
    assert live(follower) == ["HK"]


def test_a_publication_and_a_recall_arrive_by_themselves(follower: Follower, house: Any, now: Any) -> None:
    assert live(follower) == []
    version = published(house, now)
    assert within(2.0, lambda: live(follower) == ["HK"])
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    assert within(2.0, lambda: live(follower) == [])


def test_once_stopped_nothing_is_confirmed(follower: Follower) -> None:
    assert follower.snapshot() is not None
    follower.stop()
    assert follower.snapshot() is None


def test_requests_step_aside_only_while_it_confirms_or_is_late(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follower.snapshot() is not None
    until = time.monotonic() + 5
    while follower._confirming and time.monotonic() < until:
        time.sleep(0.001)  # after a load it confirms once more, at once
    waited: list[float] = []
    # In this process only: the follower waits for the database, never by sleeping.
    monkeypatch.setattr(follow.time, "sleep", waited.append)
    for _ in range(100):
        follower.snapshot()
    calm = len(waited)
    follower._confirming = True
    follower.snapshot()
    assert len(waited) == calm + 1
    follower._confirming = False
    follower._confirmed_at = time.monotonic() - follow.LATE_SECONDS - 0.1
    follower.snapshot()
    assert len(waited) >= calm + 2
    assert calm < 100


def test_a_load_that_goes_on_for_long_is_not_taken_for_a_dead_line(
    follower: Follower, house: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand campaigns are read and proved for a minute."""
    for number in range(6):
        published(house, now, title=f"Campaign {number}")
    real, said = load.prepare, []

    def slow(*given: Any, **named: Any) -> Any:
        time.sleep(0.3)
        return real(*given, **named)

    monkeypatch.setattr(load, "AT_ONCE", 1)
    monkeypatch.setattr(load, "prepare", slow)
    monkeypatch.setattr(channel, "STUCK_SECONDS", 1.0)
    monkeypatch.setattr(held, "KEEP_SECONDS", 0.05)
    monkeypatch.setattr(follow.log, "warning", lambda *given, **named: said.append(given))
    follower.start()
    assert within(6.0, lambda: follower.snapshot() is not None)
    assert len(follower.truth().snapshot.texts) == 6  # type: ignore[union-attr]
    assert ("the database does not answer; connecting anew",) not in said
