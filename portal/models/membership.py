"""One row: one person in one role, at an agency or (without one) at the exchange."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import AGENCY_ROLES, EXCHANGE_ROLES, Role
from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.user import User

ROLE_LABELS = {
    Role.OFFICER: _("Officer"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.COMPLIANCE_REVIEWER: _("Compliance reviewer"),
    Role.CASE_ANALYST: _("Case analyst"),
    Role.COMPLIANCE_LEAD: _("Compliance lead"),
    Role.AUDITOR: _("Auditor"),
}


class Membership(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(
        max_length=24, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at=None), name="membership_one_open_role"
            ),
            models.CheckConstraint(
                condition=models.Q(agency=None, role__in=sorted(EXCHANGE_ROLES))
                | models.Q(agency__isnull=False, role__in=sorted(AGENCY_ROLES)),
                name="membership_role_fits_house",
            ),
        ]
