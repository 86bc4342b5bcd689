"""The library's pages: all of its warnings, one of them whole, and the button that begins a draft with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.authoring.text import column
from campaigns.library import flows, shelf
from campaigns.models.campaign import ScamType
from campaigns.pages import crumbs, drawn
from portal.access import allowed, requires
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible
from portal.kernel.languages import NAMES, bcp47, direction
from portal.models import Agency


def _readers_language() -> str:
    language = get_language() or "en"
    return language if language in NAMES else "en"


@require_safe
@requires("campaigns.read_library")
def read_library(request: HttpRequest) -> HttpResponse:
    language = _readers_language()
    context = {
        "crumbs": crumbs(),
        "language": language,
        "direction": direction(language),
        "templates": [
            {"scam_type": scam_type, "label": ScamType(scam_type).label, "headline": headline}
            for scam_type, headline in shelf.titles(language).items()
        ],
        "may_begin": allowed(request.actor, "campaigns.begin"),  # type: ignore[attr-defined]
    }
    return render(request, "campaigns/library/library.html", context)


@require_safe
@requires("campaigns.read_library")
def read_template(request: HttpRequest, scam_type: str) -> HttpResponse:
    """One warning as users will see it, in the language asked for or else in the reader's."""
    if scam_type not in shelf.SCAM_TYPES:
        raise NotVisible
    asked = request.GET.get("language", "").lower()
    language = asked if asked in NAMES else _readers_language()
    agency = _own_agency(request.actor)  # type: ignore[attr-defined]
    name = (agency and (getattr(agency, column("name", language)) or str(agency))) or ""
    context: dict[str, Any] = {
        "crumbs": [*crumbs(), (_("Library"), reverse("campaigns-library"))],
        "scam_type": scam_type,
        "label": ScamType(scam_type).label,
        "language": bcp47(language),
        "languages": [bcp47(code) for code in NAMES],
        "warning": drawn(shelf.template(scam_type).in_language(language), name, None, language),
        "agency": agency,
        "draft_languages": [bcp47(code) for code in flows.languages_for(agency)] if agency else [],
    }
    return render(request, "campaigns/library/template.html", context)


def _own_agency(actor: Actor) -> Agency | None:
    """Of whoever may begin a draft."""
    if not allowed(actor, "campaigns.begin"):
        return None
    return Agency.objects.visible_to(actor).get(pk=actor.agency_id)


@require_POST
@requires("campaigns.begin")
def begin(request: HttpRequest, scam_type: str) -> HttpResponse:
    campaign = flows.begin(scam_type, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(
        request, _("Your draft is begun. Add your hotline and what is particular to your region.")
    )
    return redirect("campaigns-edit", campaign.pk)
