"""The analyst's flows: claim, ask, decide. Each is one transaction and one act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from casesupport import events
from casesupport.intake.flows import locked, page_of, written
from casesupport.lifecycle import LIFECYCLE, RequestStatus
from casesupport.models import CaseRequest, Message, Target
from casesupport.models.caserequest import TEXT_MAX
from casesupport.models.message import MessageKind
from casesupport.models.target import COMMENT_MAX, DecisionReason, TargetDecision
from portal.access import check
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, Text
from portal.models import User
from portal.notices import notify


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided about one target."""

    target_id: UUID
    decision: str
    reasons: Sequence[str] = ()
    comment: str = ""

    def errors(self) -> dict[str, list[Text]]:
        """What is wrong with it, by field. All but a full production needs a reason from the list."""
        found: dict[str, list[Text]] = {}
        if self.decision not in TargetDecision.values:
            found["decision"] = [_("Choose a decision.")]
        if set(self.reasons) - set(DecisionReason.values):
            found["reasons"] = [_("Choose reasons from the list.")]
        elif self.decision != TargetDecision.PRODUCED and not self.reasons:
            found["reasons"] = [_("Choose at least one reason.")]
        if len(self.comment) > COMMENT_MAX:
            found["comment"] = [_("At most %(limit)d characters.") % {"limit": COMMENT_MAX}]
        return found


@transaction.atomic
def claim(request_id: UUID, *, actor: Actor, now: datetime) -> CaseRequest:
    """Take it into triage; from now on it is this person's."""
    case_request = locked(request_id, actor)
    check(actor, "requests.claim", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "claim")
    case_request.assigned_to_id = actor.person_id
    case_request.changed_at = now
    case_request.save(update_fields=["status", "assigned_to", "changed_at"])
    record(events.CLAIMED, actor=actor, subject=case_request, at=now)
    return case_request


@transaction.atomic
def ask(request_id: UUID, *, actor: Actor, now: datetime, body: str) -> Message:
    """Put a question to the agency; until it answers, the case request waits with it."""
    case_request = locked(request_id, actor)
    check(actor, "requests.ask", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "ask")
    message = Message.objects.create(
        case_request=case_request,
        kind=MessageKind.QUESTION,
        author_id=actor.as_person(),
        body=written(body),
        at=now,
    )
    case_request.changed_at = now
    case_request.save(update_fields=["status", "changed_at"])
    _tell_agency("question-asked", case_request)
    record(events.ASKED, actor=actor, subject=case_request, at=now, data={"message": str(message.pk)})
    return message


@transaction.atomic
def decide(
    request_id: UUID, *, actor: Actor, now: datetime, decisions: Sequence[Decided], note: str = ""
) -> CaseRequest:
    """Decide about every target at once, and close. Errors are named target-<id>-<field>."""
    case_request = locked(request_id, actor)
    check(actor, "requests.decide", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "decide")
    targets = {target.pk: target for target in case_request.targets.all()}
    _check_decisions(decisions, targets, note)
    for each in decisions:
        target = targets[each.target_id]
        target.decision = each.decision
        target.reasons = sorted(set(each.reasons))
        target.comment = each.comment.replace("\x00", "").strip()
        target.decided_at = now
        target.save(update_fields=["decision", "reasons", "comment", "decided_at"])
    case_request.decision_note = note.replace("\x00", "").strip()
    case_request.closed_at = case_request.changed_at = now
    case_request.save(update_fields=["status", "decision_note", "closed_at", "changed_at"])
    _tell_agency("request-decided", case_request)
    record(
        events.DECIDED, actor=actor, subject=case_request, at=now,
        data={
            "targets": [
                {"id": str(each.target_id), "decision": each.decision, "reasons": sorted(set(each.reasons))}
                for each in decisions
            ]
        },
    )  # fmt: skip
    return case_request


def _check_decisions(decisions: Sequence[Decided], targets: dict[UUID, Target], note: str) -> None:
    errors: dict[str, list[Text]] = {}
    named = [each.target_id for each in decisions]
    if len(named) != len(set(named)) or set(named) != set(targets):
        errors["targets"] = [_("Decide about every target, once.")]
    for each in decisions:
        for name, texts in each.errors().items():
            errors[f"target-{each.target_id}-{name}"] = texts
    if len(note) > TEXT_MAX:
        errors["note"] = [_("At most %(limit)d characters.") % {"limit": TEXT_MAX}]
    if errors:
        raise Invalid(errors)


def _tell_agency(kind: str, case_request: CaseRequest) -> None:
    """Whoever drafted, submitted or co-signed it."""
    ids = (case_request.created_by_id, case_request.submitted_by_id, case_request.cosigned_by_id)
    people = User.objects.filter(pk__in={each for each in ids if each is not None})
    notify(kind, people=people, path=page_of(case_request))
