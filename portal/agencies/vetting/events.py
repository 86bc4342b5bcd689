from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

VETTED = "agencies.vetted"
CHALLENGED = "agencies.challenged"
CHECKED = "agencies.checked"
DOCUMENT_READ = "agencies.document_read"
APPROVED = "agencies.approved"
REFUSED = "agencies.refused"

register(
    {
        VETTED: _("Vetting begun"),
        CHALLENGED: _("Proof of a domain asked for"),
        CHECKED: _("Check logged"),
        DOCUMENT_READ: _("Document of an application opened"),
        APPROVED: _("Agency approved"),
        REFUSED: _("Agency refused"),
    }
)
