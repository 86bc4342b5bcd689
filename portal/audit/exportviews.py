"""The pages of exports: ask for one, watch it, take it."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import requires
from portal.audit import exports
from portal.audit.forms import ExportForm, SearchForm
from portal.audit.views import crumbs
from portal.kernel.errors import Invalid, NotVisible
from portal.models import AuditExport
from portal.models.auditexport import ExportFormat


@require_http_methods(["GET", "HEAD", "POST"])
@requires("audit.export")
def export(request: HttpRequest) -> HttpResponse:
    """What the list was searched for comes along in the address, then in the form."""
    actor = request.actor  # type: ignore[attr-defined]
    given = request.POST if request.method == "POST" else request.GET
    form = ExportForm(request.POST or None)
    search = SearchForm(given)
    is_sound = search.is_valid()
    if request.method == "POST" and is_sound and form.is_valid():
        kind = ExportFormat(form.cleaned_data["format"])
        try:
            made = exports.export(actor=actor, now=timezone.now(), search=search.search, kind=kind)
        except Invalid as refused:
            form.add_error(None, [str(text) for texts in refused.errors.values() for text in texts])
        else:
            return redirect("audit-exported", made.pk)
    context = {
        "crumbs": crumbs(),
        "form": form,
        "search": search,
        "asked": search.asked if is_sound else [],
        "given": [(name, given.get(name)) for name in search.fields if given.get(name)],
        "exports": AuditExport.objects.visible_to(actor)[:10],
        "query": request.GET.urlencode(),
    }
    return render(request, "audit/export.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@requires("audit.export")
def exported(request: HttpRequest, export_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    found = AuditExport.objects.visible_to(actor).filter(pk=export_id).first()
    if found is None:
        raise NotVisible
    context = {
        "crumbs": crumbs((_("Export"), reverse("audit-export"))),
        "export": found,
        "percent": round(found.share * 100),
        "until": found.asked_at + exports.KEPT,
        "command": f"python checkaudit.py export {exports.name_of(found)} --keys keys.json",
    }
    return render(request, "audit/exported.html", context)


@require_POST
@requires("audit.download")
def download(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """A POST: taking it is an act of its own, which a prefetching browser or mail scanner must not do."""
    actor = request.actor  # type: ignore[attr-defined]
    taken = exports.download(export_id, actor=actor, now=timezone.now())
    response = FileResponse(
        taken.path.open("rb"), as_attachment=True, filename=taken.name, content_type="application/zip"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-SHA256"] = taken.sha256
    return response
