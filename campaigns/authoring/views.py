"""The author's pages. Each reads the form, calls the flow, and keeps what was typed when the flow refuses."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.authoring import flows, unsaved
from campaigns.authoring.forms import CampaignForm
from campaigns.authoring.freeze import frozen_content
from campaigns.authoring.guidance import findings
from campaigns.authoring.live import others_here
from campaigns.authoring.overtaken import Overtaken, overtaken
from campaigns.authoring.text import PARTS
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Remark, UnsavedText
from campaigns.models.remark import REMARK_MAX
from campaigns.pages import audience_of, crumbs, found, number_in, warning_of
from portal.access import allowed, requires
from portal.kernel.errors import Invalid, Stale, WrongState
from portal.kernel.languages import NAMES, bcp47
from portal.models import Agency


def _languages_asked(data: Any, fallback: list[str], default: str) -> list[str]:
    """The languages ticked in the form being sent, so that their fields are read too; the source first."""
    asked = [code for code in data.getlist("languages") if code in NAMES] if data else []
    source = data.get("default_language", default) if data else default
    return sorted(dict.fromkeys([*asked, *fallback]), key=lambda code: code != source)


@requires("campaigns.create")
def create(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    agency = Agency.objects.get(pk=actor.agency_id)
    kept = unsaved.kept_by(actor, None)
    data = _data(request, kept)
    known = [code for code in agency.languages if code in NAMES]
    languages = _languages_asked(data, known, next(iter(known), ""))
    form = CampaignForm(agency, languages, data)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = flows.create(
                actor=actor, now=timezone.now(), audience=form.audience_form.audience(), text=form.text()
            )
        except Invalid as refused:
            form.add_errors(refused.errors)
        else:
            unsaved.forget(actor, None)
            messages.success(request, _("The draft is saved."))
            return redirect(_after_save(request, campaign))
    context = {"form": form, "crumbs": crumbs(), "campaign": None, "kept": _offered(request, kept)}
    return render(request, "campaigns/authoring/edit.html", context, status=_status(request))


@requires("campaigns.edit")
def edit(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.edit")
    if not LIFECYCLE.allows(CampaignStatus(campaign.status), "edit"):
        raise WrongState(_("Only a draft can be changed. Withdraw it from review, or open the next version."))
    kept = unsaved.kept_by(actor, campaign.pk)
    data = _data(request, kept)
    languages = _languages_asked(data, campaign.languages, campaign.default_language)
    form = CampaignForm(campaign.agency, languages, data, campaign)
    theirs: Overtaken | None = None
    if request.method == "POST" and form.is_valid():
        try:
            campaign = flows.edit(
                campaign.pk,
                actor=actor,
                now=timezone.now(),
                seen_revision=number_in(request.POST.get("revision")),
                audience=form.audience_form.audience(),
                text=form.text(),
            )
        except Invalid as refused:
            form.add_errors(refused.errors)
        except Stale as stale:
            # Typed text stays in the form; theirs stands beside it, and the next save is a decision.
            messages.error(request, str(stale.detail))
            campaign.refresh_from_db()
            theirs = overtaken(campaign, form.audience_form.audience(), form.text())
        else:
            unsaved.forget(actor, campaign.pk)
            messages.success(request, _("The draft is saved."))
            return redirect(_after_save(request, campaign))
    context = {
        "form": form,
        "campaign": campaign,
        # Of the saved text that the form began with, so that a save never passes over another's unseen.
        "revision": data.get("revision") if data and not theirs else campaign.revision,
        "theirs": theirs,
        "kept": _offered(request, kept),
        "others": others_here(campaign, actor),
        "remarks": Remark.objects.filter(campaign=campaign).open().threads(),
        "may_answer": True,  # whoever may edit may answer
        "remark_max": REMARK_MAX,
        "crumbs": crumbs(campaign),
    }
    return render(
        request, "campaigns/authoring/edit.html", context, status=409 if theirs else _status(request)
    )


def _data(request: HttpRequest, kept: UnsavedText | None) -> Any:
    """What the form is filled with: what is sent, what was typed and not saved where that is asked for."""
    if request.method == "POST":
        return request.POST
    return unsaved.as_data(kept) if kept and "unsaved" in request.GET else None


def _offered(request: HttpRequest, kept: UnsavedText | None) -> UnsavedText | None:
    """Text that waits to be taken up or thrown away."""
    return kept if request.method == "GET" and "unsaved" not in request.GET else None


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def _after_save(request: HttpRequest, campaign: Campaign) -> str:
    """“Save and preview” and “Save and check” lead on; a plain save stays with the text."""
    page = {"preview": "campaigns-preview", "submit": "campaigns-submit"}.get(
        request.POST.get("then", ""), "campaigns-edit"
    )
    return str(redirect(page, campaign.pk)["Location"])


@require_safe
@requires("campaigns.view")
def preview(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The warning as the user will see it: the working text for its authors, else what is in review."""
    actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.view")
    number = number_in(request.GET.get("version"))
    version = campaign.versions.filter(number=number).first() if number else None
    is_written = LIFECYCLE.allows(CampaignStatus(campaign.status), "edit")
    if version is None and not (is_written and allowed(actor, "campaigns.edit", campaign)):
        version = campaign.in_review or campaign.versions.first()
    content = version.content if version else frozen_content(campaign, 0)
    tags = list(content["texts"])
    chosen = request.GET.get("language", "")
    tag = chosen if chosen in content["texts"] else bcp47(campaign.default_language)
    tag = tag if tag in content["texts"] else tags[0]
    context = {
        "campaign": campaign,
        "version": version,
        "crumbs": crumbs(campaign),
        "languages": tags,
        "language": tag,
        "theme": "dark" if request.GET.get("theme") == "dark" else "light",
        "device": "desktop" if request.GET.get("device") == "desktop" else "phone",
        "warning": warning_of(content, tag),
    }
    return render(request, "campaigns/authoring/preview.html", context)


