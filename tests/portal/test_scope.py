"""The scope follows whoever acts, through rollbacks, reconnects and nesting; in doubt there is none."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.access import scope_of
from portal.database.scope import NOTHING, scoped
from portal.identity.middleware import ActorMiddleware
from portal.kernel.actor import Actor
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db


def told() -> str:
    """What PostgreSQL goes by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('portal.scope', true), '')")
        return str(cursor.fetchone()[0])


def told_past_our_cursors() -> str:
    setting = "SELECT coalesce(current_setting('portal.scope', true), '')"
    return str(connection.connection.execute(setting).fetchone()[0])


@pytest.fixture
def unscoped() -> Iterator[None]:
    """As every process but a test begins."""
    with scoped(NOTHING):
        yield


def test_each_role_has_the_scope_of_its_sight(house: House) -> None:
    ours, other = f"agency:{house.ours.pk}", f"agency:{house.other.pk}"
    expected = {
        house.officer: ours,
        house.supervisor: ours,
        house.outsider: other,
        house.analyst: "exchange",
        house.lead: "oversight",
        house.auditor: "oversight",
        house.reviewer: "vetting",
        SYSTEM: "system",
        Actor.anonymous(): "",
        Actor(kind="client", id="7", label="client", scopes=frozenset({"campaigns:read"})): "",
    }
    for actor, scope in expected.items():
        with scope_of(actor):
            assert told() == scope, actor


def test_scopes_nest_and_the_outer_one_returns(house: House, unscoped: None) -> None:
    with scope_of(house.officer):
        with scope_of(SYSTEM):
            assert told() == "system"
            with scope_of(house.analyst):
                assert told() == "exchange"
            assert told() == "system"
        assert told() == f"agency:{house.ours.pk}"
    assert told() == ""


def test_an_error_inside_leaves_the_scope(house: House, unscoped: None) -> None:
    with pytest.raises(RuntimeError), scope_of(house.officer):
        assert told() != ""
        raise RuntimeError
    assert told() == ""


def test_what_goes_past_our_cursors_finds_the_scope_left_at_once(house: House, unscoped: None) -> None:
    with scope_of(house.officer):
        told()
    assert told_past_our_cursors() == ""


def test_a_block_that_asks_nothing_costs_nothing(house: House, unscoped: None) -> None:
    told()
    before = connection.connection.info.transaction_status, connection._told  # type: ignore[attr-defined]
    with scope_of(house.officer):
        assert told_past_our_cursors() == ""
    assert (connection.connection.info.transaction_status, connection._told) == before  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
class TestARollback:
    """It takes PostgreSQL's setting back to where the transaction began."""

    def test_of_a_transaction_does_not_bring_the_scope_before_it_back(self) -> None:
        with scoped("agency:a"):
            told()
            with scoped("agency:b"):
                with transaction.atomic():
                    assert told() == "agency:b"
                    transaction.set_rollback(True)
                assert told() == "agency:b"
            assert told() == "agency:a"

    def test_of_a_savepoint_does_not_either(self) -> None:
        with transaction.atomic(), scoped("agency:a"):
            savepoint = transaction.savepoint()
            with scoped("agency:b"):
                assert told() == "agency:b"
                transaction.savepoint_rollback(savepoint)
                assert told() == "agency:b"

    def test_after_the_scope_has_ended_leaves_none(self, unscoped: None) -> None:
        told()
        with pytest.raises(RuntimeError), transaction.atomic():
            with scope_of(SYSTEM):
                assert told() == "system"
            raise RuntimeError
        assert told() == ""

    def test_is_what_a_commit_of_a_failed_transaction_is(self) -> None:
        with scoped("agency:a"):
            told()
            connection.set_autocommit(False)
            try:
                with scoped("agency:b"):
                    assert told() == "agency:b"
                    with pytest.raises(DatabaseError), connection.cursor() as cursor:
                        cursor.execute("SELECT 1 / 0")
                    connection.needs_rollback = False
                    connection.commit()
                    assert told() == "agency:b"
            finally:
                connection.rollback()
                connection.set_autocommit(True)
            assert told() == "agency:a"

    def test_is_waited_for_by_a_scope_that_ends_in_a_failed_transaction(self, unscoped: None) -> None:
        with transaction.atomic():
            savepoint = transaction.savepoint()
            with scope_of(SYSTEM), pytest.raises(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
            transaction.savepoint_rollback(savepoint)
            assert told() == ""


@pytest.mark.django_db(transaction=True)
class TestALostConnection:
    def lose(self) -> None:
        """As a restart of PostgreSQL does."""
        pid = connection.connection.info.backend_pid

        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])

    def test_inside_a_scope_comes_back_in_it(self, unscoped: None) -> None:
        with scope_of(SYSTEM):
            told()
            self.lose()
            with pytest.raises(OperationalError):
                told()
            connection.close()
            assert told() == "system"
        assert told() == ""

    def test_while_the_scope_ends_leaves_no_trace(self, unscoped: None) -> None:
        with scope_of(SYSTEM):
            told()
            self.lose()
        connection.close_if_unusable_or_obsolete()
        connection.close()
        assert told() == ""


@pytest.mark.django_db(transaction=True)
def test_threads_have_scopes_of_their_own() -> None:
    both = threading.Barrier(2)
    found: dict[str, list[str]] = {"agency:a": [], "agency:b": []}

    def ask(scope: str) -> None:
        try:
            for _ in range(20):
                with scoped(scope):
                    both.wait()
                    found[scope].append(told())
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[scope]) for scope in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == {scope: [scope] * 20 for scope in found}


def test_a_server_side_cursor_and_a_copy_follow_too(house: House, unscoped: None) -> None:
    setting = "SELECT current_setting('portal.scope')"
    with scope_of(SYSTEM), connection.chunked_cursor() as cursor:
        cursor.execute(setting)
        assert cursor.fetchone() == ("system",)
    with scope_of(SYSTEM), connection.cursor() as cursor, cursor.copy(f"COPY ({setting}) TO STDOUT") as rows:
        assert b"".join(bytes(row) for row in rows) == b"system\n"


class TestAPage:
    def answer(self, user: Any, page: Any) -> HttpResponse:
        request: HttpRequest = RequestFactory().get("/")
        request.user = user
        request.session = {}  # type: ignore[assignment]
        return ActorMiddleware(page)(request)

    def test_without_a_person_has_no_scope(self) -> None:
        assert self.answer(AnonymousUser(), lambda _: HttpResponse(told())).text == ""

    def test_that_breaks_leaves_the_scope(self) -> None:
        def broken(_: HttpRequest) -> HttpResponse:
            assert told() == ""
            raise RuntimeError

        before = told()
        with pytest.raises(RuntimeError):
            self.answer(AnonymousUser(), broken)
        assert told() == before
