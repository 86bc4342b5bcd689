"""The owner of the tables: another database role than the application's, which `migrate` alone uses.

The application's role owns nothing, so that nothing it runs can switch off a trigger or a row policy.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from psycopg import sql

from portal.database import settings_from_url

WRITING = (pgtrigger.Insert, pgtrigger.Update, pgtrigger.Delete)
LOGIN = ("USER", "PASSWORD", "HOST", "PORT")


# What the owner does for whoever may call it; those of extensions are not ours.
LENT = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole
"""


@contextmanager
def as_owner() -> Iterator[None]:
    """The connection is the owner's, to the same database, until the block ends."""
    if not settings.DATABASE_OWNER_URL:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL (or DATABASE_OWNER_URL_FILE) must be set: tables belong to another database"
            " role than DATABASE_URL's. See docs/operations.md."
        )
    if connection.in_atomic_block:
        raise transaction.TransactionManagementError("Another role cannot take over a transaction.")
    owner = settings_from_url(settings.DATABASE_OWNER_URL)
    before = {key: connection.settings_dict[key] for key in LOGIN}
    connection.close()
    connection.settings_dict.update({key: owner[key] for key in LOGIN})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def application_role() -> str:
    role = str(settings_from_url(settings.DATABASE_URL)["USER"])
    if role in ("", settings_from_url(settings.DATABASE_OWNER_URL)["USER"]):
        raise ImproperlyConfigured("DATABASE_URL and DATABASE_OWNER_URL must name two different users.")
    return role


def grant() -> None:
    """Give the application's role what it needs on each table, and take away everything else."""
    role = sql.Identifier(application_role())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        database = sql.Identifier(cursor.fetchone()[0])
        present = set(connection.introspection.table_names(cursor))
        statements = [
            # Whoever may make temporary tables can hide a real one behind one of the same name.
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
            sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(role),
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {}").format(role),
            sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {}").format(role),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
            sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
            sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role),
        ]
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if model._meta.managed and not model._meta.proxy and table in present:
                what = sql.SQL(", ").join(map(sql.SQL, privileges(model)))
                statements.append(sql.SQL("GRANT {} ON {} TO {}").format(what, sql.Identifier(table), role))
        cursor.execute(LENT)
        for (signature,) in cursor.fetchall():
            function = sql.SQL(signature)
            statements.append(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(function))
            statements.append(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(function, role))
        for statement in statements:
            cursor.execute(statement)


def privileges(model: type[models.Model]) -> list[str]:
    """What a trigger always refuses is not granted: for rows written once, SELECT and INSERT are all."""
    refused = [
        trigger.operation or ()
        for protected, trigger in pgtrigger.registered()
        if protected is model and type(trigger) is pgtrigger.Protect and trigger.condition is None
    ]
    kept = [str(act) for act in WRITING if not any(act in operation for operation in refused)]
    return ["SELECT", *kept]
