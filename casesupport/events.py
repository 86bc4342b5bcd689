from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

CREATED = "requests.created"
EDITED = "requests.edited"
SUBMITTED = "requests.submitted"
COSIGNED = "requests.cosigned"
WITHDRAWN = "requests.withdrawn"
CLAIMED = "requests.claimed"
ASKED = "requests.asked"
ANSWERED = "requests.answered"
DECIDED = "requests.decided"
QUARANTINED = "requests.quarantined"
RELEASED = "requests.released"
DISCARDED = "requests.discarded"
ATTACHED = "documents.attached"
DETACHED = "documents.detached"
READ = "documents.read"

register(
    {
        CREATED: _("Case request begun"),
        EDITED: _("Case request changed"),
        SUBMITTED: _("Submitted"),
        COSIGNED: _("Co-signed"),
        WITHDRAWN: _("Withdrawn"),
        CLAIMED: _("Taken into triage"),
        ASKED: _("Question asked"),
        ANSWERED: _("Question answered"),
        DECIDED: _("Decided and closed"),
        QUARANTINED: _("Put into quarantine"),
        RELEASED: _("Released from quarantine"),
        DISCARDED: _("Discarded in quarantine"),
        ATTACHED: _("Document attached"),
        DETACHED: _("Document removed"),
        READ: _("Document opened"),
    }
)
