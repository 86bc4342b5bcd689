"""The pages on which a person logs what he or she checked."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access import requires
from portal.agencies.pages import crumbs, found
from portal.agencies.vetting.checklist import Checklist
from portal.agencies.vetting.checks import flows
from portal.agencies.vetting.forms import CallBackForm, FlagForm, FlowForm, JudgeForm
from portal.agencies.vetting.site import is_own_page
from portal.agencies.vetting.views import GET_OR_POST
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import Agency
from portal.models.vetting import CheckKind


def opened(request: HttpRequest, agency_id: UUID) -> tuple[Agency, Checklist]:
    """The agency in vetting and its list, for a page of a check."""
    agency = found(agency_id, request.actor, "agencies.check")  # type: ignore[attr-defined]
    return agency, flows.open_checklist(agency)


def logged(
    request: HttpRequest, agency: Agency, form: FlowForm, act: Callable[[dict[str, Any]], Any], template: str,
    **context: Any,
) -> HttpResponse:  # fmt: skip
    """The form, the flow, and back to the list; what the flow refuses stands beside its field."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Invalid as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Logged."))
            return redirect("agencies-vetting", agency.pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context |= {"agency": agency, "crumbs": crumbs(actor, agency, vetting=True), "form": form}
    return render(request, template, context, status=422 if request.method == "POST" else 200)


@GET_OR_POST
@requires("agencies.check")
def call_back(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    agency, _listed = opened(request, agency_id)
    form = CallBackForm(
        request.POST if request.method == "POST" else None, initial={"number": agency.switchboard}
    )

    def act(given: dict[str, Any]) -> None:
        flows.call_back(agency_id, actor=request.actor, now=timezone.now(), **given)  # type: ignore[attr-defined]

    is_own = is_own_page(agency.switchboard_source, agency)
    return logged(request, agency, form, act, "agencies/vetting/call_back.html", is_own=is_own)


@GET_OR_POST
@requires("agencies.check")
def judge(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """?document=<id>; without one the judgement that none came with the application."""
    agency, listed = opened(request, agency_id)
    item = listed.item(CheckKind.DOCUMENTS, request.GET.get("document", ""))
    if item is None:
        raise NotVisible
    form = JudgeForm(request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> None:
        flows.judge(
            agency_id,
            actor=request.actor,  # type: ignore[attr-defined]
            now=timezone.now(),
            subject=item.subject,
            **given,
        )

    was_opened = flows.was_opened(listed.round, item.subject, request.actor)  # type: ignore[attr-defined]
    return logged(request, agency, form, act, "agencies/vetting/judge.html", item=item, was_opened=was_opened)


@GET_OR_POST
@requires("agencies.check")
def answer_flag(request: HttpRequest, agency_id: UUID, check_id: UUID) -> HttpResponse:
    agency, listed = opened(request, agency_id)
    row = next((row for row in listed.rows if row.pk == check_id), None)
    item = listed.item(row.kind, row.subject) if row else None
    if row is None or item is None:
        raise NotVisible
    if item.row != row or not item.is_answerable:
        raise flows.stale_flag(listed, row)
    form = FlagForm(request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> None:
        flows.answer_flag(
            agency_id,
            actor=request.actor,  # type: ignore[attr-defined]
            now=timezone.now(),
            check_id=check_id,
            **given,
        )

    return logged(request, agency, form, act, "agencies/vetting/flag.html", item=item)


@require_POST
@requires("agencies.check")
def recompute(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    rows = flows.recompute(agency_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(
        request, _("Compared again: something is new.") if rows else _("Compared again: nothing is new.")
    )
    return redirect("agencies-vetting", agency_id)
