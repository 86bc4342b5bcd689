"""Triggers that several tables share: PostgreSQL refuses what the application must never do."""

import pgtrigger


def append_only(table: str) -> list[pgtrigger.Trigger]:
    """Rows are written once: UPDATE, DELETE and TRUNCATE are refused."""
    return [
        pgtrigger.Protect(name=f"{table}_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{table}_no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=f"RAISE EXCEPTION '{table} rows are never removed' USING ERRCODE = '42501';",
        ),
    ]


def lifecycle_guard(table: str, steps: list[tuple[str, str]]) -> pgtrigger.Trigger:
    """The same transition table as the flows', in the database."""
    return pgtrigger.FSM(name=f"{table}_lifecycle", field="status", transitions=steps)
