"""A broken audit trail is told to those who must act on it, whoever looked."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from portal.audit.verification import broken
from portal.kernel.actor import Role
from portal.models import AuditCheck
from portal.models.notice import NoticeKind
from portal.notices.notify import notify, people_with


@receiver(broken)
def tell(sender: Any, check: AuditCheck, **rest: Any) -> None:
    people = people_with(Role.AUDITOR, Role.COMPLIANCE_LEAD)
    notify(NoticeKind.TRAIL_BROKEN, people=people, path=reverse("audit-check", args=[check.pk]))
