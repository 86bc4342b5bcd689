"""The demo's long-running children, and how often one that dies is started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.demo.environment import Places
from portal.embedded import processes
from portal.embedded.environment import CHECKOUT
from portal.embedded.processes import Guard

HOST = "127.0.0.1"
# After this many deaths within the window something is wrong that another start does not mend.
MOST_RESTARTS = 5
WINDOW_SECONDS = 120.0


@dataclass
class Restarts:
    """Counts the deaths of one child; `pause()` is how long to wait, None when it is time to give up."""

    _deaths: list[float] = field(default_factory=list)

    def pause(self) -> float | None:
        now = time.monotonic()
        self._deaths = [when for when in self._deaths if now - when < WINDOW_SECONDS] + [now]
        if len(self._deaths) > MOST_RESTARTS:
            return None
        return min(0.5 * 2 ** (len(self._deaths) - 1), 8.0)


@dataclass
class Service:
    """One child: `start` it, see whether it `ended`, `stop` it with all its workers."""

    name: str
    command: tuple[str, ...]
    log: Path
    env: Mapping[str, str]
    guard: Guard
    restarts: Restarts = field(default_factory=Restarts)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = processes.start(
                self.command, guard=self.guard, env=self.env, cwd=CHECKOUT, output=log
            )

    def ended(self) -> int | None:
        """The exit code of a child that stopped by itself."""
        return self.process.poll() if self.process is not None else None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float) -> None:
        """End it after `ask_to_stop`, and what its master left behind; kill after as many seconds."""
        if self.process is not None:
            # It has been asked already; a second SIGTERM would tell Celery to drop what it is doing.
            signals = [(0, seconds), (signal.SIGQUIT, 1.0)]
            processes.stop(self.process, guard=self.guard, signals=signals)
            self.process = None


def services(where: Places, env: Mapping[str, str], port: int, guard: Guard) -> list[Service]:
    celery = (sys.executable, "-m", "celery", "-A", "portal")
    commands = {
        "web": (
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
            *(
                "--workers",
                "2",
                "--blocking-threads",
                "8",
                "--http",
                "1",
                "--no-ws",
                "--respawn-failed-workers",
            ),
            *("--workers-kill-timeout", "5", "portal.wsgi:application"),
        ),
        # Without gossip and mingle a lone worker takes its first task a second earlier.
        "worker": (*celery, "worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle"),
        "scheduler": (*celery, "beat", "-l", "INFO", "--pidfile=", "-s", str(where.state / "schedule")),
    }
    return [
        Service(name, command, where.state / f"{name}.log", env, guard) for name, command in commands.items()
    ]
