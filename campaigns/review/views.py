"""The reviewers' acts: claiming, and the three decisions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.models import Campaign
from campaigns.pages import found
from campaigns.review import claims, flows
from campaigns.review.page import review_page, typed, version_named
from portal.access import requires
from portal.kernel.errors import Invalid


def _decide(
    request: HttpRequest, campaign_id: UUID, flow: Callable[..., Campaign], success: str, **given: Any
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    version_id = version_named(request)
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
        return review_page(request, found(campaign_id, actor, "campaigns.review"), refused.errors)
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
    return typed(request, "comment")


@require_POST
@requires("campaigns.claim")
def claim(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    claims.claim(
        campaign_id,
        actor=request.actor,  # type: ignore[attr-defined]
        now=timezone.now(),
        version_id=version_named(request),
        taking_over=_uuid(request.POST.get("taking_over", "")),
    )
    messages.success(request, _("It is yours to review. Others see that in the queue."))
    return redirect("campaigns-review", campaign_id)


@require_POST
@requires("campaigns.unclaim")
def unclaim(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    claims.unclaim(campaign_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("The claim is given back."))
    return redirect("campaigns-queue")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
