"""Outcome events: on disk before they are anywhere else, with the portal once, whatever breaks in between."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from campaigns.client import reporting, spool
from campaigns.client.events import Event, new_id
from campaigns.client.spool import Full, Spool
from tests.campaigns.client.conftest import within
from tests.campaigns.client.feigned import Feigned
from tests.journeys.conftest import CHECKOUT


@pytest.fixture
def client(feigned: Feigned, client_of: Any) -> Any:
    client = client_of(feigned)
    client.start(wait=5)
    return client


def report(client: Any, number: int, **more: Any) -> str:
    [warning] = client.warnings("HK", "en")
    return str(client.report(warning, "shown", region="HK", reference=f"w-{number:07d}", **more))


def files(client: Any) -> list[Path]:
    return list(client._spool._directory.iterdir())


def test_many_go_in_few_calls_and_leave_no_file(feigned: Feigned, client: Any) -> None:
    ids = [report(client, number) for number in range(2500)]
    assert within(10, lambda: len(feigned.events) >= 2500)
    assert sorted({each["id"] for each in feigned.events}) == sorted(ids)
    assert feigned.count("events") < 60
    assert within(2, lambda: files(client) == [])


def test_what_cannot_be_sent_waits_and_is_sent_by_the_next_start(
    feigned: Feigned, client: Any, client_of: Any
) -> None:
    feigned.behave = lambda path, handler: path == "events" and not feigned.send(handler, 503, b"{}")
    ids = [report(client, number) for number in range(10)]
    assert within(2, lambda: client.status().outcomes.get("failed"))
    client.close()
    feigned.behave = lambda path, handler: False
    again = client_of(feigned)
    again.start(wait=5)
    assert within(5, lambda: {each["id"] for each in feigned.events} == set(ids))


def test_a_process_that_is_killed_loses_nothing(feigned: Feigned, client_of: Any, tmp_path: Path) -> None:
    feigned.behave = lambda path, handler: path == "events" and not feigned.send(handler, 503, b"{}")
    program = f"""
        import time
        from campaigns.client import Client
        directory = {str(tmp_path / "client")!r}
        client = Client({feigned.url!r}, {feigned.key!r}, directory=directory, send_every=0.05)
        client.start(wait=10)
        [warning] = client.warnings("HK", "en")
        for number in range(200):
            print(client.report(warning, "shown", region="HK", reference=f"w-{{number:07d}}"), flush=True)
        time.sleep(60)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ids = {process.stdout.readline().strip() for _ in range(200)}
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    feigned.behave = lambda path, handler: False
    client_of(feigned).start(wait=5)
    assert within(10, lambda: {each["id"] for each in feigned.events} == ids)


def test_two_processes_share_a_directory_and_send_everything(
    feigned: Feigned, client_of: Any, tmp_path: Path
) -> None:
    one, two = client_of(feigned), client_of(feigned)
    for each in (one, two):
        each.start(wait=5)
    ids = {report(each, number) for number in range(300) for each in (one, two)}
    assert within(10, lambda: {each["id"] for each in feigned.events} == ids)


def test_events_that_are_refused_do_not_hold_up_the_others(
    feigned: Feigned, client: Any, tmp_path: Path
) -> None:
    def refusing(path: str, handler: Any) -> bool:
        if path == "events":
            refused = [{"index": 0, "code": "unknown-version", "detail": "No."}]
            feigned.send(
                handler, 200, json.dumps({"accepted": 0, "repeated": 0, "refused": refused}).encode()
            )
        return path == "events"

    feigned.behave = refusing
    first = report(client, 1)
    assert within(5, lambda: client.status().outcomes.get("refused") == 1)
    feigned.behave = lambda path, handler: False
    second = report(client, 2)
    assert within(5, lambda: [each["id"] for each in feigned.events] == [second])
    [line] = (tmp_path / "client" / "refused.jsonl").read_text().splitlines()
    assert json.loads(line)["event"]["id"] == first


def test_a_batch_that_is_too_large_is_halved(feigned: Feigned, client: Any) -> None:
    sizes: list[int] = []
    take = feigned.take

    def at_most(handler: Any, path: str, given: dict[str, Any]) -> None:
        if path == "events" and len(given["events"]) > 20:
            sizes.append(len(given["events"]))
            feigned.send(handler, 413, b'{"code": "too-large"}')
        else:
            take(handler, path, given)

    feigned.take = at_most  # type: ignore[method-assign]
    ids = {report(client, number) for number in range(100)}
    assert within(3, lambda: {each["id"] for each in feigned.events} == ids)
    assert sizes
    # What the limit is, is learnt: no batch begins with 1,000 again, and none waits for the next turn.
    assert len(sizes) < 12
    assert not client.status().outcomes.get("failed")


