"""Public ids: UUIDv7, so that rows arrive in index order (PostgreSQL 18 makes them too)."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def new_id() -> UUID:
    return _uuid7()
