"""The pages on which one campaign leaves quarantine."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaigns.pages import crumbs, found
from campaigns.quarantine import flows
from portal.access import requires
from portal.agencies.standing.quarantineviews import leave

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_OR_POST
@requires("campaigns.release")
def release(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _leave(request, campaign_id, "release")


@GET_OR_POST
@requires("campaigns.discard")
def discard(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _leave(request, campaign_id, "discard")


def _leave(request: HttpRequest, campaign_id: UUID, verb: str) -> HttpResponse:
    campaign = found(campaign_id, request.actor, f"campaigns.{verb}")  # type: ignore[attr-defined]
    return leave(
        request,
        campaign,
        back=reverse("campaigns-view", args=[campaign.pk]),
        crumbs=crumbs(campaign),
        verb=verb,
        flow=flows.release if verb == "release" else flows.discard,
    )
