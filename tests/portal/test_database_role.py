"""The application signs in to PostgreSQL as somebody who can do little, and cannot become somebody else."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from campaigns.models import Version
from casesupport.models import Message
from portal.build import CHECKOUT
from portal.checks import database_role_is_confined
from portal.database import walls
from portal.database.owner import as_owner as owner_session
from portal.database.owner import grant, privileges
from portal.embedded import servers
from portal.models import AuditEvent
from tests.people import make_agency

pytestmark = pytest.mark.django_db


def refused(statement: str) -> str:
    """The SQLSTATE with which PostgreSQL refuses it."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(refusal.value.__cause__.sqlstate)  # type: ignore[union-attr]


def test_tests_and_requests_sign_in_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user")
        assert cursor.fetchone() == (urlsplit(settings.DATABASE_URL).username,) * 2
    assert walls.faults(settings.DATABASE_URL) == []
    assert database_role_is_confined(None, databases=["default"]) == []


def test_every_table_belongs_to_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == [(urlsplit(settings.DATABASE_OWNER_URL).username,)]


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE portal_notice",
        "TRUNCATE casesupport_caserequest CASCADE",
        "ALTER TABLE casesupport_caserequest NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE casesupport_caserequest DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE portal_auditevent DISABLE TRIGGER USER",
        "DROP POLICY scope ON casesupport_target",
        "CREATE POLICY all_rows ON casesupport_target USING (true)",
        "CREATE TRIGGER mine BEFORE INSERT ON portal_notice EXECUTE FUNCTION now()",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE portal_agency (id int)",
        "CREATE VIEW mine AS SELECT * FROM casesupport_caserequest",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION {owner}",
        "SET ROLE {owner}",
        "SET ROLE pg_read_all_data",
        "ALTER ROLE {role} BYPASSRLS",
        "GRANT {owner} TO {role}",
        "ALTER DATABASE {database} SET portal.scope = 'system'",
        "UPDATE portal_auditevent SET why = ''",
        "DELETE FROM portal_auditevent",
        "UPDATE casesupport_message SET body = ''",
        "DELETE FROM casesupport_caserequest",
        "UPDATE campaigns_version SET sha256 = ''",
        "UPDATE django_migrations SET name = ''",
        "COPY portal_agency TO PROGRAM 'cat'",
        "COPY portal_agency FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT rolpassword FROM pg_authid",
        "SELECT * FROM pg_statistic",
        "LOAD 'auto_explain'",
    ],
)
def test_what_the_application_may_not_do_is_refused(statement: str) -> None:
    names = {
        "owner": urlsplit(settings.DATABASE_OWNER_URL).username,
        "role": urlsplit(settings.DATABASE_URL).username,
        "database": connection.settings_dict["NAME"],
    }
    assert refused(statement.format(**names)) == "42501"


