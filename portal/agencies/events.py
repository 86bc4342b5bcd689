from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

APPLIED = "agencies.applied"
VETTED = "agencies.vetted"
APPROVED = "agencies.approved"
APPOINTED = "agencies.appointed"

register(
    {
        APPLIED: _("Agency applied"),
        VETTED: _("Vetting begun"),
        APPROVED: _("Agency approved"),
        APPOINTED: _("Person appointed"),
    }
)
