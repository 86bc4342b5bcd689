"""A campaign's life: the states of its working text. What is served is a Publication, judged by the clock."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.lifecycle import Lifecycle


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    AGENCY_REVIEW = "agency_review", _("In agency review")
    COMPLIANCE_REVIEW = "compliance_review", _("In compliance review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


S = CampaignStatus
IN_REVIEW = (S.AGENCY_REVIEW, S.COMPLIANCE_REVIEW)
# What a suspension puts into quarantine: everything that is still on its way.
ON_ITS_WAY = (S.DRAFT, *IN_REVIEW)

LIFECYCLE: Lifecycle[CampaignStatus] = Lifecycle(
    {
        "edit": {S.DRAFT: S.DRAFT},
        "submit": {S.DRAFT: S.AGENCY_REVIEW},
        "withdraw": {S.AGENCY_REVIEW: S.DRAFT, S.COMPLIANCE_REVIEW: S.DRAFT},
        "approve": {S.AGENCY_REVIEW: S.COMPLIANCE_REVIEW, S.COMPLIANCE_REVIEW: S.APPROVED},
        "return": {S.AGENCY_REVIEW: S.DRAFT, S.COMPLIANCE_REVIEW: S.DRAFT},
        "reject": {S.AGENCY_REVIEW: S.REJECTED, S.COMPLIANCE_REVIEW: S.REJECTED},
        # Ended in quarantine, by compliance.
        "discard": dict.fromkeys(ON_ITS_WAY, S.REJECTED),
        # The next version is written while the approved one stays live.
        "revise": {S.APPROVED: S.DRAFT},
    },
    {status: status.label for status in CampaignStatus},
)


class Phase(models.TextChoices):
    """What the clock and a recall make of a publication."""

    SCHEDULED = "scheduled", _("Scheduled")
    LIVE = "live", _("Live")
    ENDED = "ended", _("Ended")
    SUPERSEDED = "superseded", _("Superseded")
    RECALLED = "recalled", _("Recalled")
