"""How often one address may write: counted in Valkey for all processes together. Reading is not counted."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import PortalError

# A police headquarters is one address; the last figure is for everybody together, and spares the disk.
LIMITS = {
    "begin": "20/h/ip",
    "save": "120/h/ip",
    "attach": "30/h/ip,600/h/key",
    "apply": "10/h/ip",
    "resend": "20/h/ip",
    "correct": "10/h/ip",
    "confirm": "60/h/ip",
}


class TooMany(PortalError):
    status = 429
    code = "too-many"
    title = _("Too many at once")


def count(request: HttpRequest, action: str) -> None:
    """Raises TooMany past the limit."""
    if not ratelimit.consume(request, app="agencies-apply", action=action, config=LIMITS, key="everybody"):
        raise TooMany(_("There were too many tries from your network. Wait an hour, then go on."))
