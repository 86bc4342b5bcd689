"""Who looks at what waits, so that two people do not do the same work. A claim lasts one stage."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.flows import locked
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Contribution
from portal.access import check
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Stale, WrongState


def ensure_unclaimed_by_others(campaign: Campaign, actor: Actor) -> None:
    if campaign.claimed_by_id not in (None, actor.person_id):
        raise WrongState(
            _("%(name)s is reviewing it. Take it over first, if it should be you.")
            % {"name": campaign.claimed_by},
            code="claimed",
        )


@transaction.atomic
def claim(
    campaign_id: UUID, *, actor: Actor, now: datetime, version_id: UUID, taking_over: UUID | None = None
) -> Campaign:
    """Take what is in review at one's own stage. `taking_over`: the person whose claim was seen."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.claim", campaign)
    LIFECYCLE.after(CampaignStatus(campaign.status), "approve")
    check(actor, f"campaigns.approve_{campaign.status}", campaign)
    if campaign.in_review_id != version_id:
        raise Stale(_("What you saw is no longer what is up for decision. Look at it again."))
    if Contribution.objects.filter(campaign=campaign, person_id=actor.person_id).exists():
        raise Forbidden(_("You contributed to this campaign, so somebody else decides."), code="contributor")
    before = campaign.claimed_by_id
    if before == actor.person_id:
        raise WrongState(_("You claimed it already."), code="claimed")
    if before != taking_over:
        ensure_unclaimed_by_others(campaign, actor)
        raise Stale(_("The claim you wanted to take over has been given back. Claim it, if you like."))
    campaign.claimed_by_id, campaign.claimed_at = actor.as_person(), now
    campaign.save(update_fields=["claimed_by", "claimed_at"])
    data = {"version": str(version_id)} | ({"taken_over_from": str(before)} if before else {})
    record(events.CLAIMED, actor=actor, subject=campaign, at=now, data=data)
    return campaign


@transaction.atomic
def unclaim(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """Give one's own claim back."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.unclaim", campaign)
    if campaign.claimed_by_id != actor.person_id:
        raise WrongState(_("It is not claimed by you."), code="claimed")
    campaign.claimed_by = campaign.claimed_at = None
    campaign.save(update_fields=["claimed_by", "claimed_at"])
    record(events.UNCLAIMED, actor=actor, subject=campaign, at=now)
    return campaign
