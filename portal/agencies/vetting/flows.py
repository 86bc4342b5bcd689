"""An agency is vetted, and then approved or refused by a person who had no part in the vetting."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.flows import locked
from portal.agencies.registration.tasks import look_up
from portal.agencies.roster.invitations.flows import invite
from portal.agencies.vetting import events
from portal.agencies.vetting.checklist import Checklist, checklist, vetters
from portal.agencies.vetting.checks.flows import compare, flagged, written
from portal.agencies.vetting.domains.flows import issue
from portal.audit import record
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, Invalid, Stale, Text
from portal.models import Agency, AgencyApplication, VettingDecision, VettingRound
from portal.models.agency import AGENCY_LIFECYCLE, AgencyStatus
from portal.models.vettingdecision import RefusalReason, VettingVerdict


@transaction.atomic
def vet(agency_id: UUID, *, actor: Actor, now: datetime) -> Agency:
    """Begin a round: each domain gets a value to publish, the registry is asked, the comparisons are made."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    agency.status = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "vet")
    agency.save(update_fields=["status"])
    round = VettingRound.objects.create(
        agency=agency, number=agency.vetting_rounds.count() + 1, begun_by_id=actor.person_id, begun_at=now
    )
    for domain in dict.fromkeys(agency.domains):
        issue(round, domain, now)
        transaction.on_commit(partial(look_up.delay, domain), robust=True)
    rows = compare(agency, checklist(agency), now=now)
    data = {"round": round.number, "flags": flagged(rows)}
    record(events.VETTED, actor=actor, subject=agency, at=now, data=data)
    return agency


@transaction.atomic
def approve(agency_id: UUID, *, actor: Actor, now: datetime, why: str, seen: int) -> Agency:
    """Let the agency in. `seen`: the number of the newest check that the approver was shown."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.approve", agency)
    status = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "approve")
    found = checklist(agency)
    _by_another(found.round, actor)
    if seen != found.newest:
        raise _stale(found, seen)
    errors: dict[str, list[Text]] = {}
    if found.missing:
        errors["checks"] = [
            format_lazy("{name} – {state}", name=item.name, state=item.state_label) for item in found.missing
        ]
    words = written(why, errors, needed=True, field="why")
    if errors:
        raise Invalid(errors)
    _decide(agency, found.round, VettingVerdict.APPROVED, actor=actor, now=now, why=words)
    agency.status = status
    agency.save(update_fields=["status"])
    invited = _invite_first_supervisor(agency, found.round, actor, now)
    data = {"round": found.round.number, "checks": found.newest, "invited": invited}
    record(events.APPROVED, actor=actor, subject=agency, at=now, why=words, data=data)
    return agency


@transaction.atomic
def refuse(agency_id: UUID, *, actor: Actor, now: datetime, reasons: Sequence[str], why: str) -> Agency:
    """Keep the agency out, with coded reasons and words.

    What nobody has begun to vet one person refuses; what was vetted, somebody else than the vetters.
    """
    agency = locked(agency_id, actor)
    check(actor, "agencies.refuse", agency)
    status = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "refuse")
    round = agency.vetting_rounds.first() if agency.status == AgencyStatus.IN_VETTING else None
    if round is not None:
        _by_another(round, actor)
    errors: dict[str, list[Text]] = {}
    if not reasons or set(reasons) - set(RefusalReason.values):
        errors["reasons"] = [_("Choose reasons from the list.")]
    words = written(why, errors, needed=True, field="why")
    if errors:
        raise Invalid(errors)
    codes = sorted(set(reasons))
    _decide(agency, round, VettingVerdict.REFUSED, actor=actor, now=now, why=words, reasons=codes)
    agency.status = status
    agency.save(update_fields=["status"])
    data = {"round": round.number if round else 0, "reasons": codes}
    record(events.REFUSED, actor=actor, subject=agency, at=now, why=words, data=data)
    return agency


def _invite_first_supervisor(agency: Agency, round: VettingRound, actor: Actor, now: datetime) -> bool:
    """Whom the application names, vouched for by two already: who began the vetting, and who approves.

    False where nobody is asked: the agency has people (it lapsed), came without an application, or the
    address does not fit any more. Compliance then invites from the roster.
    """
    application = AgencyApplication.objects.filter(agency=agency).first()
    if application is None or agency.memberships.filter(ended_at=None).exists():
        return False
    try:
        with transaction.atomic():
            invite(
                actor=actor, now=now, email=application.supervisor_email, name=application.supervisor_name,
                role=Role.SUPERVISOR, agency_id=agency.pk, language=application.language,
                why=gettext("First supervisor, named in the application."), seconded_by=round.begun_by_id,
            )  # fmt: skip
    except Invalid:
        return False
    return True


def _stale(found: Checklist, seen: int) -> Stale:
    names = dict.fromkeys(str(found.title(row)) for row in found.rows if row.number > seen)
    return Stale(
        _("Since you opened this page a check was logged. Read the list once more: %(checks)s")
        % {"checks": "; ".join(names)}
    )


def _by_another(round: VettingRound, actor: Actor) -> None:
    """By the person, whatever role he or she held at the time."""
    if actor.person_id is not None and actor.person_id in vetters(round):
        raise Forbidden(_("You had a part in this vetting: a second person decides."), code="same-person")


def _decide(
    agency: Agency, round: VettingRound | None, verdict: VettingVerdict, *, actor: Actor, now: datetime,
    why: str, reasons: Sequence[str] = (),
) -> None:  # fmt: skip
    VettingDecision.objects.create(
        agency=agency, round=round, verdict=verdict, reasons=list(reasons), why=why,
        person_id=actor.person_id, at=now,
    )  # fmt: skip
