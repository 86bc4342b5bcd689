"""What several campaign pages share: finding the campaign, its way back, a warning as it is drawn."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from portal.access import check
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState
from portal.kernel.languages import direction

# What a page would begin that its flow refuses in quarantine.
STOPPED = frozenset({"campaigns.edit", "campaigns.submit", "campaigns.review"})


def found(campaign_id: UUID, actor: Actor, permission: str) -> Campaign:
    """The campaign for reading; raises NotVisible or Forbidden. Flows lock and check again."""
    campaign = (
        Campaign.objects.visible_to(actor)
        .select_related("agency", "in_review")
        .filter(pk=campaign_id)
        .first()
    )
    if campaign is None:
        raise NotVisible
    check(actor, permission, campaign)
    if campaign.quarantined_at is not None and permission in STOPPED:
        raise WrongState(
            _("It is in quarantine: nothing can be done with it until compliance has looked at it."),
            code="quarantined",
        )
    return campaign


def crumbs(campaign: Campaign | None = None) -> list[tuple[str, str]]:
    way = [(_("Campaigns"), reverse("campaigns-list"))]
    if campaign is not None:
        way.append((campaign.title, reverse("campaigns-view", args=[campaign.pk])))
    return way


def warning_of(content: dict[str, Any], tag: str) -> dict[str, Any]:
    """One language of a frozen content, as elements/warning.html draws it."""
    return {
        **content["texts"][tag],
        "language": tag.lower(),
        "direction": direction(tag.lower()),
        "agency_name": content["agency"]["name"].get(tag, ""),
    }
