"""What a suspension does to campaigns, in its own transaction.

An agency's: everything on its way goes into quarantine, and its live warnings stop, for nobody answers for
them any more (delivery.load asks for the agency's status; the revision tells it to look). A person's: what he
or she had a hand in and is on its way. Warnings that are live stay live: two other people, one of them of the
exchange, read exactly that text, and taking it down would let whoever steals one mailbox silence a force. The
campaign's page shows a flag, and anyone who may can recall at once.
"""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from campaigns import events
from campaigns.delivery.publish import announce
from campaigns.lifecycle import ON_ITS_WAY
from campaigns.models import Campaign, Contribution, Decision, Publication
from portal.agencies.standing.reach import (
    Acts,
    Reach,
    agency_lapsed,
    agency_reinstated,
    agency_suspended,
    person_suspended,
    reached,
)
from portal.audit import record_each
from portal.kernel.actor import Actor
from portal.models import Agency, Membership, User


def touched(agency: Agency | None, membership: Membership | None) -> QuerySet[Campaign]:
    """Campaigns of the agency; or those that the person began, wrote or approved there."""
    if agency is not None:
        return Campaign.objects.filter(agency=agency)
    if membership is None or membership.agency_id is None:
        return Campaign.objects.none()
    person = membership.user_id
    return Campaign.objects.filter(agency_id=membership.agency_id).filter(
        Q(created_by_id=person)
        | Q(pk__in=Contribution.objects.filter(person_id=person).values("campaign_id"))
        | Q(in_review_id__in=Decision.objects.filter(person_id=person).values("version_id"))
    )


def _on_their_way(agency: Agency | None, membership: Membership | None) -> QuerySet[Campaign]:
    return touched(agency, membership).filter(status__in=ON_ITS_WAY, quarantined_at=None)


def _live(campaigns: QuerySet[Campaign], now: datetime) -> int:
    served = Publication.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now),
        Q(superseded_at=None) | Q(superseded_at__gt=now),
        campaign__in=campaigns,
        recalled_at=None,
        starts_at__lte=now,
    )
    return served.exclude(campaign__agency__is_training=True).count()


@receiver(reached)
def would_reach(
    sender: Any, agency: Agency | None, membership: Membership | None, **rest: Any
) -> dict[str, int]:
    warnings = "flagged" if agency is None else "warnings"
    return {
        "campaigns": _on_their_way(agency, membership).count(),
        warnings: _live(touched(agency, membership), timezone.now()),
    }


@receiver([agency_suspended, agency_lapsed, person_suspended])
def quarantine(
    sender: Any,
    agency: Agency | None,
    membership: Membership | None,
    actor: Actor,
    now: datetime,
    why: str,
    acts: Acts,
    **rest: Any,
) -> Reach:
    """Rows that a flow holds are waited for; that flow's step is then part of what is quarantined."""
    rows = _on_their_way(agency, membership).select_for_update(of=("self",), no_key=True).order_by("pk")
    held = list(rows.only("pk", "title", "agency_id"))
    Campaign.objects.filter(pk__in=[each.pk for each in held]).update(quarantined_at=now)
    warnings = _live(touched(agency, membership), now)
    if agency is not None:
        announce()
    acts.append(partial(record_each, events.QUARANTINED, actor=actor, subjects=held, at=now))
    return {"campaigns": len(held), "flagged" if agency is None else "warnings": warnings}


@receiver(agency_reinstated)
def serve_again(sender: Any, agency: Agency, now: datetime, **rest: Any) -> Reach:
    announce()
    return {"resumed": _live(touched(agency, None), now)}


def people_stopped(campaign: Campaign) -> list[User]:
    """Who wrote or approved it and is suspended now."""
    return list(
        User.objects.filter(memberships__ended_at=None, memberships__suspended_at__isnull=False)
        .filter(
            Q(pk__in=campaign.contributions.values("person_id"))
            | Q(pk__in=Decision.objects.filter(version__campaign=campaign).values("person_id"))
        )
        .distinct()
    )
