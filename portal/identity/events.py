from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

SIGNED_IN = "people.signed_in"
SIGN_IN_FAILED = "people.sign_in_failed"
SIGNED_OUT = "people.signed_out"
SECOND_FACTOR_ENROLLED = "people.second_factor_enrolled"
SECOND_FACTOR_REMOVED = "people.second_factor_removed"

register(
    {
        SIGNED_IN: _("Signed in"),
        SIGN_IN_FAILED: _("Sign-in failed"),
        SIGNED_OUT: _("Signed out"),
        SECOND_FACTOR_ENROLLED: _("Second factor enrolled"),
        SECOND_FACTOR_REMOVED: _("Second factor removed"),
    }
)
