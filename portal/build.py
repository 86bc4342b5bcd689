"""Turns a checkout into something that can be served: translations, front-end packages, static files.

`PORTAL_BUILD=1 python -m portal.build` runs what is out of date and says so; the demo, the tests and the
image are all built by these same steps.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from portal import messages

CHECKOUT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, "manage.py")


@dataclass(frozen=True)
class Step:
    """A command with a name for its log; `needed` decides at its turn, `done` follows its success."""

    title: str
    name: str
    command: tuple[str, ...]
    needed: Callable[[], bool] = lambda: True
    done: Callable[[], None] = lambda: None


def fingerprint(roots: Iterable[Path]) -> str:
    """Changes when any file below does, by name, size or time."""
    found = hashlib.sha256()
    for root in roots:
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        for path in files:
            about = path.stat()
            found.update(f"{path.relative_to(root.parent)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _static(var: Path) -> Step:
    stamp = var / "static" / ".stamp"
    inputs = [CHECKOUT / "static", var / "vendor", CHECKOUT / "uv.lock", CHECKOUT / "portal" / "settings.py"]

    def needed() -> bool:
        if not (var / "static" / "staticfiles.json").exists() or not stamp.exists():
            return True
        return stamp.read_text(encoding="ascii") != fingerprint(inputs)

    def done() -> None:
        stamp.write_text(fingerprint(inputs), encoding="ascii")

    # Files of an earlier version stay: a server that still runs would miss them.
    command = (*MANAGE, "collectstatic", "--noinput", "--verbosity", "0")
    return Step("Collecting static files", "static", command, needed, done)


def steps(var: Path) -> list[Step]:
    return [
        Step(
            "Compiling translations",
            "messages",
            (sys.executable, "-m", "portal.messages"),
            needed=lambda: bool(messages.stale()),
        ),
        Step("Copying front-end packages", "vendor", (sys.executable, "-m", "portal.ui.vendor")),
        Step("Writing the web component", "component", (sys.executable, "-m", "campaigns.component.build")),
        _static(var),
    ]


def main() -> int:
    var = Path(os.environ.get("PORTAL_VAR_DIR") or CHECKOUT / "var").absolute()
    for step in steps(var):
        if step.needed():
            began = time.monotonic()
            code = subprocess.run(step.command, cwd=CHECKOUT, check=False).returncode
            if code != 0:
                print(f"{step.title}: failed with exit code {code}", file=sys.stderr)  # noqa: T201
                return 1
            step.done()
            print(f"{step.title}: {time.monotonic() - began:.1f} s", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
