"""The trail's pages: the list, searched in the address; one row with its neighbours; the signed heads."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.access import allowed, requires
from portal.audit import chain
from portal.audit.forms import SearchForm
from portal.audit.heads import file_of
from portal.audit.rows import rows
from portal.audit.search import Search
from portal.kernel.errors import NotVisible
from portal.keyring import keyring
from portal.models import AuditCheck, AuditEvent, AuditHead
from portal.models.auditevent import GENESIS
from portal.ui.pagination import paginate, stretch


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Audit trail"), reverse("audit-list")), *more]


@require_safe
@requires("audit.list")
def list_events(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    form = SearchForm(request.GET)
    is_sound = form.is_valid()
    search = form.search if is_sound else Search()
    found = search.find() if is_sound else AuditEvent.objects.none()
    page = stretch(request, found, key="seq", few=search.is_narrow)
    context = {
        "form": form,
        "page": page,
        "rows": rows(page.rows, actor),
        "filtered": bool(search.as_json()) or not is_sound,
        "query": request.GET.urlencode(),
        "may_export": allowed(actor, "audit.export"),
        "last_check": AuditCheck.objects.exclude(finished_at=None).order_by("-finished_at").first(),
    }
    return render(request, "audit/list.html", context, status=200 if is_sound else 422)


@require_safe
@requires("audit.view")
def view(request: HttpRequest, seq: int) -> HttpResponse:
    """One row whole, and whether it holds between its neighbours. Judged anew each time."""
    event = AuditEvent.objects.filter(seq=seq).first() if seq < 2**63 else None
    if event is None:
        raise NotVisible
    before = AuditEvent.objects.filter(seq__lt=seq).order_by("-seq").first()
    after = AuditEvent.objects.filter(seq__gt=seq).order_by("seq").first()
    sealed = chain.sealed([seq])[seq]
    context = {
        "crumbs": crumbs(),
        "row": rows([event], request.actor)[0],  # type: ignore[attr-defined]
        "before": before,
        "after": after,
        "sealed": sealed,
        "follows": event.previous_hash == (before.hash if before else GENESIS)
        and seq == (before.seq if before else 0) + 1,
        "followed": after is None or (after.previous_hash == event.hash and after.seq == seq + 1),
        "covered_by": AuditHead.objects.filter(seq__gte=seq).order_by("date").first(),
    }
    return render(request, "audit/view.html", context)


@require_safe
@requires("audit.heads")
def list_heads(request: HttpRequest) -> HttpResponse:
    found = AuditHead.objects.defer("file")
    context: dict[str, Any] = {
        "crumbs": crumbs(),
        "page": paginate(request, found),
        "directory": settings.AUDIT_HEADS_DIR,
        "mailed_to": settings.AUDIT_HEADS_TO,
        "key": keyring().key_id,
        "command": "python checkaudit.py head audit-head-*.json --keys keys.json",
    }
    return render(request, "audit/heads.html", context)


@require_safe
@requires("audit.heads")
def head(request: HttpRequest, day: date) -> HttpResponse:
    found = AuditHead.objects.filter(pk=day).first()
    if found is None:
        raise NotVisible
    response = HttpResponse(found.file, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{file_of(found).name}"'
    return response
