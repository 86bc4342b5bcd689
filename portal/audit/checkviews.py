"""The pages of verifications: ask for one, watch it, read what it found."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.access import requires
from portal.audit import verification
from portal.audit.faults import described
from portal.audit.views import crumbs
from portal.kernel.errors import NotVisible
from portal.models import AuditCheck, AuditHead


@require_http_methods(["GET", "HEAD", "POST"])
@requires("audit.verify")
def verify(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        whole = request.POST.get("extent") != "since_head"
        actor = request.actor  # type: ignore[attr-defined]
        return redirect("audit-check", verification.verify(actor=actor, now=timezone.now(), whole=whole).pk)
    context = {
        "crumbs": crumbs(),
        "checks": AuditCheck.objects.select_related("asked_by")[:20],
        "head": AuditHead.objects.defer("file").first(),
    }
    return render(request, "audit/verify.html", context)


@require_safe
@requires("audit.verify")
def check(request: HttpRequest, check_id: UUID) -> HttpResponse:
    found = AuditCheck.objects.select_related("asked_by").filter(pk=check_id).first()
    if found is None:
        raise NotVisible
    context = {
        "crumbs": crumbs((_("Verify"), reverse("audit-verify"))),
        "check": found,
        "percent": round(found.share * 100),
        "faults": [described(fault) for fault in found.faults],
    }
    return render(request, "audit/check.html", context)
