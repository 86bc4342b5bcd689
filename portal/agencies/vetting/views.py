"""The checklist of a vetting, its beginning, and the decision of the second person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import allowed, requires
from portal.agencies.pages import MARKS, crumbs, found
from portal.agencies.vetting import flows
from portal.agencies.vetting.checklist import Checklist, checklist, checklists, vetters
from portal.agencies.vetting.domains.flows import newest_of
from portal.agencies.vetting.forms import ApproveForm, FlowForm, RefuseForm
from portal.agencies.vetting.site import is_own_page
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, WrongState
from portal.models import Agency, AgencyApplication, Invitation, VettingCheck
from portal.models.agency import AGENCY_LIFECYCLE, AgencyStatus
from portal.models.vetting import CheckKind, CheckResult

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
@requires("agencies.check")
def vet(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    flows.vet(agency_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Vetting has begun. Each domain has a value now that the agency publishes."))
    return redirect("agencies-vetting", agency_id)


@require_safe
@requires("agencies.vetting")
def vetting(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    agency = found(agency_id, actor, "agencies.vetting")
    listed = checklists([agency]).get(agency.pk)
    if listed is None:
        return redirect("agencies-view", agency_id)  # where it begins
    challenges = newest_of(listed.round)
    domains: list[dict[str, Any]] = [
        {"item": item, "challenge": challenges.get(item.subject)} for item in listed.of(CheckKind.DOMAIN_DNS)
    ]
    had_part = actor.person_id in vetters(listed.round)
    is_open = agency.status == AgencyStatus.IN_VETTING
    context = {
        "agency": agency,
        "crumbs": crumbs(actor, agency),
        "checklist": listed,
        "round": listed.round,
        "is_open": is_open,
        "domains": domains,
        "is_proving": not all(item.is_settled for item in listed.of(CheckKind.DOMAIN_DNS)),
        "is_asking": any(each["challenge"] and each["challenge"].is_waiting for each in domains),
        "mailbox": listed.item(CheckKind.DOMAIN_MAIL),
        "links": list(listed.round.mail_challenges.select_related("asked_by"))[::-1],
        "switchboard": listed.item(CheckKind.SWITCHBOARD),
        "source_is_own": is_own_page(agency.switchboard_source, agency),
        "documents": listed.of(CheckKind.DOCUMENTS),
        "comparisons": [*listed.of(CheckKind.LOOKALIKE), *listed.of(CheckKind.DUPLICATES)],
        "may_work": is_open and allowed(actor, "agencies.vet", agency),
        "may_decide": is_open and not had_part and allowed(actor, "agencies.approve", agency),
        "had_part": had_part,
        "decision": getattr(listed.round, "decision", None),
        "application": AgencyApplication.objects.filter(agency=agency).first(),
        "entries": [_entry(row) for row in reversed(listed.rows)],
    }
    return render(request, "agencies/vetting/vetting.html", context)


def _entry(row: VettingCheck) -> dict[str, Any]:
    """A logged check as the timeline element draws it."""
    tone, icon = MARKS[CheckResult(row.result)]
    subject = f" ({row.subject})" if row.kind in (CheckKind.DOMAIN_DNS, CheckKind.LOOKALIKE) else ""
    return {
        "who": row.person.name if row.person else _who(row),
        "what": f"{row.number}. {CheckKind(row.kind).label}{subject}: {CheckResult(row.result).label}",
        "when": row.at,
        "why": row.note,
        "tone": tone,
        "icon": icon,
    }


def _who(row: VettingCheck) -> str:
    return _("The published mailbox") if row.kind == CheckKind.DOMAIN_MAIL else _("The portal")


@GET_OR_POST
@requires("agencies.check")
def approve(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """The whole list once more, then the words, then the act."""
    agency, listed = _to_decide(request, agency_id, "approve")
    if request.method == "POST":
        form = ApproveForm(request.POST)
    else:
        form = ApproveForm(initial={"seen": listed.newest if listed else 0})

    def act(given: dict[str, Any]) -> None:
        flows.approve(agency_id, actor=request.actor, now=timezone.now(), **given)  # type: ignore[attr-defined]

    return _decision(request, agency, listed, form, "agencies/vetting/approve.html", act, _approved)


@GET_OR_POST
@requires("agencies.check")
def refuse(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    agency, listed = _to_decide(request, agency_id, "refuse")

    def act(given: dict[str, Any]) -> None:
        flows.refuse(agency_id, actor=request.actor, now=timezone.now(), **given)  # type: ignore[attr-defined]

    form = RefuseForm(request.POST if request.method == "POST" else None)
    return _decision(request, agency, listed, form, "agencies/vetting/refuse.html", act, _refused)


def _approved(agency: Agency) -> str:
    if Invitation.objects.open().filter(agency=agency).exists():
        return _("Approved. The agency is in, and its first supervisor is invited.")
    return _("Approved. The agency is in. If it has no supervisor yet, invite one from its roster.")


def _refused(agency: Agency) -> str:
    return _("Refused, with your reasons.")


def _to_decide(request: HttpRequest, agency_id: UUID, verb: str) -> tuple[Agency, Checklist | None]:
    """For the page alone; the flow asks everything again under the lock."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    agency = found(agency_id, actor, "agencies.check")
    status = AgencyStatus(agency.status)
    if not AGENCY_LIFECYCLE.allows(status, verb):
        raise WrongState(
            _("This cannot be done while it is “%(state)s”.") % {"state": agency.get_status_display()}
        )
    if status != AgencyStatus.IN_VETTING:
        return agency, None
    listed = checklist(agency)
    if actor.person_id in vetters(listed.round):
        raise Forbidden(_("You had a part in this vetting: a second person decides."), code="same-person")
    return agency, listed


def _decision(
    request: HttpRequest, agency: Agency, listed: Checklist | None, form: FlowForm, template: str,
    act: Callable[[dict[str, Any]], None], told: Callable[[Agency], str],
) -> HttpResponse:  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Invalid as refused:
            form.refuse(refused)
        else:
            messages.success(request, told(agency))
            return redirect("agencies-view", agency.pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "agency": agency,
        "crumbs": crumbs(actor, agency, vetting=listed is not None),
        "checklist": listed,
        "form": form,
    }
    return render(request, template, context, status=422 if request.method == "POST" else 200)
