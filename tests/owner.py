"""What somebody could do who owns the tables: past the application, and past every trigger."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings


@contextmanager
def owner_cursor(*, past_triggers: bool = True) -> Iterator["psycopg.Cursor[Any]"]:
    """A connection of the owner's: it finds what is committed, so such a test is in no transaction."""
    options = "-c portal.scope=system"
    if past_triggers:
        options += " -c session_replication_role=replica"
    with (
        psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True, options=options) as session,
        session.cursor() as cursor,
    ):
        yield cursor
