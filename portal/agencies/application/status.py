"""The secret link of an applicant: signed, so that nothing need be kept, and without content."""

from datetime import datetime
from uuid import UUID

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import NotVisible, Text
from portal.models import AgencyApplication
from portal.models.agency import AgencyStatus
from portal.models.application import ApplicationStatus

# Exchanges publish three business days for the vetting of access.
VETTING_BUSINESS_DAYS = 3
SALT = "agencies-apply-status"

STATES: dict[str, Text] = {
    "unconfirmed": _("Confirmation by the first supervisor"),
    "received": _("Received"),
    "in_vetting": _("In vetting"),
    "decided": _("Decided"),
}


def status_path(application_id: UUID) -> str:
    return reverse("agencies-apply-status", args=[signing.dumps(str(application_id), salt=SALT)])


def application_of(token: str, now: datetime) -> AgencyApplication:
    """What the link is of; raises NotVisible where it is not ours, and for what has run out or is gone."""
    try:
        application_id = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NotVisible from None
    application = AgencyApplication.objects.select_related("agency").filter(pk=application_id).first()
    if application is None or not (
        application.status == ApplicationStatus.CONFIRMED or application.is_open_at(now)
    ):
        raise NotVisible(_("This application was never confirmed, and is deleted. Apply again."))
    return application


def state_of(application: AgencyApplication) -> str:
    """One of STATES, of what was sent."""
    if application.agency is None:
        return "unconfirmed"
    return {AgencyStatus.APPLIED: "received", AgencyStatus.IN_VETTING: "in_vetting"}.get(
        AgencyStatus(application.agency.status), "decided"
    )
