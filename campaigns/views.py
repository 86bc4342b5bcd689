"""The list of campaigns and the page of one: its state, its next act, what is served, what came of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from campaigns import events
from campaigns.authoring.audience import frozen_audience
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Decision, Publication
from campaigns.models.campaign import ScamType
from campaigns.models.publication import newest
from campaigns.outcomes.figures import figures, weeks
from campaigns.pages import audience_of, crumbs, found
from campaigns.quarantine.receivers import people_stopped
from portal.access import allowed, requires
from portal.audit import timeline_of
from portal.audit.entries import entries_of
from portal.kernel.languages import bcp47
from portal.ui.pagination import paginate

SORTS = {"title": "title", "changed": "changed_at", "starts": "starts_at", "priority": "priority"}


@require_safe
@requires("campaigns.list")
def list_campaigns(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    campaigns = Campaign.objects.visible_to(actor).in_a_list()
    asked = {
        name: request.GET.get(name, "").strip()
        for name in ("q", "status", "scam_type", "region", "quarantined", "archived")
    }
    if asked["q"]:
        campaigns = campaigns.filter(title__icontains=asked["q"][:120].replace("\x00", ""))
    if asked["status"] in CampaignStatus.values:
        campaigns = campaigns.filter(status=asked["status"])
    if asked["scam_type"] in ScamType.values:
        campaigns = campaigns.filter(scam_type=asked["scam_type"])
    if asked["region"]:
        campaigns = campaigns.filter(regions__contains=[asked["region"][:6].upper().replace("\x00", "")])
    campaigns = campaigns.filter(archived_at__isnull=not asked["archived"])
    if asked["quarantined"]:
        campaigns = campaigns.filter(quarantined_at__isnull=False)
    sort = request.GET.get("sort", "-changed")
    column = SORTS.get(sort.removeprefix("-"), "changed_at")
    campaigns = campaigns.order_by(f"-{column}" if sort.startswith("-") else column, "pk")
    page = paginate(request, campaigns)
    published: dict[UUID, list[Publication]] = {each.pk: [] for each in page}
    for publication in Publication.objects.filter(campaign__in=published):
        published[publication.campaign_id].append(publication)
    rows = [(each, _shown(published[each.pk], now)) for each in page]
    context = {
        "page": page,
        "rows": rows,
        "asked": asked,
        "filtered": any(asked.values()),
        "statuses": CampaignStatus.choices,
        "scam_types": ScamType.choices,
        "may_create": allowed(actor, "campaigns.create"),
    }
    return render(request, "campaigns/list.html", context)


def _shown(publications: Iterable[Publication], now: datetime) -> dict[str, Any] | None:
    publication = newest(publications, now)
    if publication is None:
        return None
    phase = publication.phase_at(now)
    return {"publication": publication, "phase": phase, "label": phase.label}


@require_safe
@requires("campaigns.view")
def view(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.view")
    now = timezone.now()
    together = Publication.objects.select_related("version", "recalled_by")
    prefetch_related_objects([campaign], Prefetch("publications", queryset=together))
    publications = list(campaign.publications.all())
    shown = _shown(publications, now)
    launch = min((each.starts_at for each in publications), default=None)
    served = shown is not None and shown["publication"].is_servable_at(now)
    context = {
        "campaign": campaign,
        "crumbs": crumbs(),
        "shown": shown,
        "publications": [
            {"row": each, "phase": each.phase_at(now), "label": each.phase_at(now).label}
            for each in publications
        ],
        "versions": campaign.versions.select_related("submitted_by").prefetch_related(
            Prefetch("decisions", queryset=Decision.objects.select_related("person"))
        ),
        "figures": figures(campaign) if publications else None,
        "weeks": weeks(campaign, launch),
        # The daily notes of outcomes stand in the audit trail; here they would bury the people's acts.
        "entries": entries_of(timeline_of(campaign).exclude(event=events.OUTCOMES_RECEIVED)),
        "remarks": campaign.remarks.open().count(),
        "acts": _acts(actor, campaign, served),
        # A live warning outlives the suspension of one of its people; whoever reads its page learns of it.
        "stopped": people_stopped(campaign) if served else [],
        "audience": audience_of({**frozen_audience(campaign), "texts": map(bcp47, campaign.languages)}),
        "facts": [(_("Agency"), campaign.agency)],
    }
    return render(request, "campaigns/view.html", context)


def _acts(actor: Any, campaign: Campaign, served: bool) -> set[str]:
    """The verbs that this person can do to this campaign now."""
    status = CampaignStatus(campaign.status)
    quarantined = campaign.quarantined_at is not None
    archived = campaign.archived_at is not None
    verbs = ["release", "discard"] if quarantined else ["edit", "submit", "withdraw", "revise"]
    if archived and not quarantined:
        verbs = []
    acts = {
        verb
        for verb in verbs
        if allowed(actor, f"campaigns.{verb}", campaign)
        and (verb == "release" or LIFECYCLE.allows(status, verb))
    }
    if allowed(actor, "campaigns.duplicate", campaign):
        acts.add("duplicate")
    if archived and allowed(actor, "campaigns.unarchive", campaign):
        acts.add("unarchive")
    elif not (served or quarantined or campaign.in_review_id) and allowed(
        actor, "campaigns.archive", campaign
    ):
        acts.add("archive")
    may_approve = LIFECYCLE.allows(status, "approve") and allowed(
        actor, f"campaigns.approve_{status}", campaign
    )
    if may_approve and not quarantined:
        acts.add("review")
    if served and allowed(actor, "campaigns.recall", campaign):
        acts.add("recall")
    return acts
