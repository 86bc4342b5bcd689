"""What several pages share: finding the case request, its way back, who may act now, what comes next."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from casesupport.lifecycle import LIFECYCLE, RequestStatus
from casesupport.models import CaseRequest
from casesupport.models.caserequest import NEEDS_COSIGNATURE
from portal.access import allowed, check
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState

VERBS = ("edit", "submit", "cosign", "withdraw", "attach", "detach", "answer", "claim", "ask", "decide")


def found(request_id: UUID, actor: Actor, permission: str, verb: str = "") -> CaseRequest:
    """The case request for reading; raises NotVisible, Forbidden or, for a verb not possible now, WrongState.

    Flows lock and check again.
    """
    case_request = (
        CaseRequest.objects.visible_to(actor)
        .select_related(
            "agency", "legal_process__document", "created_by", "submitted_by", "cosigned_by", "assigned_to"
        )
        .prefetch_related("targets", "documents__uploaded_by", "messages__author")
        .filter(pk=request_id)
        .first()
    )
    if case_request is None:
        raise NotVisible
    check(actor, permission, case_request)
    if verb and case_request.quarantined_at is not None:
        raise WrongState(
            _("It is in quarantine: nothing can be done with it until a compliance lead has looked at it."),
            code="quarantined",
        )
    if verb and not LIFECYCLE.allows(RequestStatus(case_request.status), verb):
        raise WrongState(
            _("This cannot be done while it is “%(state)s”.") % {"state": case_request.get_status_display()}
        )
    return case_request


def crumbs(case_request: CaseRequest | None = None) -> list[tuple[str, str]]:
    way = [(_("Case requests"), reverse("requests-list"))]
    if case_request is not None:
        way.append((case_request.reference, reverse("requests-view", args=[case_request.pk])))
    return way


def acts(actor: Actor, case_request: CaseRequest) -> set[str]:
    """The verbs that this person can do to this case request now."""
    status = RequestStatus(case_request.status)
    if case_request.quarantined_at is not None:
        return {verb for verb in ("release", "discard") if allowed(actor, f"requests.{verb}", case_request)}
    return {
        verb
        for verb in VERBS
        if LIFECYCLE.allows(status, verb) and allowed(actor, f"requests.{verb}", case_request)
    }


def next_step(case_request: CaseRequest) -> str:
    """Whose turn it is, in words for everyone who may see it."""
    status = RequestStatus(case_request.status)
    if status == RequestStatus.DRAFT:
        if case_request.type in NEEDS_COSIGNATURE:
            return _("The agency completes the draft and submits it. A supervisor then co-signs it.")
        return _("The agency completes the draft and submits it to the exchange.")
    return {
        RequestStatus.AWAITING_COSIGNATURE: _(
            "A supervisor of the agency other than the submitter co-signs it. Only then the exchange sees it."
        ),
        RequestStatus.SUBMITTED: _("A case analyst of the exchange takes it into triage."),
        RequestStatus.IN_TRIAGE: _("The case analyst asks the agency, or decides about every target."),
        RequestStatus.AWAITING_AGENCY: _("The agency answers the question. The case analyst then goes on."),
        RequestStatus.CLOSED: _("Decided. Nothing more is to be done here."),
        RequestStatus.DISCARDED: _("The exchange ended it in quarantine. Nothing more is to be done here."),
        RequestStatus.WITHDRAWN: _("The agency withdrew it. Nothing more is to be done here."),
    }[status]


def record_facts(case_request: CaseRequest, actor: Actor) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [(_("Type"), case_request.get_type_display())]
    if not actor.of_agency:
        facts.append((_("Agency"), str(case_request.agency)))
    if case_request.assigned_to:
        facts.append((_("Case analyst"), case_request.assigned_to.name))
    return facts
