"""Sending the link to a published mailbox, and the public page behind it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from portal.access import public, requires
from portal.agencies.vetting.checks.views import logged, opened
from portal.agencies.vetting.forms import ChallengeForm
from portal.agencies.vetting.mailbox import flows
from portal.agencies.vetting.views import GET_OR_POST
from portal.identity.people import address_of
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible


@GET_OR_POST
@requires("agencies.check")
def challenge(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    agency, _listed = opened(request, agency_id)
    form = ChallengeForm(request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> None:
        flows.challenge(agency_id, actor=request.actor, now=timezone.now(), **given)  # type: ignore[attr-defined]

    return logged(request, agency, form, act, "agencies/vetting/challenge.html")


@GET_OR_POST
@public("the link is the proof: it was mailed to the agency's published mailbox")
@sensitive_variables("token")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing, for mail scanners open it too; a button answers."""
    now = timezone.now()
    try:
        asked = flows.asked_with(token, now)
        if request.method == "POST":
            holder = replace(
                Actor.anonymous(),
                label="mailbox",
                ip=address_of(request),
                request_id=getattr(request, "request_id", ""),
            )
            asked = flows.answer(token, actor=holder, now=now, verdict=request.POST.get("answer", ""))
    except (NotVisible, Invalid):
        response = render(request, "agencies/confirm/gone.html", status=404)
    else:
        template = "answered.html" if request.method == "POST" else "confirm.html"
        context = {"agency": asked.round.agency, "asked": asked}
        response = render(request, f"agencies/confirm/{template}", context)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
