"""The reviewers' pages: what is live beside what is proposed, and the three decisions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from campaigns.models.version import ReviewReason
from campaigns.pages import audience_of, crumbs, found, warning_of
from campaigns.review import flows
from campaigns.review.differences import compare
from campaigns.review.reach import corrects
from portal.access import allowed, requires
from portal.kernel.errors import Invalid, PortalError, WrongState


@require_safe
@requires("campaigns.review")
def review(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _review_page(request, found(campaign_id, request.actor, "campaigns.review"))  # type: ignore[attr-defined]


def _review_page(
    request: HttpRequest, campaign: Campaign, errors: dict[str, list[Any]] | None = None
) -> HttpResponse:
    version = campaign.in_review
    if version is None:
        raise WrongState(_("No version of this campaign is in review."))
    actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    publication = campaign.publication_at(now)
    live = publication.version if publication and publication.is_servable_at(now) else None
    contributors = list(campaign.contributions.select_related("person").order_by("first_at"))
    is_contributor = any(each.person_id == actor.person_id for each in contributors)
    context = {
        "campaign": campaign,
        "version": version,
        "live": live,
        "crumbs": crumbs(campaign),
        "languages": [
            {
                "tag": tag,
                "proposed": warning_of(version.content, tag),
                "differences": compare(live.content if live else None, version.content, tag),
            }
            for tag in version.content["texts"]
        ],
        "audience": audience_of(version.content),
        "contributors": contributors,
        "is_contributor": is_contributor,
        "may_decide": not is_contributor and allowed(actor, f"campaigns.approve_{campaign.status}", campaign),
        "decisions": version.decisions.select_related("person"),
        "corrected": corrects(campaign),
        "reasons": ReviewReason.choices,
        "chosen": request.POST.getlist("reasons"),
        "comment": _typed(request, "comment"),
        "errors": [text for texts in (errors or {}).values() for text in texts],
        "field_errors": errors or {},
    }
    return render(request, "campaigns/review/review.html", context, status=422 if errors else 200)


def _decide(
    request: HttpRequest, campaign_id: UUID, flow: Callable[..., Campaign], success: str, **given: Any
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    try:
        version_id = UUID(request.POST.get("version", ""))
    except ValueError:
        raise PortalError(_("The form named no version.")) from None
    try:
        flow(
            campaign_id,
            actor=actor,
            now=timezone.now(),
            version_id=version_id,
            sha256=request.POST.get("sha256", ""),
            **given,
        )
    except Invalid as refused:
        return _review_page(request, found(campaign_id, actor, "campaigns.review"), refused.errors)
    messages.success(request, success)
    return redirect("campaigns-view", campaign_id)


@require_POST
@requires("campaigns.review")
def approve(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _decide(
        request,
        campaign_id,
        flows.approve,
        _("Approved: exactly the text you saw."),
        comment=_comment(request),
    )


@require_POST
@requires("campaigns.review")
def return_to_draft(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _decide(
        request,
        campaign_id,
        flows.return_to_draft,
        _("Returned to its authors with your reasons."),
        reasons=request.POST.getlist("reasons"),
        comment=_comment(request),
    )


@require_POST
@requires("campaigns.review")
def reject(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _decide(
        request,
        campaign_id,
        flows.reject,
        _("Rejected. Its authors have your reasons."),
        reasons=request.POST.getlist("reasons"),
        comment=_comment(request),
    )


def _comment(request: HttpRequest) -> str:
    return _typed(request, "comment")


def _typed(request: HttpRequest, name: str) -> str:
    """Browsers send a line end as two characters and count it as one against the limit."""
    return request.POST.get(name, "").replace("\r\n", "\n")
