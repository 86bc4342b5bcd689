"""The list of case requests and the page of one: its state, its next act, all that was said."""

from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from casesupport import reference
from casesupport.intake.completeness import missing
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest, Target
from casesupport.models.caserequest import RequestType
from casesupport.pages import acts, crumbs, found, next_step, record_facts
from portal.access import allowed, requires
from portal.audit import timeline_of
from portal.audit.entries import entries_of
from portal.documents.forms import DocumentForm
from portal.kernel.actor import Actor
from portal.ui.pagination import paginate

SORTS = {
    "reference": "reference",
    "submitted": "submitted_at",
    "changed": "changed_at",
    "created": "created_at",
}


@require_safe
@requires("requests.list")
def list_requests(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = {
        name: request.GET.get(name, "").strip().replace("\x00", "")
        for name in ("q", "type", "status", "assigned", "quarantined")
    }
    requests = _filtered(CaseRequest.objects.visible_to(actor), asked, actor)
    sort = request.GET.get("sort", "-changed")
    column = SORTS.get(sort.removeprefix("-"), "changed_at")
    requests = requests.order_by(f"-{column}" if sort.startswith("-") else column, "pk")
    targets = Target.objects.filter(case_request=OuterRef("pk")).order_by().values("case_request")
    # A subquery, which the paginator's count leaves out; a join it would carry along.
    counted = Subquery(targets.annotate(count=Count("pk")).values("count"))
    rows = requests.select_related("agency", "assigned_to").annotate(target_count=Coalesce(counted, 0))
    context = {
        "page": paginate(request, rows),
        "asked": asked,
        "filtered": any(asked.values()),
        "misread": bool(asked["q"])
        and reference.looks_like_reference(asked["q"])
        and not reference.is_reference(asked["q"]),
        "types": RequestType.choices,
        "statuses": _statuses(actor),
        "may_create": allowed(actor, "requests.create"),
        "may_claim": allowed(actor, "requests.claim"),
        "of_agency": actor.of_agency,
    }
    return render(request, "casesupport/list.html", context)


def _filtered(requests: QuerySet[CaseRequest], asked: dict[str, str], actor: Actor) -> QuerySet[CaseRequest]:
    if asked["q"]:
        try:
            requests = requests.filter(reference=reference.parse(asked["q"]))
        except ValueError:
            requests = requests.filter(reference__icontains=asked["q"][:24])
    if asked["type"] in RequestType.values:
        requests = requests.filter(type=asked["type"])
    if asked["status"] in RequestStatus.values:
        requests = requests.filter(status=asked["status"])
    if asked["quarantined"]:
        requests = requests.filter(quarantined_at__isnull=False)
    if asked["assigned"] == "me" and actor.person_id:
        requests = requests.filter(assigned_to_id=actor.person_id)
    return requests


def _statuses(actor: Actor) -> list[tuple[str, Any]]:
    hidden = set() if actor.of_agency else {RequestStatus.DRAFT, RequestStatus.AWAITING_COSIGNATURE}
    return [(status.value, status.label) for status in RequestStatus if status not in hidden]


@require_safe
@requires("requests.view")
def view(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return page_of_request(request, found(request_id, actor, "requests.view"))


def page_of_request(
    request: HttpRequest, case_request: CaseRequest, document_form: DocumentForm | None = None
) -> HttpResponse:
    """The page of one; `document_form` holds what was wrong with a document that was to be added."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    possible = acts(actor, case_request)
    lacking = missing(case_request) if "edit" in possible else []
    context = {
        "case_request": case_request,
        "crumbs": crumbs(),
        "acts": possible,
        "next_step": next_step(case_request),
        "lacking": lacking,
        "facts": record_facts(case_request, actor),
        "document_form": document_form or (DocumentForm() if "attach" in possible else None),
        "entries": entries_of(timeline_of(case_request)),
        "awaits_other": _awaits_other(case_request, actor),
    }
    return render(request, "casesupport/view.html", context, status=422 if document_form else 200)


def _awaits_other(case_request: CaseRequest, actor: Actor) -> str:
    """Why somebody who would expect to act here cannot."""
    if (
        case_request.status == RequestStatus.AWAITING_COSIGNATURE
        and case_request.submitted_by_id == actor.person_id
        and allowed(actor, "requests.cosign")
    ):
        return _("You submitted it, so another supervisor co-signs it.")
    worked_on = case_request.status in (RequestStatus.IN_TRIAGE, RequestStatus.AWAITING_AGENCY)
    by_another = allowed(actor, "requests.decide") and not allowed(actor, "requests.decide", case_request)
    if worked_on and by_another and case_request.assigned_to:
        return _("%(person)s works on it.") % {"person": case_request.assigned_to.name}
    return ""
