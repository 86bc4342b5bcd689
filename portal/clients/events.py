from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

ISSUED = "clients.issued"
REVOKED = "clients.revoked"

register({ISSUED: _("Client key issued"), REVOKED: _("Client key revoked")})
