from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

REGISTERED = "clients.registered"
EDITED = "clients.edited"
ISSUED = "clients.issued"
ROTATED = "clients.rotated"
REVOKED = "clients.revoked"
CLOSED = "clients.closed"

register(
    {
        REGISTERED: _("Client registered"),
        EDITED: _("Client edited"),
        ISSUED: _("Client key issued"),
        ROTATED: _("Client key rotated"),
        REVOKED: _("Client key revoked"),
        CLOSED: _("Client closed"),
    }
)
