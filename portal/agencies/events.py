from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

APPLIED = "agencies.applied"

register(
    {
        APPLIED: _("Agency applied"),
    }
)
