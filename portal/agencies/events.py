from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

APPLIED = "agencies.applied"
APPOINTED = "agencies.appointed"

register(
    {
        APPLIED: _("Agency applied"),
        APPOINTED: _("Person appointed"),
    }
)
