"""A case request's life: from the agency's draft to the exchange's decision."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.lifecycle import Lifecycle


class RequestStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    AWAITING_COSIGNATURE = "awaiting_cosignature", _("Awaiting co-signature")
    SUBMITTED = "submitted", _("Submitted")
    IN_TRIAGE = "in_triage", _("In triage")
    AWAITING_AGENCY = "awaiting_agency", _("Awaiting the agency")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DISCARDED = "discarded", _("Discarded")


S = RequestStatus

# What the exchange has never had on its table.
WITH_AGENCY = (S.DRAFT, S.AWAITING_COSIGNATURE)
OPEN_AT_EXCHANGE = (S.SUBMITTED, S.IN_TRIAGE, S.AWAITING_AGENCY)
ENDED = (S.CLOSED, S.WITHDRAWN, S.DISCARDED)
# What a suspension puts into quarantine.
OPEN = (*WITH_AGENCY, *OPEN_AT_EXCHANGE)

LIFECYCLE: Lifecycle[RequestStatus] = Lifecycle(
    {
        "edit": {S.DRAFT: S.DRAFT},
        "attach": {S.DRAFT: S.DRAFT, S.AWAITING_AGENCY: S.AWAITING_AGENCY},
        "detach": {S.DRAFT: S.DRAFT},
        "submit": {S.DRAFT: S.SUBMITTED},
        # The same verb where the type needs a second signature of the agency.
        "submit_for_cosignature": {S.DRAFT: S.AWAITING_COSIGNATURE},
        "cosign": {S.AWAITING_COSIGNATURE: S.SUBMITTED},
        "claim": {S.SUBMITTED: S.IN_TRIAGE},
        "ask": {S.IN_TRIAGE: S.AWAITING_AGENCY},
        "answer": {S.AWAITING_AGENCY: S.IN_TRIAGE},
        "decide": {S.IN_TRIAGE: S.CLOSED},
        "withdraw": dict.fromkeys(OPEN, S.WITHDRAWN),
        # Ended in quarantine, by the exchange: nobody of the agency stood behind it.
        "discard": dict.fromkeys(OPEN, S.DISCARDED),
    },
    {status: status.label for status in RequestStatus},
)
