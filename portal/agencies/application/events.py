from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

APPLIED = "applications.applied"
CONFIRMED = "applications.confirmed"
RESENT = "applications.resent"
CORRECTED = "applications.corrected"
FORGOTTEN = "applications.forgotten"

register(
    {
        APPLIED: _("Application sent"),
        CONFIRMED: _("Application confirmed"),
        RESENT: _("Link to confirm an application asked for again"),
        CORRECTED: _("First supervisor of an application corrected"),
        FORGOTTEN: _("Application deleted, never confirmed"),
    }
)
