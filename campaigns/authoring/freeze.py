"""Freezing: the working text becomes one JSON value with one SHA-256, and nothing later changes it."""

from datetime import UTC, datetime
from typing import Any

from campaigns.authoring.text import WorkingText, column
from campaigns.models import Campaign
from portal.kernel.canonical import digest
from portal.kernel.languages import bcp47

FORM = 1  # of the frozen content; a change of shape is a new number


def instant(moment: datetime) -> str:
    """UTC to the second, as RFC 3339 writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
        },
        "scam_type": campaign.scam_type,
        "regions": sorted(campaign.regions),
        "default_language": bcp47(campaign.default_language),
        "window": {"starts_at": instant(campaign.starts_at), "ends_at": instant(campaign.ends_at)},
        "priority": campaign.priority,
        "texts": {bcp47(language): text.in_language(language) for language in campaign.languages},
    }


def freeze(campaign: Campaign, number: int) -> tuple[dict[str, Any], str]:
    """(content, SHA-256 as hex) of the working text as it stands."""
    content = frozen_content(campaign, number)
    return content, digest(content)
