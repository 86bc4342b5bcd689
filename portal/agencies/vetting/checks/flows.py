"""Logs checks: call-back, documents, flags. Each result is a new row; the newest counts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.flows import locked
from portal.agencies.vetting import events
from portal.agencies.vetting.checklist import Checklist, checklist, vetters
from portal.agencies.vetting.checks import flags
from portal.agencies.vetting.site import is_own_page
from portal.audit import record
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible, Stale, Text, WrongState
from portal.kernel.words import unfit, unfit_line
from portal.models import Agency, AuditEvent, VettingCheck, VettingRound
from portal.models.agency import AgencyStatus
from portal.models.vetting import NOTE_MAX, CheckKind, CheckResult
from portal.notices import notify
from portal.notices.notify import people_with

CALL_OUTCOMES = {
    "confirmed": CheckResult.PASSED,
    "denied": CheckResult.FAILED,
    "no_answer": CheckResult.FAILED,
}
SPOKE_TO_MAX = 160
CLOCKS_DIFFER = timedelta(minutes=2)


@transaction.atomic
def call_back(
    agency_id: UUID, *, actor: Actor, now: datetime, number: str, is_published: bool, outcome: str,
    called_at: datetime, spoke_to: str = "", note: str = "",
) -> VettingCheck:  # fmt: skip
    """Log a call to the switchboard. `number` is the one that was shown: only the application's is dialled.

    `is_published`: the page where it is published was opened, and the number stands there. Where that page is
    on another site than the agency's, whoever believes it says why.
    """
    agency = locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    found = open_checklist(agency)
    if number != agency.switchboard:
        raise Stale(_("The number in the application is another one now. Dial only that."))
    errors: dict[str, list[Text]] = {}
    if outcome not in CALL_OUTCOMES:
        errors["outcome"] = [_("Choose what came of the call.")]
    if outcome == "confirmed" and not is_published:
        errors["is_published"] = [_("Open the page and find the number there before you rely on it.")]
    missing = _("Say who answered.") if outcome in ("confirmed", "denied") else ""
    if problems := unfit_line(spoke_to.strip(), SPOKE_TO_MAX, missing=missing):
        errors["spoke_to"] = problems
    if called_at > now + CLOCKS_DIFFER:
        errors["called_at"] = [_("This time lies in the future.")]
    elif called_at < found.round.begun_at.replace(second=0, microsecond=0):
        errors["called_at"] = [_("A call before this vetting began proves nothing now.")]
    elsewhere = not is_own_page(agency.switchboard_source, agency)
    words = written(note, errors, needed=outcome == "denied" or (outcome == "confirmed" and elsewhere))
    if errors:
        raise Invalid(errors)
    evidence = {
        "number": number,
        "source": agency.switchboard_source,
        "published": is_published,
        "outcome": outcome,
        "called_at": called_at.isoformat(),
        "spoke_to": spoke_to.strip(),
    }
    return log(
        agency, found, CheckKind.SWITCHBOARD, "", CALL_OUTCOMES[outcome],
        actor=actor, now=now, note=words, evidence=evidence,
    )  # fmt: skip


@transaction.atomic
def judge(
    agency_id: UUID, *, actor: Actor, now: datetime, subject: str, result: str, note: str = ""
) -> VettingCheck:
    """Judge one document of the application, by its id; "" where none came. Opening it comes first."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    found = open_checklist(agency)
    if found.item(CheckKind.DOCUMENTS, subject) is None:
        raise NotVisible
    errors: dict[str, list[Text]] = {}
    if result not in (CheckResult.PASSED, CheckResult.FAILED):
        errors["result"] = [_("Choose a result.")]
    elif subject and actor.kind == "person" and not was_opened(found.round, subject, actor):
        errors["result"] = [_("Open the document first: nobody judges what he or she has not read.")]
    words = written(note, errors, needed=not subject or result == CheckResult.FAILED)
    if errors:
        raise Invalid(errors)
    return log(
        agency, found, CheckKind.DOCUMENTS, subject, CheckResult(result), actor=actor, now=now, note=words
    )


def was_opened(round: VettingRound, document_id: str, actor: Actor) -> bool:
    """By this person, in this round: the audit trail knows."""
    return AuditEvent.objects.filter(
        event=events.DOCUMENT_READ,
        subject_type="applicationdocument",
        subject_id=document_id,
        actor_id=actor.id,
        at__gte=round.begun_at,
    ).exists()


@transaction.atomic
def answer_flag(
    agency_id: UUID, *, actor: Actor, now: datetime, check_id: UUID, result: str, note: str
) -> VettingCheck:
    """Acknowledge a flag, or fail the check over it; `check_id` is the row that was shown.

    A failure may be answered anew: what was cleared up since is said in the note.
    """
    agency = locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    found = open_checklist(agency)
    shown = next((row for row in found.rows if row.pk == check_id), None)
    if shown is None:
        raise NotVisible
    item = found.item(shown.kind, shown.subject)
    if item is None or item.row != shown or not item.is_answerable:
        raise stale_flag(found, shown)
    errors: dict[str, list[Text]] = {}
    if result not in (CheckResult.ACKNOWLEDGED, CheckResult.FAILED):
        errors["result"] = [_("Choose a result.")]
    words = written(note, errors, needed=True)
    if errors:
        raise Invalid(errors)
    return log(
        agency, found, item.kind, item.subject, CheckResult(result),
        actor=actor, now=now, note=words, evidence=shown.evidence,
    )  # fmt: skip


