"""A translator's file: handed out, sent back, seen before it counts."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.authoring.places import label_of
from campaigns.bulk import flows
from campaigns.bulk.progress import progress
from campaigns.models import Campaign, TranslationImport
from campaigns.models.translationimport import ImportStatus
from campaigns.pages import crumbs, found
from campaigns.review.differences import marked
from campaigns.translating.state import targets
from portal.access import requires
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "XLSX or CSV, as it was exported, with the translations filled in; at most 5 MiB."
        ),
    )


@require_safe
@requires("campaigns.translate")
def export_translation(request: HttpRequest, campaign_id: UUID, language: str, kind: str) -> HttpResponse:
    if kind not in TYPES:
        raise Http404
    content, name = flows.export_translation(
        campaign_id, actor=request.actor, now=timezone.now(), language=language, kind=kind  # type: ignore[attr-defined]
    )  # fmt: skip
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@requires("campaigns.translate")
def take_up(request: HttpRequest, campaign_id: UUID, language: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.translate")
    if language not in targets(campaign):
        raise Http404
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = flows.take_up(
                campaign_id,
                actor=actor,
                now=timezone.now(),
                language=language,
                file=form.cleaned_data["file"],
            )
        except Invalid as refused:
            form.add_error("file", [str(text) for text in refused.errors["file"]])
        else:
            return redirect("campaigns-import", made.pk)
    context = {
        "campaign": campaign, "language": language, "form": form, "crumbs": crumbs(campaign),
        "earlier": TranslationImport.objects.filter(campaign=campaign, language=language)
        .select_related("uploaded_by").defer("content", "rows")[:10],
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/bulk/take_up.html", context, status=status)


@require_safe
@requires("campaigns.translate")
def view_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Waiting, it looks again by itself; read, it shows each change word by word."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    made = (
        TranslationImport.objects.select_related("uploaded_by").defer("content").filter(pk=import_id).first()
    )
    if made is None:
        raise Http404
    campaign = found(made.campaign_id, actor, "campaigns.translate")
    context = {
        "made": made,
        "campaign": campaign,
        "crumbs": crumbs(campaign),
        "waits": made.status == ImportStatus.WAITING,
        "progress": progress(made.pk) if made.status == ImportStatus.WAITING else None,
        "problem": flows.PROBLEMS.get(made.problem),
        "rows": [
            {**row, "label": _label(row["key"]), "changed": marked(row["before"], row["after"])}
            for row in made.rows
        ],
        "wrong": sum(bool(row["problems"]) for row in made.rows),
        "overtaken": made.status == ImportStatus.READ and made.revision != campaign.revision,
    }
    part = request.headers.get("HX-Request") == "true"
    name = "campaigns/bulk/import_state.html" if part else "campaigns/bulk/import.html"
    return render(request, name, context)


def _label(key: str) -> str:
    try:
        return str(label_of(key))
    except (KeyError, ValueError):
        return key


@require_POST
@requires("campaigns.translate")
def apply(request: HttpRequest, import_id: UUID) -> HttpResponse:
    campaign: Campaign = flows.apply(import_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Taken in: all of it is in the draft now."))
    return redirect("campaigns-translations", campaign.pk)


@require_POST
@requires("campaigns.translate")
def drop(request: HttpRequest, import_id: UUID) -> HttpResponse:
    made = flows.drop(import_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Dropped. The draft is as it was."))
    return redirect("campaigns-translate", made.campaign_id, made.language)