def test_it_waits_as_long_as_the_portal_asks(feigned: Feigned, client: Any) -> None:
    def busy(path: str, handler: Any) -> bool:
        if path == "events":
            feigned.send(handler, 429, b'{"code": "rate-limited"}', Retry_After="1")
        return path == "events"

    feigned.behave = busy
    report(client, 1)
    assert within(2, lambda: feigned.count("events") == 1)
    time.sleep(0.8)
    assert feigned.count("events") == 1


def test_a_line_that_a_crash_cut_is_passed_over(tmp_path: Path) -> None:
    given = Spool(tmp_path, most_bytes=10**6)
    given.append({"id": "a"})
    given.close()
    [path] = tmp_path.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"id": "b')
    with given.oldest() as segment:
        assert segment is not None
        events, end = segment.batch(10, 10**6)
        assert (events, end) == ([{"id": "a"}], path.stat().st_size)


def test_a_file_is_not_there_for_others_before_it_is_locked(tmp_path: Path, monkeypatch: Any) -> None:
    """Whoever found it in between would send and remove it, and what is written then would be lost."""
    seen: list[list[Path]] = []
    lock = spool.fcntl.flock

    def watched(*given: Any) -> None:
        seen.append(list(tmp_path.glob("*.jsonl")))
        lock(*given)

    monkeypatch.setattr(spool.fcntl, "flock", watched)
    given = Spool(tmp_path, most_bytes=10**6)
    given.append({"id": "a"})
    assert seen == [[]]
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    given.close()


def test_a_full_spool_says_so_and_stops_nothing(feigned: Feigned, client_of: Any) -> None:
    feigned.behave = lambda path, handler: path == "events" and not feigned.send(handler, 503, b"{}")
    client = client_of(feigned, spool_bytes=2000)
    client.start(wait=5)
    for number in range(50):
        report(client, number)
    assert client.status().outcomes["lost"] > 0
    given = client._spool
    with pytest.raises(Full):
        given.append({"id": "x" * 3000})


def test_a_disk_that_refuses_stops_nothing(feigned: Feigned, client: Any, monkeypatch: Any) -> None:
    def full(*given: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.os, "write", full)
    assert report(client, 1)
    monkeypatch.undo()
    assert client.status().outcomes["lost"] == 1


def test_a_large_spool_is_cut_into_files(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 1000)
    given = Spool(tmp_path, most_bytes=10**6)
    for number in range(100):
        given.append({"id": f"{number:050d}"})
    assert len(list(tmp_path.glob("*.jsonl"))) > 4
    given.close()
    sent: list[str] = []
    while True:
        with given.oldest() as segment:
            if segment is None:
                break
            while events := segment.batch(7, 10**6):
                if not events[0]:
                    break
                sent += [each["id"] for each in events[0]]
                segment.sent(events[1])
            segment.done()
    assert sent == [f"{number:050d}" for number in range(100)]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "sent"}, {"kind": "reviewed"}, {"kind": "shown", "part": "tips"}, {"reference": "short"},
        {"reference": "12345678"}, {"reference": "me@example.org"}, {"reference": "w" * 65},
        {"region": "Hong Kong"}, {"region": "hk"}, {"region": ""},
    ],
)  # fmt: skip
def test_a_mistake_in_the_call_is_told_where_it_is_made(changes: dict[str, str]) -> None:
    given = {
        "id": new_id(), "kind": "shown", "campaign": "c", "version": "v", "region": "HK", "language": "en",
        "reference": "w-0000001", "occurred_at": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    Event(**given)
    with pytest.raises(ValueError):
        Event(**given | changes)


def test_ids_are_of_version_seven_and_sorted_by_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [UUID(new_id()) for _ in range(1000)]
    assert {each.version for each in ids} == {7}
    assert {each.variant for each in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == 1000
    assert all(before <= each.int >> 80 <= time.time_ns() // 1_000_000 for each in ids)


def test_the_limits_are_those_of_the_portal() -> None:
    from django.conf import settings

    from campaigns.outcomes.ingest import MOST_EVENTS

    assert reporting.MOST_EVENTS == MOST_EVENTS
    assert reporting.MOST_BYTES < settings.OUTCOME_MAX_BODY
