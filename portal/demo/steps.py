"""What the demo does to its database before it serves: tables, then made-up people."""

from __future__ import annotations

import psycopg
from psycopg import sql

from portal.build import CHECKOUT, MANAGE, Step, fingerprint
from portal.demo.environment import Places


def migrate(own_database: str | None) -> Step:
    """Skipped on the demo's own database if it says that these very migrations were applied. The note lies
    in the database, so that it goes where the tables go."""
    command = (*MANAGE, "migrate", "--noinput")
    if own_database is None:
        return Step("Migrating the database", "migrate", command)
    url = own_database
    note = "migrated " + fingerprint([*sorted(CHECKOUT.glob("*/migrations/*.py")), CHECKOUT / "uv.lock"])

    def needed() -> bool:
        query = (
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchone() != (note,)

    def done() -> None:
        with psycopg.connect(url) as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(note)))

    return Step("Migrating the database", "migrate", command, needed, done)


def seed(where: Places) -> Step:
    return Step("Seeding", "seed", (*MANAGE, "seed", "--output", str(where.people)))
