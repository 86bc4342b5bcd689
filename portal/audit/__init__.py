"""The audit trail: record() in the caller's transaction, the chain verified, pages for the auditor."""

from portal.audit.changes import changes, state_of
from portal.audit.record import record, record_each
from portal.audit.timeline import timeline_of

__all__ = ["changes", "record", "record_each", "state_of", "timeline_of"]
