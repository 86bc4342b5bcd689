"""Gives a roster out as CSV."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.access import requires
from portal.agencies.roster.export import flows
from portal.agencies.roster.listing import Asked
from portal.agencies.roster.pages import actor_of
from portal.audit.sheets import csv_file


@require_POST
@requires("agencies.export_roster")
def export(request: HttpRequest, agency_id: UUID | None = None) -> HttpResponse:
    """What the page lists, by the same address. A POST: no browser that fetches ahead takes a roster."""
    actor = actor_of(request)
    taken = flows.export(
        agency_id or actor.agency_id,
        actor=actor,
        now=timezone.now(),
        asked=Asked.of(request.GET.dict()),
    )
    return csv_file("roster", taken)
