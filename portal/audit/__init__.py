"""The audit trail: record() in the caller's transaction, the chain verified, pages for the auditor."""

from portal.audit.record import record
from portal.audit.timeline import timeline_of

__all__ = ["record", "timeline_of"]
