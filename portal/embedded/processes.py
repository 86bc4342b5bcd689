"""Starts child processes that cannot outlive us, and ends them in order.

Each child leads its own session and process group, so that a Ctrl-C in the terminal reaches us alone and a
group can be ended with all the workers it forked.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may take a lock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Identity:
    """The unprivileged user that servers run as when we are root."""

    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class Guard:
    """Our end of guard.py: what is `watch`ed is ended if we vanish without `forget`ting it."""

    def __init__(self, grace: float = 10.0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")), str(grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            text=True,
        )

    def watch(self, group: int, sig: int) -> None:
        self._tell(f"+ {group} {int(sig)}")

    def forget(self, group: int) -> None:
        self._tell(f"- {group}")

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            # A guard that was killed must not take us along: the parent-death signal still stands.
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()

    def close(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()


def _die_with(parent: int, sig: int) -> Callable[[], None]:
    """What the child does after it changed its user (which would clear the setting) and before exec."""

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)
            # The parent may have died between fork and prctl; then no signal will ever come.
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def start(
    command: Sequence[str | Path],
    *,
    guard: Guard,
    stop_signal: int = signal.SIGTERM,
    identity: Identity | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    stdin: int | IO[Any] = subprocess.DEVNULL,
    output: int | IO[Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command which gets `stop_signal` when we die. Call from a thread that lives as long as we do:
    the kernel counts the end of the calling thread as the death of the parent."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid(), stop_signal),
        **(identity.popen() if identity else {}),
    )
    guard.watch(process.pid, stop_signal)
    return process


def _wait_for_group(process: subprocess.Popen[bytes], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        process.poll()
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            # macOS answers so for a group of which only zombies remain.
            return process.returncode is not None
        time.sleep(0.02)
    return False


def stop(
    process: subprocess.Popen[bytes],
    *,
    guard: Guard,
    signals: Sequence[tuple[int, float]] = ((signal.SIGTERM, 10.0),),
) -> bool:
    """End a child and all that it forked; each (signal, seconds to wait) in turn, SIGKILL last.

    True if it went without being killed."""
    ended = _wait_for_group(process, 0.001)
    for sig, seconds in signals:
        if ended:
            break
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(sig)
        if process.returncode is not None:
            # The leader is gone and left workers behind; `signals` may only wait, by sending 0.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, sig or signal.SIGTERM)
        ended = _wait_for_group(process, seconds)
    if not ended:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        _wait_for_group(process, 5.0)
    process.wait()
    guard.forget(process.pid)
    return ended


def working_in(directory: Path, name: str) -> list[psutil.Process]:
    """Living processes of that program whose working directory is this one. A server's pid file cannot tell:
    its number may belong to a zombie or, by now, to something else."""
    found = []
    wanted = str(directory.resolve())
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith(name):
                continue
            if process.cwd() == wanted:
                found.append(process)
    return found


def end_orphans(directory: Path, name: str, sig: int, seconds: float = 10.0) -> None:
    """Wait out, then end, what an earlier run that was killed left working in the directory."""
    orphans = working_in(directory, name)
    for process in orphans:
        with contextlib.suppress(psutil.Error):
            process.send_signal(sig)
    _, stubborn = psutil.wait_procs(orphans, timeout=seconds)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def tail(path: Path, lines: int = 30) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
