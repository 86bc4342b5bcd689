from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

SIGNED_IN = "people.signed_in"
SIGN_IN_FAILED = "people.sign_in_failed"
SIGNED_OUT = "people.signed_out"
SECOND_FACTOR_ENROLLED = "people.second_factor_enrolled"
SECOND_FACTOR_REMOVED = "people.second_factor_removed"
SECOND_FACTOR_FAILED = "people.second_factor_failed"
RECOVERY_CODES_MADE = "people.recovery_codes_made"
PROVED = "people.proved"
PASSWORD_CHANGED = "people.password_changed"  # noqa: S105 - an event
PASSWORD_RESET = "people.password_reset"  # noqa: S105 - an event
DEVICE_MET = "people.device_met"
SESSION_EXPIRED = "people.session_expired"
SESSION_ENDED = "people.session_ended"
SESSIONS_ENDED = "people.sessions_ended"
SIGN_IN_DISOWNED = "people.sign_in_disowned"

register(
    {
        SIGNED_IN: _("Signed in"),
        SIGN_IN_FAILED: _("Sign-in failed"),
        SIGNED_OUT: _("Signed out"),
        SECOND_FACTOR_ENROLLED: _("Second factor enrolled"),
        SECOND_FACTOR_REMOVED: _("Second factor removed"),
        SECOND_FACTOR_FAILED: _("Second factor failed after the right password"),
        RECOVERY_CODES_MADE: _("New recovery codes made"),
        PROVED: _("Confirmed with the second factor"),
        PASSWORD_CHANGED: _("Password changed"),
        PASSWORD_RESET: _("Password reset by e-mail"),
        DEVICE_MET: _("Signed in with a new device"),
        SESSION_EXPIRED: _("Session ended by its limit"),
        SESSION_ENDED: _("Session signed out from another"),
        SESSIONS_ENDED: _("All other sessions signed out"),
        SIGN_IN_DISOWNED: _("Reported a sign-in as somebody else's"),
    }
)
