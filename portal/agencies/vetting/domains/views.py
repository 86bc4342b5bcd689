"""The buttons beside a domain: look now, and a new value for one that ran out."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access import requires
from portal.agencies.vetting.domains import flows


@require_POST
@requires("agencies.check")
def ask(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    domain = request.POST.get("domain", "").replace("\x00", "")
    flows.ask(agency_id, actor=request.actor, now=timezone.now(), domain=domain)  # type: ignore[attr-defined]
    return redirect("agencies-vetting", agency_id)


@require_POST
@requires("agencies.check")
def renew(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    domain = request.POST.get("domain", "").replace("\x00", "")
    flows.renew(agency_id, actor=request.actor, now=timezone.now(), domain=domain)  # type: ignore[attr-defined]
    messages.success(request, _("There is a new value. Send it to the agency; the old one counts no more."))
    return redirect("agencies-vetting", agency_id)
