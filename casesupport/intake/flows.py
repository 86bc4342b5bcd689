"""The agency's flows: create, edit, submit, co-sign, answer, withdraw: each one transaction, one act."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casesupport import events, reference
from casesupport.intake.completeness import missing
from casesupport.intake.content import Content, lay_targets
from casesupport.lifecycle import LIFECYCLE, RequestStatus
from casesupport.models import CaseRequest, LegalProcess, Message
from casesupport.models.caserequest import RequestType
from casesupport.models.counter import next_number
from casesupport.models.message import BODY_MAX, MessageKind
from portal.access import check, check_cooled, hold_standing
from portal.audit import record
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible, Stale, Text, WrongState
from portal.models import Agency
from portal.notices import notify
from portal.notices.notify import people_with


def locked(request_id: UUID, actor: Actor, *, in_quarantine: bool = False) -> CaseRequest:
    """The case request, locked until the transaction ends; NotVisible where the actor may not see it.

    Raises WrongState (quarantined) unless the verb is one that quarantine does not stop.
    """
    hold_standing(actor)
    found = (
        CaseRequest.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("agency", "legal_process")
        .filter(pk=request_id)
        .first()
    )
    if found is None:
        raise NotVisible
    if found.quarantined_at is not None and not in_quarantine:
        raise WrongState(
            _("It is in quarantine: nothing can be done with it until a compliance lead has looked at it."),
            code="quarantined",
        )
    return found


def page_of(case_request: CaseRequest) -> str:
    return reverse("requests-view", args=[case_request.pk])


def written(body: str, limit: int = BODY_MAX) -> str:
    """The text of a message; raises Invalid where it says nothing or too much."""
    body = body.replace("\x00", "").strip()
    if not body:
        raise Invalid({"body": [_("Write something.")]})
    if len(body) > limit:
        raise Invalid({"body": [_("At most %(limit)d characters.") % {"limit": limit}]})
    return body


def _today(agency: Agency, now: datetime) -> date:
    return now.astimezone(ZoneInfo(agency.time_zone)).date()


@transaction.atomic
def create(*, actor: Actor, now: datetime, type: str, content: Content) -> CaseRequest:
    """Begin a draft. Its type and reference stay; the year in the reference is UTC's."""
    hold_standing(actor)
    check(actor, "requests.create")
    agency = Agency.objects.visible_to(actor).get(pk=actor.agency_id)
    if type not in RequestType.values:
        raise Invalid({"type": [_("Choose a type of case request.")]})
    targets = content.identified()
    case_request = CaseRequest(
        agency=agency, type=type, created_by_id=actor.as_person(), created_at=now, changed_at=now
    )
    content.write(case_request)
    process = LegalProcess(case_request=case_request)
    content.write_process(process, today=_today(agency, now))
    year = now.astimezone(UTC).year
    case_request.reference = reference.make(agency.country, year, next_number(year))
    case_request.save(force_insert=True)
    process.save(force_insert=True)
    lay_targets(case_request, targets)
    record(
        events.CREATED,
        actor=actor,
        subject=case_request,
        at=now,
        data={"type": type, "targets": len(targets)},
    )
    return case_request


@transaction.atomic
def edit(
    request_id: UUID, *, actor: Actor, now: datetime, seen_revision: int, content: Content
) -> CaseRequest:
    """Replace what the draft says. Raises Stale if it was saved by anybody since `seen_revision`."""
    case_request = locked(request_id, actor)
    check(actor, "requests.edit", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "edit")
    if case_request.revision != seen_revision:
        raise Stale(
            _("Somebody else changed this draft. What you typed is kept: compare it with theirs, then save.")
        )
    targets = content.identified()
    content.write(case_request)
    content.write_process(case_request.legal_process, today=_today(case_request.agency, now))
    case_request.revision += 1
    case_request.changed_at = now
    case_request.save()
    case_request.legal_process.save()
    lay_targets(case_request, targets)
    record(
        events.EDITED, actor=actor, subject=case_request, at=now,
        data={"revision": case_request.revision, "targets": len(targets)},
    )  # fmt: skip
    return case_request


