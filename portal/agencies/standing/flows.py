"""Stop an agency or a person at once, and let them in again by somebody else.

All that a suspension does it does in one transaction: the status, every session, the quarantine of what is on
its way, the warnings. Statements are counted by tables, not by rows: a big agency is stopped as fast.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_standing
from portal.agencies.standing import events
from portal.agencies.standing.idle import is_idle
from portal.agencies.standing.reach import (
    agency_lapsed,
    agency_reinstated,
    agency_suspended,
    person_reinstated,
    person_suspended,
    sent,
)
from portal.audit import record
from portal.identity.sessions import end_all, end_all_of
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, Text, WrongState
from portal.kernel.words import unfit
from portal.models import Agency, Membership, Suspension, User
from portal.models.agency import AGENCY_LIFECYCLE, AgencyStatus
from portal.models.suspension import WHY_MAX, SuspensionReason
from portal.notices import notify
from portal.notices.notify import people_with


@transaction.atomic
def suspend_agency(agency_id: UUID, *, actor: Actor, now: datetime, reason: str, why: str) -> Suspension:
    """One person is enough. Nobody of the agency gets in, and nothing of it is served, from the commit on."""
    agency = _locked_agency(agency_id, actor)
    check(actor, "agencies.suspend", agency)
    agency.status = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "suspend")
    _check_words(why, reason)
    agency.save(update_fields=["status"])
    suspension = Suspension(
        agency=agency, reason=reason, why=why, suspended_at=now, suspended_by_id=actor.person_id
    )
    sessions = end_all_of(_people_of(agency))
    reached = sent(agency_suspended, agency=agency, membership=None, actor=actor, now=now, why=why)
    suspension.reach = {"sessions": sessions} | reached.counts
    suspension.save(force_insert=True)
    # Not the agency: whoever has taken over its mailboxes would read that too. Compliance rings it up.
    _tell("agency-suspended", suspension, actor)
    reached.record()
    data = {"suspension": str(suspension.pk), "reason": reason, **suspension.reach}
    record(events.AGENCY_SUSPENDED, actor=actor, subject=agency, at=now, why=why, data=data)
    return suspension


@transaction.atomic
def reinstate_agency(
    agency_id: UUID, *, actor: Actor, now: datetime, why: str, seen: UUID | None
) -> Suspension:
    """Another person lets it in again. What is in quarantine stays there; its live warnings are served."""
    agency = _locked_agency(agency_id, actor)
    check(actor, "agencies.reinstate", agency)
    after = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "reinstate")
    suspension = _ended(_open(agency.suspensions.all(), seen), actor, now, why)
    agency.status = after
    agency.save(update_fields=["status"])
    reached = sent(agency_reinstated, agency=agency, membership=None, actor=actor, now=now, why=why)
    _tell("agency-reinstated", suspension, actor, people_with(Role.SUPERVISOR, agency_id=agency.pk))
    reached.record()
    data = {"suspension": str(suspension.pk), **reached.counts}
    record(events.AGENCY_REINSTATED, actor=actor, subject=agency, at=now, why=why, data=data)
    return suspension


@transaction.atomic
def lapse_agency(agency_id: UUID, *, actor: Actor, now: datetime, why: str) -> Agency:
    """End its standing; to come back it is vetted anew. A job does so only to what stood idle."""
    agency = _locked_agency(agency_id, actor)
    check(actor, "agencies.lapse", agency)
    after = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "lapse")
    _check_words(why)
    if actor.kind == "system" and not is_idle(agency, now):
        raise WrongState(_("Somebody of this agency was here in the meantime."))
    suspension = agency.suspensions.select_for_update().filter(ended_at=None).first()
    if suspension is not None:
        suspension.ended_at, suspension.ended_why = now, why
        suspension.save(update_fields=["ended_at", "ended_why"])
    agency.status = after
    agency.save(update_fields=["status"])
    sessions = end_all_of(_people_of(agency))
    reached = sent(agency_lapsed, agency=agency, membership=None, actor=actor, now=now, why=why)
    notify(
        "agency-lapsed",
        people=_compliance(actor),
        path=reverse("agencies-view", args=[agency.pk]),
    )
    reached.record()
    data = {"sessions": sessions} | reached.counts
    record(events.AGENCY_LAPSED, actor=actor, subject=agency, at=now, why=why, data=data)
    return agency


@transaction.atomic
def suspend_person(membership_id: UUID, *, actor: Actor, now: datetime, reason: str, why: str) -> Suspension:
    """One person is enough. Warnings that two people and the exchange approved stay live, and are flagged."""
    membership = _locked_membership(membership_id, actor)
    _check_not_oneself(membership, actor, _("Somebody else suspends you."))
    check(actor, "people.suspend", membership)
    if membership.suspended_at is not None:
        raise WrongState(_("This person is already suspended."), code="suspended")
    _check_words(why, reason)
    membership.suspended_at = now
    membership.save(update_fields=["suspended_at"])
    suspension = Suspension(
        membership=membership, reason=reason, why=why, suspended_at=now, suspended_by_id=actor.person_id
    )
    sessions = end_all(membership.user)
    reached = sent(person_suspended, agency=None, membership=membership, actor=actor, now=now, why=why)
    suspension.reach = {"sessions": sessions} | reached.counts
    suspension.save(force_insert=True)
    _tell("person-suspended", suspension, actor, _supervisors_of(membership))
    reached.record()
    data = {"suspension": str(suspension.pk), "reason": reason, **suspension.reach}
    record(events.PERSON_SUSPENDED, actor=actor, subject=membership, at=now, why=why, data=data)
    return suspension


@transaction.atomic
def reinstate_person(
    membership_id: UUID, *, actor: Actor, now: datetime, why: str, seen: UUID | None
) -> Suspension:
    """Another person lets him or her in again; whom the exchange stopped, the exchange reinstates."""
    membership = _locked_membership(membership_id, actor)
    _check_not_oneself(membership, actor, _("Somebody else reinstates you."))
    check(actor, "people.reinstate", membership)
    if membership.suspended_at is None:
        raise WrongState(_("This person is not suspended."))
    suspension = _open(membership.suspensions.all(), seen)
    if actor.of_agency and not _was_of(suspension.suspended_by_id, actor.agency_id):
        raise Forbidden(_("The exchange suspended this person, so the exchange reinstates."), code="exchange")
    suspension = _ended(suspension, actor, now, why)
    membership.suspended_at = None
    membership.save(update_fields=["suspended_at"])
    reached = sent(person_reinstated, agency=None, membership=membership, actor=actor, now=now, why=why)
    _tell("person-reinstated", suspension, actor, _supervisors_of(membership))
    reached.record()
    data = {"suspension": str(suspension.pk), **reached.counts}
    record(events.PERSON_REINSTATED, actor=actor, subject=membership, at=now, why=why, data=data)
    return suspension


def _locked_agency(agency_id: UUID, actor: Actor) -> Agency:
    """Its lock is waited for by every flow of the agency's people (portal.access.standing)."""
    visible = Agency.objects.visible_to(actor).select_for_update(no_key=True)
    agency = visible.filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    hold_standing(actor)
    return agency


