"""What belongs to a case request changes only while the request is where it may change."""

import pgtrigger


def only_while(name: str, *states: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Refuse to touch a row whose case request is in any other state than these."""
    allowed = ", ".join(f"'{state}'" for state in states)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        declare=[("owner", "uuid"), ("state", "text")],
        func=f"""
            IF TG_OP = 'INSERT' THEN owner := NEW.case_request_id; ELSE owner := OLD.case_request_id; END IF;
            SELECT status INTO state FROM casesupport_caserequest WHERE id = owner;
            IF state NOT IN ({allowed}) THEN
                RAISE EXCEPTION 'not while the case request is %', state USING ERRCODE = '23514';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: S608 - the states are our own constants
    )
