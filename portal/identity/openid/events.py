from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

PROVIDER_SET = "agencies.provider_set"
PROVIDER_REMOVED = "agencies.provider_removed"
PROVIDER_LINKED = "people.provider_linked"
PROVIDER_REFUSED = "people.provider_refused"

register(
    {
        PROVIDER_SET: _("Sign-in provider set"),
        PROVIDER_REMOVED: _("Sign-in provider removed"),
        PROVIDER_LINKED: _("Account linked to the agency’s sign-in provider"),
        PROVIDER_REFUSED: _("Sign-in at the agency’s provider refused"),
    }
)
