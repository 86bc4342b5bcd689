"""One PostgreSQL 18 cluster: made once, then started, reached through its socket alone, and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded import processes
from portal.embedded.places import EmbeddedError, own_directory, secret
from portal.embedded.processes import Guard, Identity

# The cluster's own administrator, the owner of the portal's tables, and whom the portal signs in as.
ADMINISTRATOR, OWNER, USER = "postgres", "portal_owner", "portal"
DATABASE = "portal"
START_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "150",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
}
# A crash may lose everything; what is gained is the time that tests would wait for the disk.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "10min",
    "max_wal_size": "4GB",
}


class Postgres:
    def __init__(
        self,
        *,
        installation: Path,
        state: Path,
        home: Path,
        sockets: Path,
        identity: Identity | None,
        guard: Guard,
        throwaway: bool,
    ):
        self.bin = installation / "bin"
        self.directory = home / "postgres"
        self.data = self.directory / "data"
        self.log = state / "postgres.log"
        self.state = state
        self.sockets = sockets
        self.identity = identity
        self.guard = guard
        self.throwaway = throwaway
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._url(USER)

    @property
    def owner_url(self) -> str:
        return self._url(OWNER)

    def _url(self, user: str) -> str:
        return f"postgresql://{user}:{secret(self._password_file(user))}@/{DATABASE}?host={self.sockets}"

    def _password_file(self, user: str) -> Path:
        return self.state / f"{user}.password"

    def start(self) -> None:
        own_directory(self.directory, 0o700, self.identity)
        if not self.data.exists():
            self._initialise()
        elif not self._password_file(OWNER).exists():
            raise EmbeddedError(
                f"The database in {self.data} was made by an earlier version of the portal."
                " Begin afresh: make demo RESET=1"
            )
        processes.end_orphans(self.data, "postgres", signal.SIGINT)
        # No process works here, and the lock on the state directory keeps others out: these are stale.
        for stale in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        settings = {**SETTINGS, **(THROWAWAY if self.throwaway else {})}
        settings["unix_socket_directories"] = str(self.sockets)
        command: list[str | Path] = [self.bin / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("wb") as log:
            self.process = processes.start(
                command,
                guard=self.guard,
                stop_signal=signal.SIGQUIT if self.throwaway else signal.SIGINT,
                identity=self.identity,
                env=self._environment(),
                cwd="/",
                output=log,
            )
        self._wait()

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def _initialise(self) -> None:
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self.directory / "password"
        password.unlink(missing_ok=True)
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret(self._password_file(ADMINISTRATOR)))
        if self.identity:
            os.chown(password, self.identity.uid, self.identity.gid)
        command: list[str | Path] = [self.bin / "initdb", "-D", draft, f"--pwfile={password}"]
        command += ["-U", ADMINISTRATOR]
        # The built-in provider sorts and folds the same everywhere, whatever locales the system has.
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self.throwaway:
            command.append("--no-sync")
        with self.log.open("wb") as log:
            process = processes.start(
                command,
                guard=self.guard,
                identity=self.identity,
                env=self._environment(),
                cwd="/",
                output=log,
            )
            code = process.wait()
            self.guard.forget(process.pid)
        password.unlink()
        if code != 0:
            raise EmbeddedError(f"PostgreSQL's initdb failed:\n{processes.tail(self.log)}")
        draft.rename(self.data)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        assert self.process is not None  # noqa: S101
        while True:
            if self.process.poll() is not None:
                raise EmbeddedError(f"PostgreSQL did not start:\n{processes.tail(self.log)}")
            try:
                self._prepare()
                return
            except psycopg.OperationalError as problem:
                if time.monotonic() > deadline:
                    tail = processes.tail(self.log)
                    raise EmbeddedError(f"PostgreSQL does not answer ({problem}):\n{tail}") from problem
                time.sleep(0.02)

    def _prepare(self) -> None:
        """Two roles and a database, unless they are there already."""
        with psycopg.connect(
            host=str(self.sockets),
            user=ADMINISTRATOR,
            password=secret(self._password_file(ADMINISTRATOR)),
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        ) as connection:
            for role in (OWNER, USER):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                    password = sql.Literal(secret(self._password_file(role)))
                    connection.execute(create.format(sql.Identifier(role), password))
            owner = sql.Identifier(OWNER)
            if self.throwaway:
                # Tests make databases of their own, and empty them past the triggers.
                connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(owner))
                grant = sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}")
                connection.execute(grant.format(owner))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                create = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(create.format(sql.Identifier(DATABASE), owner))

    def stop(self) -> None:
        if self.process is not None:
            fast, immediate = (signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0)
            processes.stop(
                self.process, guard=self.guard, signals=[immediate] if self.throwaway else [fast, immediate]
            )
            self.process = None
