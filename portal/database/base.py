"""Django's PostgreSQL engine, whose sessions keep to the scope of whoever acts (portal.database.scope)."""

from typing import Any, Final

import structlog
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from portal.database.scope import wanted

log = structlog.get_logger(__name__)

# A rollback takes the setting back to what it was when the transaction or the savepoint began.
UNKNOWN: Final = object()


class DatabaseWrapper(base.DatabaseWrapper):
    """Every cursor follows the scope first. What the session was told is remembered, never guessed."""

    _told: object = UNKNOWN

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._told = UNKNOWN
        connection = super().get_new_connection(conn_params)
        self._told = None
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        self._follow_scope()
        return super().create_cursor(name)

    def leave_scope(self) -> None:
        """Follow at once, for what goes past our cursors; where that fails, the next cursor follows."""
        try:
            self._follow_scope()
        except self.Database.Error as problem:
            log.warning("the database session could not be told its scope", problem=type(problem).__name__)

    def _follow_scope(self) -> None:
        scope = wanted()
        # A failed transaction answers nothing until its rollback, after which we are here again.
        if scope == self._told or self.connection is None or self._is_failed():
            return
        self._told = UNKNOWN
        if scope is None:
            self.connection.execute("RESET portal.scope")
        else:
            self.connection.execute("SELECT set_config('portal.scope', %s, false)", [scope])
        self._told = scope

    def _is_failed(self) -> bool:
        return self.connection.info.transaction_status == TransactionStatus.INERROR

    def _commit(self) -> None:
        # PostgreSQL answers the COMMIT of a failed transaction with a rollback.
        if self._is_failed():
            self._told = UNKNOWN
        try:
            super()._commit()  # type: ignore[misc]
        except BaseException:
            self._told = UNKNOWN
            raise

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._told = UNKNOWN

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self._told = UNKNOWN
