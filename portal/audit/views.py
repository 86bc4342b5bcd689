"""The audit trail's page: newest first, filtered in the address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import requires
from portal.audit.chain import verify
from portal.audit.entries import role_label
from portal.audit.events import choices, label_of
from portal.models import AuditEvent
from portal.ui.pagination import paginate


@require_safe
@requires("audit.list")
def list_events(request: HttpRequest) -> HttpResponse:
    found = AuditEvent.objects.all()
    event = request.GET.get("event", "")
    subject = request.GET.get("subject", "").strip().replace("\x00", "")
    if event:
        found = found.filter(event=event.replace("\x00", ""))
    if subject:
        found = found.filter(subject_id=subject)
    page = paginate(request, found, size=50)
    context = {
        "page": page,
        "rows": [
            {"event": each, "label": label_of(each.event), "role": role_label(each.actor_role)}
            for each in page
        ],
        "events": choices(),
        "event": event,
        "subject": subject,
        "verdict": verify() if "verify" in request.GET else None,
    }
    return render(request, "audit/list.html", context)
