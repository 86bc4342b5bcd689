"""Both embedded servers as one thing: started together, stopped together, erased together."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.embedded import places
from portal.embedded.places import AlreadyRunning, Lock, own_directory
from portal.embedded.postgres import Postgres
from portal.embedded.processes import Guard
from portal.embedded.valkey import Valkey

THROWAWAY_PREFIX = "portal-throwaway-"


@dataclass(frozen=True)
class Urls:
    """What the settings read under these names; None for a server that was not asked for."""

    database_url: str | None
    database_owner_url: str | None
    redis_url: str | None

    def environment(self) -> dict[str, str]:
        pairs = {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
        }
        return {name: value for name, value in pairs.items() if value is not None}


class Servers:
    """Start and stop by hand; `servers()` does it as a context. Raises AlreadyRunning, EmbeddedError."""

    def __init__(
        self, state: Path, *, throwaway: bool = False, postgres: bool = True, valkey: bool = True
    ) -> None:
        self.state = state
        self.throwaway = throwaway
        self.wants = (postgres, valkey)
        self._undo = contextlib.ExitStack()
        self._parts: dict[str, Postgres | Valkey] = {}

    def start(self) -> Urls:
        try:
            return self._start()
        except BaseException:
            self._undo.close()
            raise

    def _start(self) -> Urls:
        who = places.identity()
        self.state.parent.mkdir(parents=True, exist_ok=True)
        own_directory(self.state, 0o711 if who else 0o700)
        self.state = self.state.resolve()
        self._undo.callback(Lock(self.state).release)
        guard = Guard()
        self._undo.callback(guard.close)
        home = places.home(self.state, who)
        sockets = places.sockets(self.state, who)
        self._undo.callback(shutil.rmtree, sockets.parent, ignore_errors=True)
        installation, program = places.programs(home, who)
        database_url = database_owner_url = redis_url = None
        if self.wants[0]:
            postgres = self._parts["PostgreSQL"] = Postgres(
                installation=installation,
                state=self.state,
                home=home,
                sockets=sockets,
                identity=who,
                guard=guard,
                throwaway=self.throwaway,
            )
            self._undo.callback(postgres.stop)
            postgres.start()
            database_url, database_owner_url = postgres.url, postgres.owner_url
        if self.wants[1]:
            valkey = self._parts["Valkey"] = Valkey(
                program=program, state=self.state, home=home, sockets=sockets, identity=who, guard=guard
            )
            self._undo.callback(valkey.stop)
            valkey.start()
            redis_url = valkey.url
        return Urls(database_url, database_owner_url, redis_url)

    def ended(self) -> list[str]:
        """The servers that have stopped by themselves."""
        return [
            name
            for name, part in self._parts.items()
            if part.process is not None and part.process.poll() is not None
        ]

    def revive(self, name: str) -> None:
        """Start an ended server again, at the same address."""
        part = self._parts[name]
        part.stop()
        part.start()

    def stop(self) -> None:
        self._undo.close()
        if self.throwaway:
            erase(self.state)


@contextlib.contextmanager
def servers(
    state: Path, *, throwaway: bool = False, postgres: bool = True, valkey: bool = True
) -> Iterator[Urls]:
    both = Servers(state, throwaway=throwaway, postgres=postgres, valkey=valkey)
    urls = both.start()
    try:
        yield urls
    finally:
        both.stop()


def erase(state: Path) -> None:
    """Remove a state directory with everything the servers kept for it elsewhere. Refused while in use."""
    if not state.exists():
        return
    lock = Lock(state)
    try:
        shutil.rmtree(places.fallback(state), ignore_errors=True)
        shutil.rmtree(places.socket_home(state, places.identity()), ignore_errors=True)
        shutil.rmtree(state)
    finally:
        lock.release()


def throwaway_directory() -> Path:
    """A fresh directory for throwaway servers; clears away those that killed runs left behind."""
    base = Path(tempfile.gettempdir())
    for old in base.glob(f"{THROWAWAY_PREFIX}*"):
        with contextlib.suppress(OSError, AlreadyRunning):
            found = old.lstat()
            # The minute spares one which has just been made and is not locked yet.
            if found.st_uid == os.geteuid() and found.st_mtime < time.time() - 60:
                erase(old / "servers")
                shutil.rmtree(old)
    made = Path(tempfile.mkdtemp(prefix=THROWAWAY_PREFIX))
    made.chmod(0o711)
    return made
