"""The rows every app stands on: people and agencies, API clients, the audit trail, notices."""

from portal.models.agency import Agency
from portal.models.auditevent import AuditEvent
from portal.models.client import Client
from portal.models.membership import Membership
from portal.models.notice import Notice
from portal.models.user import User

__all__ = ["Agency", "AuditEvent", "Client", "Membership", "Notice", "User"]
