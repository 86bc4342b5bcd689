"""While a warning is written: what is typed so far is kept beside the saved draft, and looked at."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.authoring import unsaved
from campaigns.authoring.forms import CampaignForm
from campaigns.authoring.freeze import frozen_mark
from campaigns.authoring.guidance import findings_of
from campaigns.models import AgencyMark, Campaign
from campaigns.pages import drawn, found, number_in
from portal.access import requires
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid
from portal.kernel.languages import NAMES
from portal.models import Agency

DEVICES = ("phone", "desktop")
THEMES = ("light", "dark")


@require_POST
@requires("campaigns.edit")
def keep(request: HttpRequest, campaign_id: UUID | None = None) -> HttpResponse:
    """Keep what is typed; answers {kept, others, revision}. A beat without a form keeps nothing."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.edit") if campaign_id else None
    answer: dict[str, Any] = {}
    if "title" in request.POST:
        try:
            kept = unsaved.keep(campaign_id, actor=actor, now=timezone.now(), fields=request.POST)
        except Invalid as refused:
            return JsonResponse({"problem": str(refused.errors["text"][0])}, status=422)
        time = time_format(timezone.localtime(kept.kept_at), "H:i")
        answer["kept"] = _("Kept at %(time)s. Not saved in the draft yet.") % {"time": time}
    if campaign:
        answer |= {"others": others_here(campaign, actor), "revision": campaign.revision}
        answer["overtaken"] = _(
            "Somebody saved this draft after you opened it. Saving will show you both texts."
        )
    return JsonResponse(answer)


def others_here(campaign: Campaign, actor: Actor) -> str:
    """“Wong and Lee are writing here too”, or nothing."""
    names = unsaved.also_here(campaign, actor)
    return _("Also writing here now: %(names)s.") % {"names": ", ".join(names)} if names else ""


@require_POST
@requires("campaigns.edit")
def forget(request: HttpRequest, campaign_id: UUID | None = None) -> HttpResponse:
    """Throw away what was typed and not saved."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if campaign_id:
        found(campaign_id, actor, "campaigns.edit")
    unsaved.forget(actor, campaign_id)
    return redirect("campaigns-edit", campaign_id) if campaign_id else redirect("campaigns-create")


@require_POST
@requires("campaigns.edit")
def look(request: HttpRequest, campaign_id: UUID | None = None) -> HttpResponse:
    """The warning as a user would see it and what weakens it, of the form as it stands; nothing is saved."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.edit") if campaign_id else None
    agency = campaign.agency if campaign else Agency.objects.visible_to(actor).get(id=actor.agency_id)
    languages = list(dict.fromkeys(code for code in request.POST.getlist("languages") if code in NAMES))
    form = CampaignForm(agency, languages or ["en"], request.POST, campaign)
    looked = form.so_far(agency, timezone.now())
    mark = AgencyMark.objects.filter(agency=agency, pk=number_in(request.POST.get("mark"))).first()
    # At first in the language that users see whose own is missing, as the preview's own page.
    default = [code for code in looked.languages if code == request.POST.get("default_language")]
    chosen = _chosen(request, "language", [*default, *looked.languages])
    context = {
        "languages": looked.languages,
        "language": chosen,
        "device": _chosen(request, "device", DEVICES),
        "theme": _chosen(request, "theme", THEMES),
        "warning": _warning(looked.text.in_language(chosen), agency, mark, chosen),
        "findings": findings_of(looked),
    }
    return render(request, "campaigns/authoring/look.html", context)


def _warning(text: dict[str, Any], agency: Agency, mark: AgencyMark | None, language: str) -> dict[str, Any]:
    return drawn(text, str(agency), frozen_mark(mark), language)


def _chosen(request: HttpRequest, name: str, among: Any) -> str:
    asked = request.POST.get(f"look-{name}", "")
    return asked if asked in among else next(iter(among))
