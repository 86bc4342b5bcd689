"""One Valkey server on a unix socket, with a password and 64 databases; it keeps nothing on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.embedded import processes
from portal.embedded.places import EmbeddedError, own_directory, secret
from portal.embedded.processes import Guard, Identity

DATABASES = 64
START_SECONDS = 20.0


class Valkey:
    def __init__(
        self,
        *,
        program: Path,
        state: Path,
        home: Path,
        sockets: Path,
        identity: Identity | None,
        guard: Guard,
    ):
        self.program = program
        self.directory = home / "valkey"
        self.log = state / "valkey.log"
        self.password_file = state / "valkey.password"
        self.socket = sockets / "valkey.sock"
        self.identity = identity
        self.guard = guard
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://:{secret(self.password_file)}@{self.socket}"

    def start(self) -> None:
        own_directory(self.directory, 0o700, self.identity)
        # A server that still shuts down would take the new one's socket away with its own.
        processes.end_orphans(self.directory, "valkey", signal.SIGTERM)
        self.socket.unlink(missing_ok=True)
        read, write = os.pipe()
        # The configuration comes by standard input: a command line shows the password to everyone.
        os.write(write, self._configuration().encode())
        os.close(write)
        try:
            with self.log.open("wb") as log:
                self.process = processes.start(
                    [self.program, "-"],
                    guard=self.guard,
                    identity=self.identity,
                    env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                    cwd="/",
                    stdin=read,
                    output=log,
                )
        finally:
            os.close(read)
        self._wait()

    def _configuration(self) -> str:
        lines = [
            "port 0",
            f"unixsocket {self.socket}",
            "unixsocketperm 700",
            f"requirepass {secret(self.password_file)}",
            f"databases {DATABASES}",
            f'dir "{_quoted(self.directory)}"',
            'save ""',
            "appendonly no",
            "daemonize no",
            "maxmemory-policy noeviction",
        ]
        return "\n".join(lines) + "\n"

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        assert self.process is not None  # noqa: S101
        client = redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0))
        try:
            while True:
                if self.process.poll() is not None:
                    raise EmbeddedError(f"Valkey did not start:\n{processes.tail(self.log)}")
                try:
                    client.ping()
                    return
                except redis.ConnectionError as problem:
                    if time.monotonic() > deadline:
                        tail = processes.tail(self.log)
                        raise EmbeddedError(f"Valkey does not answer ({problem}):\n{tail}") from problem
                    time.sleep(0.02)
        finally:
            client.close()

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, guard=self.guard, signals=[(signal.SIGTERM, 5.0)])
            self.process = None


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
