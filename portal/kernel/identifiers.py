"""Public ids: UUIDv7, so that rows arrive in index order (PostgreSQL 18 makes them too)."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def new_id() -> UUID:
    return _uuid7()


def id_at(moment: datetime) -> UUID:
    """As new_id would have made it then."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | new_id().int & (1 << 80) - 1)
