"""Out of quarantine: released, and then as before; or discarded, and then over."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from casesupport import events
from casesupport.intake.flows import locked, page_of
from casesupport.lifecycle import LIFECYCLE, RequestStatus
from casesupport.models import CaseRequest
from portal.access import check, hold_agency, scope_of
from portal.agencies.standing.quarantine import checked
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Stale, WrongState
from portal.models import User
from portal.notices import notify


@transaction.atomic
def release(request_id: UUID, *, actor: Actor, now: datetime, why: str, seen: datetime) -> CaseRequest:
    """Let it go on from where it stood. `seen`: when the page was drawn that the actor looked at."""
    # The agency first, as everywhere: a suspension that is being written waits, or is waited for.
    owner = CaseRequest.objects.visible_to(actor).filter(pk=request_id).values_list("agency_id", flat=True)
    stands = any(hold_agency(agency_id) for agency_id in owner)
    case_request = _looked_at(request_id, "requests.release", actor, seen)
    if not stands:
        raise WrongState(_("The agency is not in good standing. Reinstate it first."), code="not-in-standing")
    why = checked(why)
    since, case_request.quarantined_at = case_request.quarantined_at, None
    case_request.changed_at = now
    # A draft is out of the lead's own sight with this very step.
    with scope_of(Actor.system("quarantine")):
        case_request.save(update_fields=["quarantined_at", "changed_at"])
    _tell("quarantine-released", case_request)
    record(
        events.RELEASED, actor=actor, subject=case_request, at=now, why=why,
        data={"since": since and since.isoformat(), "status": case_request.status},
    )  # fmt: skip
    return case_request


@transaction.atomic
def discard(request_id: UUID, *, actor: Actor, now: datetime, why: str, seen: datetime) -> CaseRequest:
    """End it for good, undecided. Its history and its documents stay, as evidence."""
    case_request = _looked_at(request_id, "requests.discard", actor, seen)
    before = case_request.status
    case_request.status = LIFECYCLE.after(RequestStatus(before), "discard")
    why = checked(why)
    case_request.quarantined_at = None
    case_request.closed_at = case_request.changed_at = now
    with scope_of(Actor.system("quarantine")):
        case_request.save(update_fields=["status", "quarantined_at", "closed_at", "changed_at"])
    _tell("quarantine-discarded", case_request)
    record(events.DISCARDED, actor=actor, subject=case_request, at=now, why=why, data={"from": before})
    return case_request


def _looked_at(request_id: UUID, permission: str, actor: Actor, seen: datetime) -> CaseRequest:
    case_request = locked(request_id, actor, in_quarantine=True)
    check(actor, permission, case_request)
    if case_request.quarantined_at is None:
        raise WrongState(_("It is not in quarantine any more."), code="not-quarantined")
    if case_request.quarantined_at > seen:
        raise Stale(_("It was put into quarantine again after you looked. Look at it once more."))
    if actor.person_id in (
        case_request.created_by_id,
        case_request.submitted_by_id,
        case_request.cosigned_by_id,
    ):
        raise Forbidden(
            _("You had a hand in this case request, so somebody else decides."), code="contributor"
        )
    return case_request


def _tell(kind: str, case_request: CaseRequest) -> None:
    """Who drafted, submitted or co-signed it and still gets in, and the case analyst."""
    ids = (case_request.created_by_id, case_request.submitted_by_id, case_request.cosigned_by_id)
    agency = User.objects.filter(
        pk__in={each for each in ids if each is not None},
        memberships__agency_id=case_request.agency_id,
        memberships__ended_at=None,
        memberships__suspended_at=None,
    ).distinct()
    analyst = [case_request.assigned_to] if case_request.assigned_to else []
    notify(kind, people=[*agency, *analyst], path=page_of(case_request))
