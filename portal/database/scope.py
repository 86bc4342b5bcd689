"""Whose rows this thread may see and write: what row policies go by. A forgotten scope sees nothing.

A scope is the session's setting `portal.scope`: "" (nothing), "agency:<uuid>", "application:<uuid>" (one who
has no account yet), "vetting", "exchange", "oversight" (with what is in quarantine), "system". Who has which
one, portal.access.scope decides.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connections

NOTHING, VETTING, EXCHANGE, OVERSIGHT, SYSTEM = "", "vetting", "exchange", "oversight", "system"

# None: what the session began with, which is nothing.
_wanted: ContextVar[str | None] = ContextVar("portal.scope", default=None)


def of_agency(agency_id: UUID) -> str:
    return f"agency:{agency_id}"


def of_application(application_id: UUID) -> str:
    return f"application:{application_id}"


def wanted() -> str | None:
    return _wanted.get()


@contextmanager
def scoped(scope: str) -> Iterator[None]:
    """The scope of everything this thread asks the database until the block ends; then the one before it.

    A session learns of it with its next statement, so that a block that asks nothing costs nothing.
    """
    token = _wanted.set(scope)
    try:
        yield
    finally:
        _wanted.reset(token)
        for connection in connections.all(initialized_only=True):
            connection.leave_scope()  # type: ignore[attr-defined]
