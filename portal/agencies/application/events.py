from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

APPLIED = "applications.applied"
CONFIRMED = "applications.confirmed"
FORGOTTEN = "applications.forgotten"

register(
    {
        APPLIED: _("Application sent"),
        CONFIRMED: _("Application confirmed"),
        FORGOTTEN: _("Application deleted, never confirmed"),
    }
)
