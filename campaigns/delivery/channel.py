"""What those who publish and the processes that follow agree on, and how a follower notices a dead line."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# On this name a transaction that changes what is served notifies.
CHANNEL = "portal_delivery"
# Characters of a host's name, as processes give it.
HOST_MAX = 255
# A connection whose other end is gone without a word is noticed within seconds (libpq's names).
LIVELY: dict[str, Any] = {
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
# Longer than any question may take (statement_timeout).
STUCK_SECONDS = 6.0


class Line:
    """Whether a question waits for its answer on a connection, for whoever looks from another thread."""

    def __init__(self) -> None:
        self._asking: tuple[float, int] | None = None  # since when, and over which socket

    @contextmanager
    def asking(self, connection: Any) -> Iterator[Callable[[], None]]:
        """Yields what to call with each answer, where there are many of them."""
        socket_number = connection.fileno()

        def answered() -> None:
            self._asking = (time.monotonic(), socket_number)

        answered()
        try:
            yield answered
        finally:
            self._asking = None

    def end_if_stuck(self) -> bool:
        """What swallows all that is sent would hold the asker for ever: end its connection."""
        asking = self._asking
        if asking is None or time.monotonic() - asking[0] <= STUCK_SECONDS:
            return False
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(asking[1])) as link:
            link.shutdown(socket.SHUT_RDWR)
        return True
