"""The audit trail's page: newest first, filtered in the address."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.access import requires
from portal.audit.chain import verify
from portal.audit.events import choices
from portal.models import AuditEvent


@requires("audit.list")
def list_events(request: HttpRequest) -> HttpResponse:
    found = AuditEvent.objects.all()
    event = request.GET.get("event", "")
    subject = request.GET.get("subject", "").strip()
    if event:
        found = found.filter(event=event)
    if subject:
        found = found.filter(subject_id=subject)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    verdict = verify() if "verify" in request.GET else None
    return render(
        request,
        "audit/list.html",
        {"page": page, "events": choices(), "event": event, "subject": subject, "verdict": verdict},
    )
