"""The pages that stop and let in again. Each says first what will happen, and afterwards what did."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.access import allowed, check, requires
from portal.agencies.pages import crumbs as agency_crumbs
from portal.agencies.pages import found
from portal.agencies.roster.house import roster_path
from portal.agencies.standing import flows
from portal.agencies.standing.forms import LapseForm, ReinstateForm, SuspendForm
from portal.agencies.standing.reach import named, reach_of
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, WrongState
from portal.models import Agency, Membership, Suspension
from portal.models.agency import AGENCY_LIFECYCLE, AgencyStatus

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _found_person(membership_id: UUID, actor: Actor, permission: str) -> Membership:
    membership = (
        Membership.objects.visible_to(actor).select_related("user", "agency").filter(pk=membership_id).first()
    )
    if membership is None:
        raise NotVisible
    check(actor, permission, membership)
    if membership.ended_at is not None:
        raise WrongState(_("This person no longer holds this role."), code="ended")
    return membership


def _of_agency(agency: Agency, actor: Actor) -> dict[str, Any]:
    back = reverse("agencies-view", args=[agency.pk])
    return {"agency": agency, "who": str(agency), "back": back, "crumbs": agency_crumbs(actor, agency)}


def _of_person(membership: Membership, actor: Actor) -> dict[str, Any]:
    back = roster_path(membership.agency_id) if not actor.of_agency else reverse("roster-list")
    return {
        "membership": membership,
        "who": membership.user.name,
        "back": back,
        "crumbs": [(_("Roster"), back)],
    }


@GET_OR_POST
@requires("agencies.suspend")
def suspend_agency(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    actor = _actor(request)
    agency = found(agency_id, actor, "agencies.suspend")
    AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "suspend")
    context = _of_agency(agency, actor) | {"reach": named(reach_of(agency=agency))}
    return _suspend(request, context, flows.suspend_agency, agency.pk)


@GET_OR_POST
@requires("people.suspend")
def suspend_person(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    actor = _actor(request)
    membership = _found_person(membership_id, actor, "people.suspend")
    if membership.suspended_at is not None:
        raise WrongState(_("This person is already suspended."), code="suspended")
    context = _of_person(membership, actor) | {"reach": named(reach_of(membership=membership))}
    return _suspend(request, context, flows.suspend_person, membership.pk)


def _suspend(
    request: HttpRequest, context: dict[str, Any], flow: Callable[..., Suspension], subject_id: UUID
) -> HttpResponse:
    """The form, then what was chosen once more with what it will do, then the act."""
    form = SuspendForm(request.POST or None)
    step = request.POST.get("step", "")
    context["form"] = form
    if request.method == "POST" and step != "change" and form.is_valid():
        if step != "confirm":
            return render(request, "standing/suspend_check.html", context)
        try:
            suspension = flow(
                subject_id, actor=_actor(request), now=timezone.now(),
                reason=form.cleaned_data["reason"], why=form.cleaned_data["why"],
            )  # fmt: skip
        except Invalid as refused:
            form.lay(refused)
        else:
            return redirect("suspensions-view", suspension.pk)
    status = 422 if request.method == "POST" and step != "change" else 200
    return render(request, "standing/suspend.html", context, status=status)


@GET_OR_POST
@requires("agencies.reinstate")
def reinstate_agency(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    actor = _actor(request)
    agency = found(agency_id, actor, "agencies.reinstate")
    AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "reinstate")
    suspension = agency.suspensions.select_related("suspended_by").filter(ended_at=None).first()
    return _reinstate(request, _of_agency(agency, actor), suspension, flows.reinstate_agency, agency.pk)


@GET_OR_POST
@requires("people.reinstate")
def reinstate_person(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    actor = _actor(request)
    membership = _found_person(membership_id, actor, "people.reinstate")
    if membership.suspended_at is None:
        raise WrongState(_("This person is not suspended."))
    suspension = membership.suspensions.select_related("suspended_by").filter(ended_at=None).first()
    return _reinstate(
        request, _of_person(membership, actor), suspension, flows.reinstate_person, membership.pk
    )


def _reinstate(
    request: HttpRequest,
    context: dict[str, Any],
    suspension: Suspension | None,
    flow: Callable[..., Suspension],
    subject_id: UUID,
) -> HttpResponse:
    actor = _actor(request)
    if suspension is None:
        raise WrongState(_("There is no open suspension."))
    form = ReinstateForm(request.POST or None, initial={"seen": suspension.pk})
    if request.method == "POST" and form.is_valid():
        try:
            ended = flow(
                subject_id, actor=actor, now=timezone.now(),
                why=form.cleaned_data["why"], seen=form.cleaned_data["seen"],
            )  # fmt: skip
        except Invalid as refused:
            form.lay(refused)
        else:
            return redirect("suspensions-view", ended.pk)
    context |= {
        "form": form,
        "suspension": suspension,
        "reach": named(suspension.reach),
        "is_suspender": suspension.suspended_by_id == actor.person_id,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "standing/reinstate.html", context, status=status)


@GET_OR_POST
@requires("agencies.lapse")
def lapse_agency(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    actor = _actor(request)
    agency = found(agency_id, actor, "agencies.lapse")
    AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "lapse")
    form = LapseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.lapse_agency(agency.pk, actor=actor, now=timezone.now(), why=form.cleaned_data["why"])
        except Invalid as refused:
            form.lay(refused)
        else:
            messages.success(request, _("Lapsed. To come back, the agency is vetted anew."))
            return redirect("agencies-view", agency.pk)
    context = _of_agency(agency, actor) | {"form": form, "reach": named(reach_of(agency=agency))}
    status = 422 if request.method == "POST" else 200
    return render(request, "standing/lapse.html", context, status=status)


@require_safe
@requires("suspensions.view")
def view(request: HttpRequest, suspension_id: UUID) -> HttpResponse:
    """What was done, how far it reached, and how it ended."""
    actor = _actor(request)
    suspension = (
        Suspension.objects.visible_to(actor)
        .select_related("agency", "membership__user", "membership__agency", "suspended_by", "ended_by")
        .filter(pk=suspension_id)
        .first()
    )
    if suspension is None:
        raise NotVisible
    if suspension.agency is not None:
        context = _of_agency(suspension.agency, actor)
        verb, thing = "agencies-reinstate", suspension.agency
    else:
        context = _of_person(suspension.membership, actor)  # type: ignore[arg-type]
        verb, thing = "people-reinstate", suspension.membership  # type: ignore[assignment]
    context |= {
        "suspension": suspension,
        "reach": named(suspension.reach),
        "is_suspender": suspension.suspended_by_id == actor.person_id,
        "reinstate_url": reverse(verb, args=[thing.pk])
        if suspension.is_open and _may_reinstate(actor, thing, suspension)
        else "",
        "may_look": allowed(actor, "quarantine.list"),
    }
    return render(request, "standing/suspension.html", context)


def _may_reinstate(actor: Actor, thing: Any, suspension: Suspension) -> bool:
    verb = "agencies.reinstate" if suspension.agency is not None else "people.reinstate"
    return suspension.suspended_by_id != actor.person_id and allowed(actor, verb, thing)
