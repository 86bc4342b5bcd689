"""Freezing: the working text becomes one JSON value with one SHA-256, and nothing later changes it."""

from typing import Any

from campaigns.authoring.audience import frozen_audience
from campaigns.authoring.text import WorkingText, column
from campaigns.models import AgencyMark, Campaign
from portal.kernel.canonical import digest
from portal.kernel.languages import bcp47

# Of the frozen content; a change of shape is a new number. Form 1 had no mark, question, sources, conditions,
# showing rule or zone; form 2 said nothing of how long it may be shown unconfirmed. Whoever reads frozen
# content takes what is missing for not set.
FORM = 3


def frozen_content(campaign: Campaign, number: int) -> dict[str, Any]:
    """All that is approved together: the texts in every language, the audience, the window, who warns."""
    text = WorkingText.of(campaign)
    agency = campaign.agency
    return {
        "form": FORM,
        "campaign": str(campaign.pk),
        "number": number,
        "agency": {
            "id": str(agency.pk),
            "name": {
                bcp47(language): getattr(agency, column("name", language))
                or getattr(agency, column("name", "en"))
                for language in campaign.languages
            },
            "training": agency.is_training,
            "mark": frozen_mark(campaign.mark),
        },
        **frozen_audience(campaign),
        "texts": {bcp47(language): text.in_language(language) for language in campaign.languages},
    }


def frozen_mark(mark: AgencyMark | None) -> dict[str, Any] | None:
    return {"sha256": mark.sha256, "width": mark.width, "height": mark.height} if mark else None


def freeze(campaign: Campaign, number: int) -> tuple[dict[str, Any], str]:
    """(content, SHA-256 as hex) of the working text as it stands."""
    content = frozen_content(campaign, number)
    return content, digest(content)
