"""How the statuses of case requests look that the portal's own list does not know."""

from django.utils.translation import pgettext_lazy

from casesupport.lifecycle import RequestStatus
from portal.ui.words import Badge, register_badge

register_badge(RequestStatus.SUBMITTED, Badge("info", "send", pgettext_lazy("status", "Submitted")))
register_badge(RequestStatus.DISCARDED, Badge("stop", "ban", pgettext_lazy("status", "Discarded")))
