"""What the demo does once before it serves: each step is a command with a name, a log and a reason to run."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal import messages
from portal.demo.environment import Places
from portal.embedded.environment import CHECKOUT

MANAGE = (sys.executable, "manage.py")


@dataclass(frozen=True)
class Step:
    """`needed` decides just before the step's turn; `done` is called after it has succeeded."""

    title: str
    name: str
    command: tuple[str, ...]
    needed: Callable[[], bool] = lambda: True
    done: Callable[[], None] = lambda: None


def _fingerprint(roots: Iterable[Path], env: Mapping[str, str]) -> str:
    """Changes when any file below does, by name, size or time."""
    found = hashlib.sha256(env.get("PORTAL_MODE", "").encode())
    for root in roots:
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        for path in files:
            about = path.stat()
            found.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _static(where: Places, env: Mapping[str, str]) -> Step:
    collected = where.var / "static"
    stamp = where.var / "static.stamp"
    inputs = [
        CHECKOUT / "static",
        where.var / "vendor",
        CHECKOUT / "uv.lock",
        CHECKOUT / "portal" / "settings.py",
    ]

    def needed() -> bool:
        if not (collected / "staticfiles.json").exists() or not stamp.exists():
            return True
        return stamp.read_text(encoding="ascii") != _fingerprint(inputs, env)

    def done() -> None:
        stamp.write_text(_fingerprint(inputs, env), encoding="ascii")

    command = (*MANAGE, "collectstatic", "--noinput", "--clear", "--verbosity", "0")
    return Step("Collecting static files", "static", command, needed, done)


def files(where: Places, env: Mapping[str, str]) -> list[Step]:
    """What turns the checkout into something that can be served."""
    return [
        Step(
            "Compiling translations",
            "messages",
            (sys.executable, "-m", "portal.messages"),
            needed=lambda: bool(messages.stale()),
        ),
        Step("Copying front-end packages", "vendor", (sys.executable, "-m", "portal.ui.vendor")),
        _static(where, env),
    ]


def data(where: Places, seed: bool) -> list[Step]:
    """The database's tables and its made-up people."""
    found = [Step("Migrating the database", "migrate", (*MANAGE, "migrate", "--noinput"))]
    if seed:
        found.append(Step("Seeding", "seed", (*MANAGE, "seed", "--output", str(where.people))))
    return found
