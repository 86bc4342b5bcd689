"""What the demo does to its database before it serves: tables, then made-up people.

Both are skipped on the demo's own database (here by its owner's URL) if that says that nothing is left to do.
The notes lie in the database, as comments, so that they go where the tables go.
"""

from __future__ import annotations

import hashlib
import json

import psycopg
from psycopg import sql

from portal.build import CHECKOUT, MANAGE, Step, fingerprint
from portal.demo.environment import Places


def _database_note(url: str) -> str | None:
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def _schema_note(url: str) -> str | None:
    query = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'public'"
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def _write_database_note(url: str, note: str) -> None:
    with psycopg.connect(url) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(note)))


def _write_schema_note(url: str, note: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(note)))


def migrate(own_database: str | None) -> Step:
    """Needed unless these very migrations were applied."""
    title, command = "Migrating the database", (*MANAGE, "migrate", "--noinput")
    if own_database is None:
        return Step(title, "migrate", command)
    database = own_database
    note = "migrated " + fingerprint([*sorted(CHECKOUT.glob("*/migrations/*.py")), CHECKOUT / "uv.lock"])
    return Step(
        title,
        "migrate",
        command,
        needed=lambda: _database_note(database) != note,
        done=lambda: _write_database_note(database, note),
    )


def seed(where: Places, base_url: str, own_database: str | None) -> Step:
    """Needed unless the list of accounts is the one that was written for this database and address."""
    title, command = "Seeding", (*MANAGE, "seed", "--output", str(where.people))
    if own_database is None:
        return Step(title, "seed", command)
    database = own_database

    def note() -> str:
        return "seeded " + hashlib.sha256(where.people.read_bytes()).hexdigest()

    def needed() -> bool:
        try:
            at_home = json.loads(where.people.read_bytes())["base_url"] == base_url
        except (OSError, ValueError, KeyError, TypeError):
            return True
        return not at_home or _schema_note(database) != note()

    return Step(title, "seed", command, needed, done=lambda: _write_schema_note(database, note()))
