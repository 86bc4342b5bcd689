"""The translation pages: where each language stands, and one of them beside its source."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.authoring.forms import WarningTextField
from campaigns.authoring.places import label_of
from campaigns.models import Campaign
from campaigns.pages import crumbs, found, number_in
from campaigns.translating import flows
from campaigns.translating.state import State, TranslationStatus, source_language, states, targets
from portal.access import allowed, requires
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, Stale
from portal.kernel.languages import bcp47, direction


@require_safe
@requires("campaigns.translate")
def overview(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    campaign = found(campaign_id, request.actor, "campaigns.translate")  # type: ignore[attr-defined]
    rows = [
        {
            "state": each,
            "status": each.status,
            "counts": [(status, each.count(status)) for status in TranslationStatus if each.count(status)],
        }
        for each in states(campaign)
    ]
    context = {
        "campaign": campaign, "crumbs": crumbs(campaign), "rows": rows, "source": source_language(campaign),
    }  # fmt: skip
    return render(request, "campaigns/translating/overview.html", context)


class TranslationForm(forms.Form):
    """One field a text; its name is the text's key."""

    def __init__(self, state: State, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for unit in state.units:
            lines = min(8, 1 + max(len(unit.source), len(unit.target)) // 60)
            self.fields[unit.key] = WarningTextField(
                label=str(label_of(unit.key)),
                required=False,
                max_length=unit.limit,
                initial=unit.target,
                widget=forms.Textarea(
                    {"rows": lines, "lang": bcp47(state.language), "dir": direction(state.language)}
                ),
            )


@requires("campaigns.translate")
def translate(request: HttpRequest, campaign_id: UUID, language: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.translate")
    state = _state(campaign, language)
    form = TranslationForm(state, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                flows.translate(
                    campaign.pk, actor=actor, now=timezone.now(), language=language, words=form.cleaned_data,
                    seen_revision=number_in(request.POST.get("revision")),
                )  # fmt: skip
            except Invalid as refused:
                form.add_error(None, [str(text) for texts in refused.errors.values() for text in texts])
            except Stale as stale:
                # Typed text stays in the form; what is saved now stands beside it, and the next save decides.
                messages.error(request, str(stale.detail))
                campaign = found(campaign_id, actor, "campaigns.translate")
                state = _state(campaign, language)
                form = TranslationForm(state, request.POST)
                form.is_valid()
                status = 409
            else:
                messages.success(request, _("The translation is saved."))
                return redirect("campaigns-translate", campaign.pk, language)
    context = _page(campaign, state, form, actor) | {"is_overtaken": status == 409}
    return render(request, "campaigns/translating/translate.html", context, status=status)


def _state(campaign: Campaign, language: str) -> State:
    if language not in targets(campaign):
        raise NotVisible(_("The campaign is not translated into this language."))
    return next(each for each in states(campaign) if each.language == language)


def _page(campaign: Campaign, state: State, form: TranslationForm, actor: Actor) -> dict[str, Any]:
    row = state.row
    return {
        "campaign": campaign,
        "crumbs": crumbs(campaign),
        "state": state,
        "status": state.status,
        "source": source_language(campaign),
        "form": form,
        "pairs": [(unit, form[unit.key]) for unit in state.units if unit.key in form.fields],
        "may_review": allowed(actor, "campaigns.review_translation", campaign)
        and state.status != TranslationStatus.REVIEWED
        and not state.count(TranslationStatus.MISSING)
        and not (row and row.translated_by_id == actor.person_id),
    }


@require_POST
@requires("campaigns.review_translation")
def review_translation(request: HttpRequest, campaign_id: UUID, language: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    flows.review_translation(
        campaign_id, actor=actor, now=timezone.now(), language=language,
        seen_digest=request.POST.get("digest", ""),
    )  # fmt: skip
    messages.success(request, _("Read and found right: exactly this translation of exactly this source."))
    return redirect("campaigns-translations", campaign_id)