def test_telling_our_own_triggers_to_stand_aside_does_not_help_against_a_missing_privilege() -> None:
    """pgtrigger's can be told to, by whoever runs our SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pgtrigger.ignore', '{portal_auditevent:audit_append_only}', false)"
        )
    assert refused("UPDATE portal_auditevent SET why = 'nothing'") == "42501"


def test_a_reset_of_the_role_changes_nothing() -> None:
    for statement in ("RESET ROLE", "RESET SESSION AUTHORIZATION", "SET ROLE NONE"):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert refused("TRUNCATE portal_notice") == "42501"


def test_rows_written_once_are_granted_no_more_than_that() -> None:
    assert privileges(AuditEvent) == privileges(Message) == ["SELECT", "INSERT"]
    assert "UPDATE" not in privileges(Version)
    granted: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee IN (session_user, 'PUBLIC') AND table_schema = 'public'"
        )
        for table, privilege in cursor.fetchall():
            granted.setdefault(table, set()).add(privilege)
    stated = {
        model._meta.db_table: set(privileges(model)) for model in apps.get_models(include_auto_created=True)
    }
    assert granted == {**stated, "django_migrations": {"SELECT"}}


@pytest.mark.django_db(transaction=True)
def test_the_owner_too_is_stopped_by_the_triggers(now: Any) -> None:
    make_agency("hong-kong", now=now)
    with (
        psycopg.connect(settings.DATABASE_OWNER_URL) as owner,
        pytest.raises(psycopg.errors.RaiseException, match="Cannot update"),
    ):
        owner.execute("UPDATE portal_auditevent SET why = ''")


@pytest.mark.django_db(transaction=True)
def test_a_table_made_by_hand_is_not_for_the_application_and_migrate_takes_back_what_was_given() -> None:
    try:
        with owner_session(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE by_hand (id int)")
            cursor.execute(
                f'GRANT ALL ON by_hand, portal_auditevent TO "{urlsplit(settings.DATABASE_URL).username}"'
            )
            grant()
        assert refused("SELECT * FROM by_hand") == refused("DELETE FROM portal_auditevent") == "42501"
    finally:
        with owner_session(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE by_hand")


FAULTY = {
    "SUPERUSER": "can be a superuser",
    "BYPASSRLS": "can pass by row-level security",
    "CREATEROLE": "can make roles or databases",
    "CREATEDB": "can make roles or databases",
    "IN ROLE portal_owner": "owns the database or can act as its owner",
    "NOINHERIT IN ROLE portal_owner": "owns tables or can act as their owner",
    "NOINHERIT IN ROLE postgres": "can be a superuser",
}


class TestARoleThatIsTooStrong:
    @pytest.fixture(scope="class")
    def cluster(self) -> Iterator[tuple[str, "psycopg.Connection[Any]"]]:
        """A server of its own, whose administrator can make such roles: (a URL for them, its session)."""
        base = Path(tempfile.mkdtemp(prefix="portal-test-"))
        base.chmod(0o711)
        try:
            with servers(base / "servers", throwaway=True, valkey=False) as urls:
                assert urls.database_url and urls.database_owner_url
                with psycopg.connect(urls.database_owner_url, autocommit=True) as owner:
                    owner.execute("CREATE TABLE thing (id int)")
                    owner.execute("REVOKE TEMPORARY ON DATABASE portal FROM PUBLIC")
                assert walls.faults(urls.database_url) == []
                password = (base / "servers" / "postgres.password").read_text(encoding="ascii")
                with psycopg.connect(
                    urls.database_url, user="postgres", password=password, autocommit=True
                ) as session:
                    yield _renamed(urls.database_url), session
        finally:
            shutil.rmtree(base)

    @pytest.mark.parametrize(("quality", "fault"), FAULTY.items())
    def test_is_named(self, cluster: Any, quality: str, fault: str) -> None:
        url, administrator = cluster
        administrator.execute(f"CREATE ROLE too_much LOGIN PASSWORD 'x' {quality}")
        try:
            assert fault in walls.faults(url)
        finally:
            administrator.execute("DROP ROLE too_much")

    def test_is_named_for_how_its_sessions_begin_and_for_what_it_may_set(self, cluster: Any) -> None:
        url, administrator = cluster
        administrator.execute("CREATE ROLE too_much LOGIN PASSWORD 'x'")
        administrator.execute("ALTER ROLE too_much SET portal.scope = 'system'")
        administrator.execute("GRANT SET ON PARAMETER session_replication_role TO too_much")
        administrator.execute("GRANT TEMPORARY ON DATABASE portal TO too_much")
        assert walls.faults(url) == [
            "can make tables",
            "can switch off triggers",
            "begins its sessions with a scope",
        ]


def _renamed(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f"{parts.username}:{parts.password}@", "too_much:x@")


def test_such_a_role_keeps_the_portal_from_being_ready(settings: Any, client: Any) -> None:
    settings.DATABASE_URL = settings.DATABASE_OWNER_URL
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database role"].startswith("is not confined")
    found = {error.id for error in database_role_is_confined(None, databases=["default"])}
    assert found == {"portal.E007"}


class TestAPooler:
    """A connection whose first packet names another process than the one that answers is a pooler's."""

    class Link:
        def __init__(self, fronts: int, serving: Iterator[int]) -> None:
            self.info = type("Info", (), {"backend_pid": fronts})
            self.serving = serving

        def __enter__(self) -> "TestAPooler.Link":
            return self

        def __exit__(self, *_: Any) -> None:
            return None

        def execute(self, _statement: str) -> Any:
            return type("Rows", (), {"fetchone": lambda _: (next(self.serving),)})()

    @pytest.mark.parametrize(("serving", "shared"), [([7, 7], True), ([7, 8], False)])
    def test_that_lends_one_session_to_two_is_found(
        self, monkeypatch: pytest.MonkeyPatch, serving: list[int], shared: bool
    ) -> None:
        turns = iter(serving)
        monkeypatch.setattr(walls.psycopg, "connect", lambda *_, **__: self.Link(1002, turns))
        ours: Any = self.Link(1001, turns)
        assert walls._is_shared(ours, "postgresql://pooler/portal") is shared


def test_migrating_without_the_owner_or_as_the_application_says_what_is_missing() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}

    def migrate(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "migrate", "--check"],
            cwd=CHECKOUT,
            env={**environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    missing = migrate()
    assert missing.returncode != 0 and "DATABASE_OWNER_URL (or DATABASE_OWNER_URL_FILE)" in missing.stderr
    same = migrate(DATABASE_OWNER_URL=settings.DATABASE_URL)
    assert same.returncode != 0 and "two different users" in same.stderr


@pytest.mark.django_db(transaction=True)
def test_migrating_again_changes_nothing_and_ends_as_the_application() -> None:
    call_command("migrate", verbosity=0, skip_checks=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (urlsplit(settings.DATABASE_URL).username,)


def test_nobody_takes_over_a_transaction_as_the_owner() -> None:
    with pytest.raises(transaction.TransactionManagementError), owner_session():
        pass
