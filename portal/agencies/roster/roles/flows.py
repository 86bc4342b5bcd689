"""Propose a role, confirm it, decline it. The old role ends and a new one begins: history stays true."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.roster import events
from portal.agencies.roster.house import (
    ensure_a_head_remains,
    ensure_open,
    keepers,
    locked,
    roles_of,
    roster_path,
    stands,
)
from portal.audit import record
from portal.identity.sessions import end_all
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Text, WrongState
from portal.kernel.words import unfit
from portal.models import Membership, RoleChange
from portal.models.rolechange import RoleOutcome
from portal.notices import notify

WHY_MAX = 2000


@transaction.atomic
def propose_role(membership_id: UUID, *, actor: Actor, now: datetime, role: str, why: str) -> RoleChange:
    """Nothing changes yet: a second person decides, and is told."""
    membership = locked([membership_id], actor)[membership_id]
    check(actor, "agencies.propose_role", membership)
    ensure_open(membership)
    if membership.user_id == actor.as_person():
        raise Forbidden(_("Nobody changes the own role. Somebody else proposes it."), code="own-role")
    errors: dict[str, list[Text]] = {}
    if role not in roles_of(membership.agency_id):
        errors["role"] = [_("This role does not belong there.")]
    elif role == membership.role:
        errors["role"] = [_("This is the person’s role already.")]
    if wrong := unfit(why, WHY_MAX, missing=_("Say why the role changes.")):
        errors["why"] = wrong
    if errors:
        raise Invalid(errors)
    _ensure_changeable(membership, now)
    change = RoleChange(
        membership=membership, role=role, why=why.strip(), proposed_by_id=actor.as_person(), proposed_at=now
    )
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError as refused:
        if "rolechange_one_open_per_person" not in str(refused):
            raise
        raise WrongState(_("A role change of this person waits for a decision already.")) from None
    others = keepers(membership.agency_id, now, besides=[membership.user_id, actor.as_person()])
    notify("role-to-confirm", people=others, path=reverse("roster-confirm-role", args=[change.pk]))
    data = {"role": role, "change": change.pk}
    record(events.ROLE_PROPOSED, actor=actor, subject=membership, at=now, why=change.why, data=data)
    return change


def _ensure_changeable(membership: Membership, now: datetime) -> None:
    if membership.suspended_at is not None:
        raise WrongState(_("This person is suspended. Reinstate first."), code="suspended")
    ensure_a_head_remains([membership], now)


def _locked_change(change_id: UUID, permission: str, actor: Actor) -> RoleChange:
    """The person's row first, as everywhere; raises Forbidden for who proposed it and whom it concerns."""
    seen = RoleChange.objects.visible_to(actor).filter(pk=change_id).first()
    if seen is None:
        raise NotVisible
    membership = locked([seen.membership_id], actor)[seen.membership_id]
    change = RoleChange.objects.select_for_update().get(pk=change_id)
    change.membership = membership
    check(actor, permission, membership)
    if change.outcome != RoleOutcome.OPEN:
        raise WrongState(_("This role change was decided already."), code="decided")
    if actor.as_person() in (change.proposed_by_id, membership.user_id):
        raise Forbidden(_("A second person decides, whom the change does not concern."), code="same-person")
    return change


def _decide(change: RoleChange, outcome: RoleOutcome, actor: Actor, now: datetime) -> None:
    change.outcome, change.decided_by_id, change.decided_at = outcome, actor.as_person(), now
    change.save(update_fields=["outcome", "decided_by", "decided_at"])


@transaction.atomic
def confirm_role(change_id: UUID, *, actor: Actor, now: datetime) -> Membership:
    """The second person agrees. Every session of the person ends: the next one has the new role.

    The cool-off begins again, for a new supervisor signs what an officer could not.
    """
    change = _locked_change(change_id, "agencies.confirm_role", actor)
    old = change.membership
    ensure_open(old)
    _ensure_changeable(old, now)
    if not stands(change.proposed_by_id, old.agency_id):
        raise WrongState(
            _(
                "Who proposed this has left, is suspended or has another role now. Decline it, and propose"
                " it again."
            )
        )
    _decide(change, RoleOutcome.CONFIRMED, actor, now)
    old.ended_at = now
    old.save(update_fields=["ended_at"])
    new = Membership.objects.create(
        user=old.user, agency=old.agency, role=change.role, joined_at=now, attested_at=now,
        attested_by_id=actor.as_person(),
    )  # fmt: skip
    end_all(old.user)
    notify("role-changed", people=[old.user], path=reverse("home"))
    record(
        events.ROLE_CONFIRMED, actor=actor, subject=new, at=now, data={"change": change.pk, "ended": old.pk},
        before={"role": old.role}, after={"role": new.role},
    )  # fmt: skip
    return new


@transaction.atomic
def decline_role(change_id: UUID, *, actor: Actor, now: datetime, why: str = "") -> RoleChange:
    """The second person does not agree. The role stays as it is."""
    if wrong := unfit(why, WHY_MAX):
        raise Invalid({"why": wrong})
    change = _locked_change(change_id, "agencies.decline_role", actor)
    _decide(change, RoleOutcome.DECLINED, actor, now)
    if stands(change.proposed_by_id, change.membership.agency_id):
        path = roster_path(change.membership.agency_id)
        notify("role-declined", people=[change.proposed_by], path=path)
    record(
        events.ROLE_DECLINED, actor=actor, subject=change.membership, at=now, why=why.strip(),
        data={"role": change.role, "change": change.pk},
    )  # fmt: skip
    return change


def lapse_all_about(membership: Membership, now: datetime) -> list[UUID]:
    """Of somebody who leaves: what is open about the person, and what he or she proposed."""
    about = RoleChange.objects.filter(
        Q(membership=membership) | Q(proposed_by_id=membership.user_id), outcome=RoleOutcome.OPEN
    )
    lapsed = list(about.select_for_update().order_by("pk").values_list("pk", flat=True))
    RoleChange.objects.filter(pk__in=lapsed).update(outcome=RoleOutcome.LAPSED, decided_at=now)
    return lapsed