@transaction.atomic
def submit(request_id: UUID, *, actor: Actor, now: datetime, seen_revision: int) -> CaseRequest:
    """Send it to the exchange or, where its type needs one, to a supervisor for the co-signature first."""
    case_request = locked(request_id, actor)
    check(actor, "requests.submit", case_request)
    if case_request.needs_cosignature:
        check_cooled(actor, now)
    verb = "submit_for_cosignature" if case_request.needs_cosignature else "submit"
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), verb)
    if case_request.revision != seen_revision:
        raise Stale(_("The draft was changed after you checked it. Check it once more."))
    errors: dict[str, list[Text]] = {}
    for each in missing(case_request):
        errors.setdefault(each.field, []).append(each.message)
    if errors:
        raise Invalid(errors)
    case_request.submitted_by_id = actor.person_id
    case_request.submitted_at = None if case_request.needs_cosignature else now
    case_request.changed_at = now
    case_request.save(update_fields=["status", "submitted_by", "submitted_at", "changed_at"])
    if case_request.needs_cosignature:
        supervisors = people_with(Role.SUPERVISOR, agency_id=case_request.agency_id)
        others = [person for person in supervisors if person.pk != actor.person_id]
        notify("request-to-cosign", people=others, path=page_of(case_request))
    else:
        _tell_analysts(case_request)
    record(
        events.SUBMITTED, actor=actor, subject=case_request, at=now,
        data={"revision": case_request.revision, "documents": _digests(case_request)},
    )  # fmt: skip
    return case_request


@transaction.atomic
def cosign(request_id: UUID, *, actor: Actor, now: datetime) -> CaseRequest:
    """A supervisor other than the submitter stands behind it; with that it reaches the exchange."""
    case_request = locked(request_id, actor)
    check(actor, "requests.cosign", case_request)
    check_cooled(actor, now)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "cosign")
    case_request.cosigned_by_id = actor.person_id
    case_request.submitted_at = case_request.changed_at = now
    case_request.save(update_fields=["status", "cosigned_by", "submitted_at", "changed_at"])
    _tell_analysts(case_request)
    record(
        events.COSIGNED, actor=actor, subject=case_request, at=now,
        data={"revision": case_request.revision, "documents": _digests(case_request)},
    )  # fmt: skip
    return case_request


@transaction.atomic
def answer(request_id: UUID, *, actor: Actor, now: datetime, body: str) -> Message:
    """Answer what the exchange asked; the case request is the analyst's again."""
    case_request = locked(request_id, actor)
    check(actor, "requests.answer", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "answer")
    message = Message.objects.create(
        case_request=case_request,
        kind=MessageKind.ANSWER,
        author_id=actor.as_person(),
        body=written(body),
        at=now,
    )
    case_request.changed_at = now
    case_request.save(update_fields=["status", "changed_at"])
    notify(
        "question-answered",
        people=[case_request.assigned_to] if case_request.assigned_to else [],
        path=page_of(case_request),
    )
    record(events.ANSWERED, actor=actor, subject=case_request, at=now, data={"message": str(message.pk)})
    return message


@transaction.atomic
def withdraw(request_id: UUID, *, actor: Actor, now: datetime, why: str) -> CaseRequest:
    """End it for good, before it is decided. The history and the documents stay."""
    case_request = locked(request_id, actor)
    check(actor, "requests.withdraw", case_request)
    before = case_request.status
    case_request.status = LIFECYCLE.after(RequestStatus(before), "withdraw")
    why = why.replace("\x00", "").strip()
    if not why:
        raise Invalid({"why": [_("Say why it is withdrawn.")]})
    case_request.closed_at = case_request.changed_at = now
    case_request.save(update_fields=["status", "closed_at", "changed_at"])
    if case_request.assigned_to is not None:
        notify("request-withdrawn", people=[case_request.assigned_to], path=page_of(case_request))
    record(events.WITHDRAWN, actor=actor, subject=case_request, at=now, why=why, data={"from": before})
    return case_request


def _tell_analysts(case_request: CaseRequest) -> None:
    notify(
        "request-submitted",
        people=people_with(Role.CASE_ANALYST, Role.COMPLIANCE_LEAD),
        path=page_of(case_request),
    )


def _digests(case_request: CaseRequest) -> list[str]:
    """The SHA-256 of everything attached: what was signed, provable later."""
    return list(case_request.documents.values_list("sha256", flat=True))
