"""Triggers that several tables share: PostgreSQL refuses what the application must never do."""

from collections.abc import Sequence

import pgtrigger


def append_only(table: str, *, but: Sequence[str] = ()) -> list[pgtrigger.Trigger]:
    """Rows are written once: UPDATE, DELETE and TRUNCATE are refused; only `but` may change."""
    if but:
        kept = [
            pgtrigger.Protect(name=f"{table}_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name=f"{table}_written_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=list(but)),
            ),
        ]
    else:
        kept = [pgtrigger.Protect(name=f"{table}_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
    return [
        *kept,
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


def reinstated_by_another(table: str, *, link: str, leaves: str) -> pgtrigger.Trigger:
    """A suspension is over once its row says who ended it; that row refuses the one who suspended."""
    return pgtrigger.Trigger(
        name=f"{table}_reinstated_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(leaves),
        func=f"""
            IF EXISTS (SELECT 1 FROM portal_suspension s WHERE s.{link} = NEW.id AND s.ended_at IS NULL) THEN
                RAISE EXCEPTION 'the suspension is open' USING ERRCODE = '23514';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - names of our own
    )


def quarantine_guards(table: str, *, ends: str) -> list[pgtrigger.Trigger]:
    """What is in quarantine keeps its status, but for the one that `ends` it there.

    And nothing new comes to be at an agency that is not in good standing: the lock waits for a suspension
    that is being written, so that none slips in beside it.
    """
    return [
        pgtrigger.Protect(
            name=f"{table}_kept_in_quarantine",
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(
                "OLD.quarantined_at IS NOT NULL AND NEW.status IS DISTINCT FROM OLD.status"
                f" AND NEW.status <> '{ends}'"
            ),
        ),
        pgtrigger.Trigger(
            name=f"{table}_of_agency_in_standing",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func="""
                PERFORM 1 FROM portal_agency a
                WHERE a.id = NEW.agency_id AND a.status = 'approved' FOR SHARE;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'the agency is not in good standing' USING ERRCODE = '23514';
                END IF;
                RETURN NEW;
            """,
        ),
    ]