@requires("campaigns.submit")
def submit(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Check your answers, then send it to review: what is shown is what is frozen, or nothing is."""
    actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.submit")
    errors: list[str] = []
    if request.method == "POST":
        try:
            version = flows.submit(
                campaign.pk,
                actor=actor,
                now=timezone.now(),
                seen_revision=number_in(request.POST.get("revision")),
            )
        except Invalid as refused:
            errors = [str(text) for texts in refused.errors.values() for text in texts]
        except Stale as stale:
            errors = [str(stale.detail)]
            campaign.refresh_from_db()
        else:
            messages.success(
                request,
                _("Version %(number)d is before your supervisors. You are told when it is decided.")
                % {"number": version.number},
            )
            return redirect("campaigns-view", campaign.pk)
    elif not LIFECYCLE.allows(CampaignStatus(campaign.status), "submit"):
        raise WrongState(_("Only a draft can be submitted."))
    prefetch_related_objects([campaign], *PARTS)
    content = frozen_content(campaign, 0)
    context = {
        "campaign": campaign,
        "crumbs": crumbs(campaign),
        "findings": findings(campaign, timezone.now()),
        "audience": audience_of(content),
        "errors": errors,
        "languages": [
            {"code": code, "warning": warning_of(content, bcp47(code))} for code in campaign.languages
        ],
    }
    return render(request, "campaigns/authoring/submit.html", context, status=422 if errors else 200)


@require_POST
@requires("campaigns.withdraw")
def withdraw(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    flows.withdraw(campaign_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Withdrawn from review. The text is your draft again."))
    return redirect("campaigns-view", campaign_id)


@require_POST
@requires("campaigns.revise")
def revise(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    now = timezone.now()
    campaign = flows.revise(campaign_id, actor=request.actor, now=now)  # type: ignore[attr-defined]
    messages.success(
        request,
        _("The next version is open. What is published stays live until this one is approved.")
        if campaign.is_served_at(now)
        else _("The next version is open. Nothing of this campaign is served until it is approved."),
    )
    return redirect("campaigns-edit", campaign_id)