def stale_flag(found: Checklist, row: VettingCheck) -> Stale:
    return Stale(_("This flag was answered or found anew meanwhile: %(check)s") % {"check": found.title(row)})


@transaction.atomic
def recompute(agency_id: UUID, *, actor: Actor, now: datetime) -> list[VettingCheck]:
    """Compare again with what we know now. What was found before and answered stays answered.

    A job that finds nothing new has done nothing that is worth a row of the trail.
    """
    agency = locked(agency_id, actor)
    check(actor, "agencies.check", agency)
    found = open_checklist(agency)
    rows = compare(agency, found, now=now)
    data = {"compared": True, "rows": len(rows), "flags": flagged(rows)}
    if actor.person_id is None and not rows:
        return rows
    if actor.person_id is None and flagged(rows):
        _tell_vetter(agency, found.round)
    record(events.CHECKED, actor=actor, subject=agency, at=now, data=data)
    return rows


def flagged(rows: list[VettingCheck]) -> int:
    return sum(row.result == CheckResult.FLAGGED for row in rows)


def compare(agency: Agency, found: Checklist, *, now: datetime) -> list[VettingCheck]:
    """Write look-alikes and duplicates where they differ from what is logged. Vetting begins with this."""
    job, rows = Actor.system("comparison"), []
    for item in [*found.of(CheckKind.LOOKALIKE), *found.of(CheckKind.DUPLICATES)]:
        findings = flags.findings_of(agency, item)
        if item.row is not None and flags.are_known(findings, item.row.evidence):
            continue
        # What a person failed, no comparison heals: somebody looks at it again.
        doubted = item.row is not None and item.row.result == CheckResult.FAILED
        serious = flags.are_serious(findings)
        result = CheckResult.FLAGGED if serious or doubted else CheckResult.PASSED
        evidence = {"findings": findings}
        rows.append(
            write(found.round, item.kind, item.subject, result, actor=job, now=now, evidence=evidence)
        )
    return rows


@transaction.atomic
def vouch(agency_id: UUID, *, actor: Actor, now: datetime) -> list[VettingCheck]:
    """Rehearsal only: a job passes every open check of the demonstration or of a test at once."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.vouch", agency)
    found = open_checklist(agency)
    rows = VettingCheck.objects.bulk_create(
        VettingCheck(
            round=found.round, number=number, kind=item.kind, subject=item.subject,
            result=CheckResult.ACKNOWLEDGED if item.state == CheckResult.FLAGGED else CheckResult.PASSED,
            at=now, note="Rehearsal.",
        )
        for number, item in enumerate(found.missing, start=found.newest + 1)
    )  # fmt: skip
    record(events.CHECKED, actor=actor, subject=agency, at=now, data={"vouched": len(rows)})
    return rows


def open_checklist(agency: Agency) -> Checklist:
    """The running round's; raises WrongState outside of vetting."""
    if agency.status != AgencyStatus.IN_VETTING:
        raise WrongState(
            _("This cannot be done while it is “%(state)s”.") % {"state": agency.get_status_display()}
        )
    return checklist(agency)


def write(
    round: VettingRound, kind: str, subject: str, result: CheckResult, *, actor: Actor, now: datetime,
    note: str = "", evidence: Mapping[str, Any] | None = None,
) -> VettingCheck:  # fmt: skip
    """The next row of the round; the caller holds the agency's lock, which keeps the numbers without gaps."""
    newest = round.checks.aggregate(newest=Max("number"))["newest"] or 0
    return VettingCheck.objects.create(
        round=round, number=newest + 1, kind=kind, subject=subject, result=result,
        person_id=actor.person_id, at=now, note=note, evidence=dict(evidence or {}),
    )  # fmt: skip


def log(
    agency: Agency, before: Checklist, kind: str, subject: str, result: CheckResult, *, actor: Actor,
    now: datetime, note: str = "", evidence: Mapping[str, Any] | None = None,
) -> VettingCheck:  # fmt: skip
    """Write the row, tell the others if it was the last that was open, record. The agency is locked."""
    row = write(before.round, kind, subject, result, actor=actor, now=now, note=note, evidence=evidence)
    if row.is_settled and [(item.kind, item.subject) for item in before.missing] == [(kind, subject)]:
        _tell_deciders(agency, before.round)
    if actor.person_id is None:
        _tell_vetter(agency, before.round)
    data = {"kind": kind, "subject": subject, "result": result, "check": str(row.pk)}
    record(events.CHECKED, actor=actor, subject=agency, at=now, why=note, data=data)
    return row


def _tell_vetter(agency: Agency, round: VettingRound) -> None:
    """Of what came by itself: an answer of the agency, or a flag that was not there before."""
    if round.begun_by is not None:
        notify("agency-checked", people=[round.begun_by], path=_page_of(agency))


def _tell_deciders(agency: Agency, round: VettingRound) -> None:
    excluded = vetters(round)
    people = people_with(Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD)
    notify(
        "agency-to-decide",
        people=[person for person in people if person.pk not in excluded],
        path=_page_of(agency),
    )


def _page_of(agency: Agency) -> str:
    return reverse("agencies-vetting", args=[agency.pk])


def written(note: str, errors: dict[str, list[Text]], *, needed: bool, field: str = "note") -> str:
    """The note as it is kept; what is wrong with it goes into `errors`."""
    words = note.replace("\r\n", "\n").strip()
    missing = _("Say why, for whoever reads this later.") if needed else ""
    if problems := unfit(words, NOTE_MAX, missing=missing):
        errors[field] = problems
    return words
