"""Runs the whole portal in the foreground from a bare checkout, and takes everything down with it.

In order: lock, port, servers, files, database, seeds, then web, worker and scheduler until a signal. Every
child dies with this process, however it ends; a child that dies alone is started again, a few times.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from portal import build
from portal.demo import environment, steps, summary
from portal.demo.children import HOST, Restarts, Service, services
from portal.embedded import AlreadyRunning, EmbeddedError, Servers, erase, processes
from portal.embedded.environment import CHECKOUT, is_set
from portal.embedded.places import Lock

READY_SECONDS = 90.0
STOP_SECONDS = 8.0


class Failed(Exception):
    """The demo cannot go on; the message is for the person who started it."""


class Stopped(BaseException):
    """A signal asked us to end."""


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)  # noqa: T201


@contextlib.contextmanager
def timed(title: str) -> Iterator[None]:
    say(f"  {title} … ", end="")
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - began:.1f} s")


def catch_signals() -> None:
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def handle(number: int, _frame: FrameType | None) -> NoReturn:
        # A second one must not cut short the stopping that the first one began.
        for each in caught:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for each in caught:
        signal.signal(each, handle)


def refuse_used_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Only a listener makes this fail, not the remains of closed connections.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as problem:
            raise Failed(
                f"Port {port} is reserved for the system. Choose another: make demo PORT=8001"
            ) from problem
        except OSError as problem:
            raise Failed(f"Port {port} is in use. Choose another: make demo PORT={port + 1}") from problem


class Demo:
    def __init__(self, *, seed: bool, reset: bool) -> None:
        self.seed = seed
        self.reset = reset
        self.port = environment.port()
        self.places = environment.places()
        self.url = environment.base_url(self.port)
        self.servers: Servers | None = None
        self.server_restarts: dict[str, Restarts] = {}
        self.services: list[Service] = []
        self._undo = contextlib.ExitStack()

    def run(self) -> None:
        with self._undo:
            began = time.monotonic()
            self._claim()
            self._prepare()
            self._serve()
            for line in summary.lines(self.url, self.places.people, self.places.state):
                say(line)
            say(f"Started in {time.monotonic() - began:.1f} s.")
            self._watch()

    def _claim(self) -> None:
        state = self.places.state
        state.mkdir(parents=True, exist_ok=True)
        try:
            self._undo.callback(Lock(state, url=self.url).release)
        except AlreadyRunning as running:
            where = running.holder.get("url", "an unknown address")
            raise Failed(f"The demo of this checkout already runs at {where}: {running}") from running
        refuse_used_port(self.port)
        if self.reset:
            self._erase()
        for log in state.glob("*.log"):
            log.unlink()
        self.guard = processes.Guard()
        self._undo.callback(self.guard.close)

    def _erase(self) -> None:
        if is_set("DATABASE_URL"):
            raise Failed(
                "RESET=1 erases only a database that the demo made itself, and DATABASE_URL names another. "
                "Empty that one by your own hand and start without RESET."
            )
        with timed("Erasing the last demo"):
            # What the servers' user owns elsewhere goes first, while we still know of it.
            erase(self.places.servers)
            for path in [*self.places.state.iterdir(), *self.places.fruits, self.places.people]:
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != "lock":
                    path.unlink(missing_ok=True)

    def _prepare(self) -> None:
        self.env = environment.build(self.places, self.port)
        wanted = {"postgres": not is_set("DATABASE_URL"), "valkey": not is_set("REDIS_URL")}
        self.own_database = None
        if any(wanted.values()):
            with timed(
                "Starting PostgreSQL and Valkey" if all(wanted.values()) else "Starting the other server"
            ):
                self.servers = Servers(self.places.servers, **wanted)
                self._undo.callback(self.servers.stop)
                urls = self.servers.start()
            self.env.update(urls.environment())
            self.own_database = urls.database_owner_url
        for step in [*build.steps(self.places.var), steps.migrate(self.own_database)]:
            self._do(step)
        # Nothing that serves can change a table.
        self.env.pop("DATABASE_OWNER_URL", None)
        self.env.pop("DATABASE_OWNER_URL_FILE", None)

    def _serve(self) -> None:
        self._undo.callback(self._stop)
        web, worker, scheduler = services(self.places, self.env, self.port, self.guard)
        # The worker loads while the seeds are written. The scheduler signs the day's audit head as it starts,
        # which is to stand above them, and the web process needs a key out of them.
        self._begin(worker)
        if self.seed:
            self._do(steps.seed(self.places, self.url, self.own_database))
        if self.places.people.exists() and not self.env.get("PORTAL_DEMO_CLIENT_KEY"):
            self.env["PORTAL_DEMO_CLIENT_KEY"] = environment.client_key(self.places.people)
        with timed("Starting web, worker and scheduler"):
            self._begin(scheduler)
            self._begin(web)
            self._wait()

    def _begin(self, service: Service) -> None:
        self.services.append(service)
        service.start()

    def _do(self, step: build.Step) -> None:
        if step.needed():
            with timed(step.title):
                self._run(step)
            step.done()

    def _run(self, step: build.Step) -> None:
        log = self.places.state / f"{step.name}.log"
        with log.open("wb") as output:
            process = processes.start(
                step.command, guard=self.guard, env=self.env, cwd=CHECKOUT, output=output
            )
            try:
                code = process.wait()
            finally:
                processes.stop(process, guard=self.guard)
        if code != 0:
            raise Failed(
                f"“{step.title}” failed with exit code {code}. The end of {log}:\n\n{processes.tail(log)}"
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        answer = "no answer"
        while time.monotonic() < deadline:
            for service in self.services:
                if service.ended() is not None:
                    raise Failed(self._why(service))
            status, answer = self._readyz()
            if status == 200:
                return
            time.sleep(0.1)
        logs = "\n".join(f"--- {one.log}\n{processes.tail(one.log, 15)}" for one in self.services)
        raise Failed(f"Not ready after {READY_SECONDS:.0f} seconds: {answer}\n\n{logs}")

    def _readyz(self) -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}/readyz",
            headers={"Host": self.url.split("://", 1)[1], "X-Forwarded-Proto": self.url.split("://", 1)[0]},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own address
                return answer.status, ""
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read(2000).decode(errors="replace")
        except OSError as problem:
            return 0, str(problem)

    def _why(self, service: Service) -> str:
        return (
            f"The {service.name} process ended with code {service.ended()}. "
            f"The end of {service.log}:\n\n{processes.tail(service.log)}"
        )

    def _watch(self) -> NoReturn:
        while True:
            time.sleep(0.5)
            for name in self.servers.ended() if self.servers else ():
                self._again(name, self.server_restarts.setdefault(name, Restarts()), f"{name} ended.")
                assert self.servers is not None  # noqa: S101
                self.servers.revive(name)
            for service in self.services:
                if service.ended() is not None:
                    self._again(service.name, service.restarts, self._why(service))
                    # Workers of a dead master would go on beside those of the next.
                    service.stop(1.0)
                    service.start()

    def _again(self, name: str, restarts: Restarts, why: str) -> None:
        pause = restarts.pause()
        if pause is None:
            raise Failed(f"{name} died too often.\n{why}")
        say(f"{name} ended unexpectedly; starting it again in {pause:.1f} s (see the log).")
        time.sleep(pause)

    def _stop(self) -> None:
        for service in self.services:
            service.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for service in self.services:
            service.stop(max(deadline - time.monotonic(), 0.1))


def main(*, seed: bool, reset: bool) -> int:
    catch_signals()
    try:
        Demo(seed=seed, reset=reset).run()
    except Stopped as signalled:
        say(f"\nStopped ({signalled}).")
        return 0
    except (Failed, EmbeddedError, ValueError) as problem:
        say(f"\nThe demo did not start or had to stop.\n{problem}")
        return 1
    return 0
