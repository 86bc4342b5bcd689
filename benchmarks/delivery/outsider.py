"""Asks every delivery process from outside, without end, and says until when a recalled text came back.

The processes say themselves when they stopped (campaigns_deliveryacknowledgement); this is the check that
they tell the truth. Its own process, with one connection to each delivery process; its clock and PostgreSQL's
are this machine's.
"""

import multiprocessing
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import psutil

from benchmarks.sockets import Link

# Between two turns, so that asking is no load of its own.
PAUSE_SECONDS = 0.001
TRIES = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """One process: Unix seconds of the last question whose answer had the text and of that answer; of the
    first question whose answer had not. Infinite for a question that was not reached."""

    pid: int
    asked_with: float
    answered_with: float
    asked_without: float


class Outsider:
    """In the parent: `watch` a publication, then `seen`."""

    def __init__(self, key_headers: dict[str, str], url: str, pids: Sequence[int]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_ask, args=(theirs, url, key_headers, list(pids)), daemon=True)
        self._process.start()
        if self._pipe.recv() != "ready":
            raise RuntimeError("the outsider has no connection to every process")

    def watch(self, url: str, mark: str) -> None:
        """From now on ask `url` for `mark`; returns once every process has answered with it."""
        self._pipe.send((url, mark))
        self._told()

    def seen(self) -> list[Seen]:
        """Returns once every process has answered without it."""
        self._pipe.send(None)
        found: list[Seen] = self._told()
        return found

    def stop(self) -> None:
        self._process.terminate()
        self._process.join(timeout=10)

    def _told(self) -> Any:
        if not self._pipe.poll(30):
            raise RuntimeError("the outsider says nothing: some process does not answer as it should")
        return self._pipe.recv()


def _ask(pipe: Connection, url: str, headers: dict[str, str], pids: list[int]) -> None:
    links = linked(url, headers, pids)
    for link in links.values():
        link.close()
    pipe.send("ready")
    while True:
        watched = pipe.recv()
        url, mark = watched
        links = linked(url, headers, pids)
        pipe.send(_watched(pipe, links, mark.encode()))
        for link in links.values():
            link.close()


def _watched(pipe: Connection, links: dict[int, Link], mark: bytes) -> list[Seen]:
    with_it: dict[int, tuple[float, float]] = {}
    without: dict[int, float] = {}
    is_told, is_asked = False, False
    while not (is_asked and without.keys() == links.keys()):
        for pid, link in links.items():
            asked = time.time()
            body = link.answer()
            answered = time.time()
            if mark in body:
                with_it[pid] = (asked, answered)
                # A process that brings it back has not stopped.
                without.pop(pid, None)
            else:
                without.setdefault(pid, asked)
        if not is_told and with_it.keys() == links.keys():
            is_told = True
            pipe.send("watching")
        is_asked = is_asked or (pipe.poll() and pipe.recv() is None)
        time.sleep(PAUSE_SECONDS)
    return [Seen(pid, *with_it[pid], without[pid]) for pid in links]


def linked(url: str, headers: dict[str, str], pids: Iterable[int]) -> dict[int, Link]:
    """A connection to each of these processes, which share a port: the kernel deals them out."""
    missing, found, spare = set(pids), dict[int, Link](), list[Link]()
    for _ in range(TRIES):
        link = Link(url, headers)
        link.answer()
        pid = _served_by(link, missing)
        if pid is None:
            spare.append(link)
        else:
            found[pid] = link
            missing.discard(pid)
        if not missing:
            break
    for link in spare:
        link.close()
    if missing:
        raise RuntimeError(f"no connection to {len(missing)} of the processes")
    return found


def _served_by(link: Link, pids: Iterable[int]) -> int | None:
    ours = link.socket.getsockname()[:2]
    for pid in pids:
        for each in psutil.Process(pid).net_connections("tcp4"):
            if each.raddr and tuple(each.raddr) == ours:
                return pid
    return None
