"""The pages on which one case request leaves quarantine."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from casesupport.intake.flows import page_of
from casesupport.pages import crumbs, found
from casesupport.quarantine import flows
from portal.access import requires
from portal.agencies.standing.quarantineviews import leave

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_OR_POST
@requires("requests.release")
def release(request: HttpRequest, request_id: UUID) -> HttpResponse:
    return _leave(request, request_id, "release")


@GET_OR_POST
@requires("requests.discard")
def discard(request: HttpRequest, request_id: UUID) -> HttpResponse:
    return _leave(request, request_id, "discard")


def _leave(request: HttpRequest, request_id: UUID, verb: str) -> HttpResponse:
    case_request = found(request_id, request.actor, f"requests.{verb}")  # type: ignore[attr-defined]
    return leave(
        request,
        case_request,
        back=page_of(case_request),
        crumbs=crumbs(case_request),
        verb=verb,
        flow=flows.release if verb == "release" else flows.discard,
    )
