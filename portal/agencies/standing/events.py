from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

AGENCY_SUSPENDED = "agencies.suspended"
AGENCY_REINSTATED = "agencies.reinstated"
AGENCY_LAPSED = "agencies.lapsed"
PERSON_SUSPENDED = "people.suspended"
PERSON_REINSTATED = "people.reinstated"

register(
    {
        AGENCY_SUSPENDED: _("Agency suspended"),
        AGENCY_REINSTATED: _("Agency reinstated"),
        AGENCY_LAPSED: _("Agency lapsed"),
        PERSON_SUSPENDED: _("Person suspended"),
        PERSON_REINSTATED: _("Person reinstated"),
    }
)
