"""Lets `pytest` run from a bare checkout: real PostgreSQL and Valkey, started before settings load.

Loaded by `-p` in pyproject.toml. The controlling process starts throwaway servers (unless DATABASE_URL and
REDIS_URL name some) and sets the environment, which parallel workers inherit. Each worker has a database of
its own (pytest-django names it), its own pair of Valkey numbers, and its own var/ for documents and mail.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from portal.embedded import EmbeddedError, environment
from portal.embedded.servers import servers, throwaway_directory

_running = contextlib.ExitStack()
_dropping = contextlib.ExitStack()  # the connection, once more the owner's while databases are dropped
# Tells the workers, which inherit the environment, that the databases need no cleaning up.
THROWAWAY = "PORTAL_TEST_POSTGRES_IS_THROWAWAY"


def _worker() -> str | None:
    return os.environ.get("PYTEST_XDIST_WORKER")


def _start() -> None:
    directory = throwaway_directory()
    _running.callback(shutil.rmtree, directory, ignore_errors=True)
    wanted = {
        "postgres": not environment.is_set("DATABASE_URL"),
        "valkey": not environment.is_set("REDIS_URL"),
    }
    if not wanted["postgres"] and not environment.is_set("DATABASE_OWNER_URL"):
        raise pytest.UsageError(
            "DATABASE_URL is set and DATABASE_OWNER_URL is not. See docs/operations.md, “Development”."
        )
    if any(wanted.values()):
        try:
            urls = _running.enter_context(servers(directory / "servers", throwaway=True, **wanted))
        except EmbeddedError as problem:
            raise pytest.UsageError(str(problem)) from problem
        os.environ.update(urls.environment())
    if wanted["postgres"]:
        os.environ[THROWAWAY] = "1"
    os.environ.update(environment.for_tests(environment.make_var(directory / "var")))


def _join(worker: str) -> None:
    number = int(worker.removeprefix("gw"))
    # 0 and 1 belong to a run without workers. A restarted worker gets a new name, hence the remainder.
    os.environ["PORTAL_REDIS_FIRST_DB"] = str(2 * (number % 31 + 1))
    var = Path(os.environ["PORTAL_VAR_DIR"]) / worker
    os.environ["PORTAL_VAR_DIR"] = str(environment.make_var(var))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    # A wrapper, because pytest-django loads the settings in this very hook.
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        worker = _worker()
        if worker:
            _join(worker)
        else:
            _start()
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    # A throwaway server takes its databases along; dropping each of them first gains nothing, and fails
    # while a thread of the tested code still listens there.
    if THROWAWAY in os.environ and hasattr(config.option, "reuse_db"):
        config.option.reuse_db = True


def pytest_unconfigure() -> None:
    _dropping.close()
    if not _worker():
        _running.close()
        os.environ.pop(THROWAWAY, None)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    if fixturedef.argname != "django_db_setup":
        return (yield)
    from portal.database.owner import as_owner

    # Databases are made, migrated and dropped by their owner; tests run as the application.
    with as_owner():
        result = yield
    fixturedef.addfinalizer(lambda: _dropping.enter_context(as_owner()))
    _follow_test_database()
    return result


def _follow_test_database() -> None:
    """Tests run in a database of another name; what connects by URL must find the same one.

    A test's own sessions begin in the scope of the system, so that it can look at every row. Requests have
    their actor's scope there too, and other processes begin without any.
    """
    from django.conf import settings
    from django.db import connection

    name = connection.settings_dict["NAME"]
    for setting in ("DATABASE_URL", "DATABASE_OWNER_URL", "DELIVERY_DATABASE_URL"):
        parts = urlsplit(getattr(settings, setting))
        # Not urlunsplit, which drops the slashes in front of an empty host.
        query = f"?{parts.query}" if parts.query else ""
        url = f"{parts.scheme}://{parts.netloc}/{quote(name)}{query}"
        setattr(settings, setting, url)
        os.environ[setting] = url
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = "-c portal.scope=system"


@pytest.fixture(scope="session")
def server_environment(django_db_setup: None) -> dict[str, str]:
    """The environment for a server or command that a test starts on its own database and Valkey numbers."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
