from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

CREATED = "campaigns.created"
EDITED = "campaigns.edited"
SUBMITTED = "campaigns.submitted"
WITHDRAWN = "campaigns.withdrawn"
APPROVED = "campaigns.approved"
RETURNED = "campaigns.returned"
REJECTED = "campaigns.rejected"
REVISED = "campaigns.revised"
PUBLISHED = "campaigns.published"
SIGNED = "campaigns.signed"
RECALLED = "campaigns.recalled"
QUARANTINED = "campaigns.quarantined"
RELEASED = "campaigns.released"
DISCARDED = "campaigns.discarded"
OUTCOMES_RECEIVED = "campaigns.outcomes_received"
MARK_ADDED = "campaigns.mark_added"
ARCHIVED = "campaigns.archived"
TRANSLATED = "campaigns.translated"
TRANSLATION_EXPORTED = "campaigns.translation_exported"
TRANSLATION_REVIEWED = "campaigns.translation_reviewed"
UNARCHIVED = "campaigns.unarchived"
CLAIMED = "campaigns.claimed"
UNCLAIMED = "campaigns.unclaimed"
REMARKED = "campaigns.remarked"
ANSWERED = "campaigns.answered"
SETTLED = "campaigns.settled"

register(
    {
        CREATED: _("Draft begun"),
        EDITED: _("Text changed"),
        SUBMITTED: _("Submitted for approval"),
        WITHDRAWN: _("Withdrawn from review"),
        APPROVED: _("Approved"),
        RETURNED: _("Returned to draft"),
        REJECTED: _("Rejected"),
        REVISED: _("Next version opened"),
        PUBLISHED: _("Published"),
        SIGNED: _("Publication signed with another key"),
        RECALLED: _("Recalled"),
        QUARANTINED: _("Put into quarantine"),
        RELEASED: _("Released from quarantine"),
        DISCARDED: _("Discarded in quarantine"),
        MARK_ADDED: _("Agency mark added"),
        TRANSLATED: _("Translated"),
        TRANSLATION_EXPORTED: _("Texts exported for translation"),
        TRANSLATION_REVIEWED: _("Translation read and found right"),
        ARCHIVED: _("Archived"),
        UNARCHIVED: _("Brought back from the archive"),
        CLAIMED: _("Claimed for review"),
        UNCLAIMED: _("Claim given back"),
        REMARKED: _("Remark made"),
        ANSWERED: _("Remark answered"),
        SETTLED: _("Remark settled"),
        OUTCOMES_RECEIVED: _("Outcomes received from a client (noted once a day)"),
    }
)
