"""`python -m portal.embedded exec -- COMMAND…` runs a command beside throwaway servers, in test mode."""

from __future__ import annotations

import os
import shutil
import signal
import sys

from portal.embedded import EmbeddedError, environment, processes
from portal.embedded.servers import servers, throwaway_directory

USAGE = "usage: python -m portal.embedded exec -- COMMAND [ARGUMENT…]"


def run(command: list[str]) -> int:
    directory = throwaway_directory()
    wanted = {
        "postgres": not environment.is_set("DATABASE_URL"),
        "valkey": not environment.is_set("REDIS_URL"),
    }
    try:
        with servers(directory / "servers", throwaway=True, **wanted) as urls:
            made_up = environment.for_tests(environment.make_var(directory / "var"))
            return _run(command, {**os.environ, **made_up, **urls.environment()})
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(command: list[str], env: dict[str, str]) -> int:
    guard = processes.Guard()
    try:
        # In its own session, so that a Ctrl-C does not reach it before us and end it twice.
        child = processes.start(command, guard=guard, env=env)
        try:
            return child.wait()
        finally:
            processes.stop(child, guard=guard)
    finally:
        guard.close()


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] != ["exec"] or len(arguments) < 2:
        print(USAGE, file=sys.stderr)  # noqa: T201
        return 2
    command = arguments[2:] if arguments[1] == "--" else arguments[1:]
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda number, _frame: sys.exit(128 + number))
    try:
        return run(command)
    except KeyboardInterrupt:
        return 130
    except (EmbeddedError, FileNotFoundError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
