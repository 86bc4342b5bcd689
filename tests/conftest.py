"""Fixtures that every test may use. The servers come from portal.embedded.pytest_plugin."""

import shutil
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone, translation
from whitenoise.base import WhiteNoise

from portal.database.owner import as_owner as owner_session
from portal.kernel.actor import Actor
from tests.kept import build, is_wanted, kept
from tests.owner import owner_cursor
from tests.people import House, open_session


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    if fixturedef.argname == "_django_db_helper":
        with request.getfixturevalue("django_db_blocker").unblock():
            if is_wanted(request):
                request.getfixturevalue("_kept_house_ends")
                kept.lay()
            else:
                kept.clear()
    return (yield)


@pytest.fixture(scope="session")
def _kept_house_ends(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Before the database is given back to its owner, who takes over no transaction."""
    yield
    with django_db_blocker.unblock():
        kept.clear()


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> Iterator[None]:
    """Rate limits, heartbeats, signed heads, the reader's language and zone never reach the next test."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()
    yield
    cache.clear()
    shutil.rmtree(settings.AUDIT_HEADS_DIR, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _this_process_acknowledges_nothing() -> None:
    """A page that a test asks for may start the follower of this process, whose threads outlive the test."""
    from campaigns.delivery.follow import follower

    follower._acknowledger.loaded = lambda *told, **when: None  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Each test client has a chain of middlewares of its own; the files in it are every time the same."""
    read, known = WhiteNoise.update_files_dictionary, {}

    def once(self: WhiteNoise, *where: str) -> None:
        if where not in known:
            read(self, *where)
            known[where] = dict(self.files)
        self.files.update(known[where])

    with mock.patch.object(WhiteNoise, "update_files_dictionary", once):
        yield


@pytest.fixture(autouse=True, scope="session")
def _flush_past_our_guards() -> Iterator[None]:
    """Append-only tables refuse TRUNCATE; only their owner, who empties them between tests, may step past."""
    teardown = TransactionTestCase._fixture_teardown

    def emptied(self: Any) -> None:
        with owner_session():
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
            for left in reversed(range(5)):
                try:
                    teardown(self)
                    break
                except CommandError:  # other processes that a test has started may be at work on the tables
                    if not left:
                        raise

    TransactionTestCase._fixture_teardown = emptied  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


@pytest.fixture
def as_owner(transactional_db: None) -> Callable[..., None]:
    """as_owner(statement, parameters): behind the application's back and past every trigger."""

    def run(statement: str, parameters: Sequence[Any] = ()) -> None:
        with owner_cursor() as cursor:
            cursor.execute(statement, parameters)

    return run


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def house(db: None, now: datetime) -> House:
    """Two agencies and people in every role, made through the flows (tests.kept)."""
    return kept.now() or build(now)


@pytest.fixture
def sign_in(client: Any) -> Any:
    """sign_in(actor): Django's test client, signed in with a second factor."""

    def enter(actor: Actor) -> Any:
        open_session(client, actor)
        return client

    return enter


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """at_once(act, act): both in threads with connections of their own; what each returned or raised."""

    def run(*acts: Callable[[], Any]) -> list[Any]:
        gate = threading.Barrier(len(acts))
        results: list[Any] = [None] * len(acts)

        def enter(number: int, act: Callable[[], Any]) -> None:
            try:
                gate.wait()
                results[number] = act()
            except Exception as raised:
                results[number] = raised
            finally:
                connection.close()

        threads = [threading.Thread(target=enter, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results

    return run
