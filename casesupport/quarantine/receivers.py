"""What a suspension does to case requests, in its own transaction: what is open goes into quarantine."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.dispatch import receiver

from casesupport import events
from casesupport.lifecycle import OPEN
from casesupport.models import CaseRequest, Document
from portal.access import scope_of
from portal.agencies.standing.reach import (
    Acts,
    Reach,
    agency_lapsed,
    agency_suspended,
    person_suspended,
    reached,
)
from portal.audit import record_each
from portal.kernel.actor import Actor
from portal.models import Agency, AuditEvent, Membership

# Whoever suspends need not see what is stopped: a compliance reviewer sees no case request.
SUSPENSION = Actor.system("suspension")


def touched(agency: Agency | None, membership: Membership | None) -> QuerySet[CaseRequest]:
    """Those of the agency; or those that the person began, wrote, signed, answered or sent files for."""
    if agency is not None:
        return CaseRequest.objects.filter(agency=agency)
    if membership is None or membership.agency_id is None:
        return CaseRequest.objects.none()
    person = membership.user_id
    # The trail knows everyone who changed a draft; the row only who began and who signed it.
    acted = AuditEvent.objects.filter(actor_id=str(person), subject_type=CaseRequest._meta.model_name)
    ids = [UUID(each) for each in acted.order_by().values_list("subject_id", flat=True).distinct()]
    return CaseRequest.objects.filter(agency_id=membership.agency_id).filter(
        Q(created_by_id=person)
        | Q(submitted_by_id=person)
        | Q(cosigned_by_id=person)
        | Q(pk__in=ids)
        | Q(pk__in=Document.objects.filter(uploaded_by_id=person).values("case_request_id"))
    )


def _open(agency: Agency | None, membership: Membership | None) -> QuerySet[CaseRequest]:
    return touched(agency, membership).filter(status__in=OPEN, quarantined_at=None)


@receiver(reached)
def would_reach(
    sender: Any, agency: Agency | None, membership: Membership | None, **rest: Any
) -> dict[str, int]:
    with scope_of(SUSPENSION):
        return {"requests": _open(agency, membership).count()}


@receiver([agency_suspended, agency_lapsed, person_suspended])
def quarantine(
    sender: Any,
    agency: Agency | None,
    membership: Membership | None,
    actor: Actor,
    now: datetime,
    why: str,
    acts: Acts,
    **rest: Any,
) -> Reach:
    """Rows that a flow holds are waited for; that flow's step is then part of what is quarantined."""
    with scope_of(SUSPENSION):
        rows = _open(agency, membership).select_for_update(of=("self",), no_key=True).order_by("pk")
        held = list(rows.only("pk", "reference", "agency_id"))
        CaseRequest.objects.filter(pk__in=[each.pk for each in held]).update(quarantined_at=now)
    acts.append(partial(record_each, events.QUARANTINED, actor=actor, subjects=held, at=now))
    return {"requests": len(held)}