def _locked_membership(membership_id: UUID, actor: Actor) -> Membership:
    """The agency first, as everywhere; then both people in one order, for two may suspend each other.

    Raises NotVisible, or WrongState for who has left.
    """
    seen = Membership.objects.visible_to(actor).filter(pk=membership_id).first()
    if seen is None:
        raise NotVisible
    if seen.agency_id is not None:
        Agency.objects.select_for_update(no_key=True).get(pk=seen.agency_id)
    both = Membership.objects.filter(Q(pk=membership_id) | Q(user_id=actor.person_id, ended_at=None))
    rows = both.select_for_update(no_key=True, of=("self",)).select_related("user", "agency")
    [membership] = [row for row in rows.order_by("pk") if row.pk == membership_id]
    hold_standing(actor)
    if membership.ended_at is not None:
        raise WrongState(_("This person no longer holds this role."), code="ended")
    return membership


def _check_not_oneself(membership: Membership, actor: Actor, words: Text) -> None:
    if membership.user_id == actor.person_id:
        raise Forbidden(words, code="oneself")


def _check_words(why: str, reason: str | None = None) -> None:
    errors: dict[str, list[Text]] = {}
    if reason is not None and reason not in SuspensionReason.values:
        errors["reason"] = [_("Choose a reason.")]
    if wrong := unfit(why, WHY_MAX, missing=_("Say why in words.")):
        errors["why"] = wrong
    if errors:
        raise Invalid(errors)


def _open(suspensions: QuerySet[Suspension], seen: UUID | None) -> Suspension:
    """The one that is open; raises Stale where the actor saw another one."""
    suspension = suspensions.select_for_update().filter(ended_at=None).first()
    if suspension is None:
        raise WrongState(_("There is no open suspension."))
    if seen is not None and suspension.pk != seen:
        raise Stale(_("This is another suspension than the one you saw. Read it first."))
    return suspension


def _ended(suspension: Suspension, actor: Actor, now: datetime, why: str) -> Suspension:
    if suspension.suspended_by_id == actor.as_person():
        raise Forbidden(_("You suspended, so somebody else reinstates."), code="same-person")
    _check_words(why)
    suspension.ended_at, suspension.ended_by_id, suspension.ended_why = now, actor.person_id, why
    suspension.save(update_fields=["ended_at", "ended_by", "ended_why"])
    return suspension


def _was_of(person_id: UUID | None, agency_id: UUID | None) -> bool:
    if person_id is None or agency_id is None:
        return False
    return Membership.objects.filter(user_id=person_id, agency_id=agency_id).exists()


def _people_of(agency: Agency) -> list[UUID]:
    return list(agency.memberships.filter(ended_at=None).values_list("user_id", flat=True))


def _supervisors_of(membership: Membership) -> list[User]:
    if membership.agency_id is None:
        return []
    supervisors = people_with(Role.SUPERVISOR, agency_id=membership.agency_id)
    return [person for person in supervisors if person.pk != membership.user_id]


def _compliance(actor: Actor) -> list[User]:
    people = people_with(Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD)
    return [person for person in people if person.pk != actor.person_id]


def _tell(kind: str, suspension: Suspension, actor: Actor, others: list[User] | None = None) -> None:
    """Compliance, and whoever else is named, but not the one who did it."""
    people = [person for person in others or [] if person.pk != actor.person_id]
    path = reverse("suspensions-view", args=[suspension.pk])
    notify(kind, people=[*_compliance(actor), *people], path=path)
