"""Gives a document of an application out, as an attachment."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal.access import requires
from portal.agencies.vetting.documents import flows
from portal.documents.serve import response_for


@require_GET
@requires("agencies.read_document")
def read_document(request: HttpRequest, agency_id: UUID, document_id: UUID) -> HttpResponseBase:
    actor = request.actor  # type: ignore[attr-defined]
    return response_for(flows.read_document(agency_id, document_id, actor=actor, now=timezone.now()))
