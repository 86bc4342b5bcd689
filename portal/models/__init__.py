"""The rows every app stands on: people and agencies, API clients, the audit trail, notices."""

from portal.models.agency import Agency
from portal.models.application import AgencyApplication, ApplicationDocument
from portal.models.applicationmail import ApplicationMail
from portal.models.auditcheck import AuditCheck
from portal.models.auditevent import AuditEvent
from portal.models.auditexport import AuditExport
from portal.models.audithead import AuditHead
from portal.models.client import Client, ClientKey
from portal.models.device import KnownDevice
from portal.models.invitation import Invitation
from portal.models.membership import Membership
from portal.models.notice import Notice
from portal.models.openid import SignInProvider
from portal.models.registration import DomainRegistration
from portal.models.rolechange import RoleChange
from portal.models.suspension import Suspension
from portal.models.user import User
from portal.models.vetting import DomainChallenge, MailChallenge, VettingCheck, VettingRound
from portal.models.vettingdecision import VettingDecision

__all__ = [
    "Agency",
    "AgencyApplication",
    "ApplicationDocument",
    "ApplicationMail",
    "AuditCheck",
    "AuditEvent",
    "AuditExport",
    "AuditHead",
    "Client",
    "ClientKey",
    "DomainChallenge",
    "DomainRegistration",
    "Invitation",
    "KnownDevice",
    "MailChallenge",
    "Membership",
    "Notice",
    "RoleChange",
    "SignInProvider",
    "Suspension",
    "User",
    "VettingCheck",
    "VettingDecision",
    "VettingRound",
]
