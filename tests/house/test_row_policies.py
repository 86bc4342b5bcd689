"""No table of case support stands outside the second wall, nor is its gate opened by habit."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from portal.build import CHECKOUT

# What holds nothing of a case, and why.
OUTSIDE = {"casesupport_referencecounter": "the last running number of each year"}

# What stands beside the policy of each table.
BESIDES = {("casesupport_caserequest", "begins"), ("portal_applicationdocument", "reads")}

# Where the system itself looks at case tables. Every line here is a way past the wall: think before adding.
SYSTEM_SCOPE = {
    "casesupport/quarantine/flows.py": "a released draft is out of the lead's sight",
    "casesupport/quarantine/receivers.py": "who suspends need not see what is put into quarantine",
    "portal/agencies/application/flows.py": "the room left is counted over all applications, never shown",
    "portal/agencies/application/forgetting/tasks.py": "a job deletes what nobody confirmed in time",
    "portal/documents/tasks.py": "the sweep must know every document, or it would remove its file",
    "portal/management/commands/migrate.py": "migrations of data see every row",
    "portal/management/commands/seed.py": "the demonstration plays all parts",
}


@pytest.mark.django_db
def test_every_table_of_case_support_has_a_forced_policy() -> None:
    tables = {
        model._meta.db_table
        for model in apps.get_app_config("casesupport").get_models(include_auto_created=True)
        if model._meta.managed
    } - set(OUTSIDE) | {"portal_applicationdocument"}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname FROM pg_class c
            WHERE relrowsecurity AND relforcerowsecurity AND EXISTS (
                SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'scope'
                AND p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}'
            )
            """
        )
        walled = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT relname, polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid")
        policies = set(cursor.fetchall())
    bare = tables - walled
    assert not bare, f"Give them a policy in a migration, as casesupport/migrations/0003 does: {sorted(bare)}"
    # Permissive policies add up: a second one could only open what the first one closes.
    assert policies - {(table, "scope") for table in tables} == BESIDES


@pytest.mark.django_db
def test_no_view_and_no_function_looks_past_the_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1"
        )
        # They make and drop weeks of outcome events, and read nothing (campaigns.outcomes.partitions).
        assert cursor.fetchall() == [("campaigns_drop_outcome_weeks",), ("campaigns_make_outcome_week",)]


def _opens_a_scope(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("scope_of")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_the_scope_is_the_middlewares_and_elsewhere_it_is_said_why() -> None:
    found = {
        path.relative_to(CHECKOUT).as_posix()
        for room in ("portal", "campaigns", "casesupport")
        for path in (CHECKOUT / room).rglob("*.py")
        if _opens_a_scope(path)
    }
    assert found == {"portal/identity/middleware.py", *SYSTEM_SCOPE}
