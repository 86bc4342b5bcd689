"""Out of quarantine: released, and then as before; or discarded, and then over."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.flows import locked
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Contribution
from portal.access import check, hold_agency
from portal.agencies.standing.quarantine import checked
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Stale, WrongState
from portal.models import User
from portal.notices import notify


@transaction.atomic
def release(campaign_id: UUID, *, actor: Actor, now: datetime, why: str, seen: datetime) -> Campaign:
    """Let it go on from where it stood. `seen`: when the page was drawn that the actor looked at."""
    # The agency first, as everywhere: a suspension that is being written waits, or is waited for.
    owner = Campaign.objects.visible_to(actor).filter(pk=campaign_id).values_list("agency_id", flat=True)
    stands = any(hold_agency(agency_id) for agency_id in owner)
    campaign = _looked_at(campaign_id, "campaigns.release", actor, seen)
    if not stands:
        raise WrongState(_("The agency is not in good standing. Reinstate it first."), code="not-in-standing")
    why = checked(why)
    since, campaign.quarantined_at = campaign.quarantined_at, None
    campaign.changed_at = now
    campaign.save(update_fields=["quarantined_at", "changed_at"])
    _tell("quarantine-released", campaign)
    record(
        events.RELEASED, actor=actor, subject=campaign, at=now, why=why,
        data={"since": since and since.isoformat(), "status": campaign.status},
    )  # fmt: skip
    return campaign


@transaction.atomic
def discard(campaign_id: UUID, *, actor: Actor, now: datetime, why: str, seen: datetime) -> Campaign:
    """End it for good. What was published of it before is not touched: that is recalled."""
    campaign = _looked_at(campaign_id, "campaigns.discard", actor, seen)
    before = campaign.status
    campaign.status = LIFECYCLE.after(CampaignStatus(before), "discard")
    why = checked(why)
    campaign.in_review = campaign.quarantined_at = campaign.claimed_by = campaign.claimed_at = None
    campaign.changed_at = now
    campaign.save(
        update_fields=["status", "in_review", "quarantined_at", "claimed_by", "claimed_at", "changed_at"]
    )
    _tell("quarantine-discarded", campaign)
    record(events.DISCARDED, actor=actor, subject=campaign, at=now, why=why, data={"from": before})
    return campaign


def _looked_at(campaign_id: UUID, permission: str, actor: Actor, seen: datetime) -> Campaign:
    campaign = locked(campaign_id, actor, in_quarantine=True)
    check(actor, permission, campaign)
    if campaign.quarantined_at is None:
        raise WrongState(_("It is not in quarantine any more."), code="not-quarantined")
    if campaign.quarantined_at > seen:
        raise Stale(_("It was put into quarantine again after you looked. Look at it once more."))
    if Contribution.objects.filter(campaign=campaign, person_id=actor.person_id).exists():
        raise Forbidden(_("You contributed to this campaign, so somebody else decides."), code="contributor")
    return campaign


def _tell(kind: str, campaign: Campaign) -> None:
    """Its authors who still get in."""
    authors: Iterable[User] = User.objects.filter(
        pk__in=campaign.contributions.values("person_id"),
        memberships__agency_id=campaign.agency_id,
        memberships__ended_at=None,
        memberships__suspended_at=None,
    ).distinct()
    notify(kind, people=authors, path=reverse("campaigns-view", args=[campaign.pk]))
