"""The last one out: a tiny process that ends whole process groups when its parent vanishes.

The parent holds the other end of our standard input and tells us of each group it starts (`+ group signal`)
and each one it has seen end (`- group`). End of input means that the parent finished or was killed: what it
did not take off the list is asked to stop with the given signal and, after as many seconds as our argument
says, killed. It covers what a parent-death signal cannot: the forked workers of our children, and systems
that have no such signal.

Run as a file, with nothing but the standard library, so that it starts in milliseconds.
"""

import contextlib
import os
import signal
import sys
import time


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: dict[int, int], grace: float) -> None:
    for group, sig in groups.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, sig)
    deadline = time.monotonic() + grace
    while any(alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        word, group, *rest = line.split()
        if word == "+":
            groups[int(group)] = int(rest[0])
        else:
            groups.pop(int(group), None)
    end(groups, float(sys.argv[1]))


if __name__ == "__main__":
    main()
