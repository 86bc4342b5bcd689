"""A house is an agency or (None) the exchange: its rows, its heads, and the head that must be left."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import hold_agencies, hold_standing
from portal.kernel.actor import AGENCY_ROLES, EXCHANGE_ROLES, Actor, Role
from portal.kernel.errors import NotVisible, WrongState
from portal.models import Agency, Membership, User


def head_role(agency_id: UUID | None) -> Role:
    return Role.COMPLIANCE_LEAD if agency_id is None else Role.SUPERVISOR


def roles_of(agency_id: UUID | None) -> list[Role]:
    """In the order of the role table (domain, section 2)."""
    fitting = EXCHANGE_ROLES if agency_id is None else AGENCY_ROLES
    return [role for role in Role if role in fitting]


def found_agency(agency_id: UUID | None, actor: Actor) -> Agency | None:
    """None for the exchange; raises NotVisible."""
    if agency_id is None:
        return None
    agency = Agency.objects.visible_to(actor).filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    return agency


def locked(membership_ids: Collection[UUID], actor: Actor) -> dict[UUID, Membership]:
    """These rows under their locks, with a head of a house all open heads of that house, and the actor's own.

    The houses first, then everybody in one order, as portal.access.standing has it: two heads who act on each
    other at once must wait, not deadlock, and the second one must see what the first did. Raises NotVisible
    unless all are there to be seen, then Forbidden where the actor no longer stands.
    """
    seen = list(Membership.objects.visible_to(actor).filter(pk__in=membership_ids))
    if len(seen) != len(set(membership_ids)):
        raise NotVisible
    hold_agencies({each.agency_id for each in seen if each.agency_id is not None})
    wanted = Q(pk__in=membership_ids) | Q(user_id=actor.person_id, ended_at=None)
    for agency_id in {each.agency_id for each in seen if each.role == head_role(each.agency_id)}:
        wanted |= Q(agency=agency_id, role=head_role(agency_id), ended_at=None)
    rows = Membership.objects.filter(wanted).select_related("user", "agency").order_by("pk")
    held = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    hold_standing(actor)
    return {each.pk: held[each.pk] for each in seen}


def ensure_open(membership: Membership) -> None:
    """Raises WrongState for somebody who has left, or whose role has changed since."""
    if membership.ended_at is not None:
        raise WrongState(_("This person no longer holds this role."), code="ended")


def ensure_a_head_remains(leaving: Sequence[Membership], now: datetime) -> None:
    """Raises WrongState where nobody would be left who keeps the roster. The rows are `locked`."""
    for agency_id in {each.agency_id for each in leaving if each.role == head_role(each.agency_id)}:
        role = head_role(agency_id)
        heads = Membership.objects.filter(agency=agency_id, role=role, ended_at=None)
        going = {each.pk for each in leaving}
        if not any(each.is_open_at(now) for each in heads if each.pk not in going):
            raise WrongState(
                _(
                    "This is the last compliance lead. Let another one join first: without one nobody could"
                    " keep the roster of the exchange."
                )
                if agency_id is None
                else _(
                    "This is the agency’s last supervisor. Let another one join first: without one nobody"
                    " could sign off or keep the roster. To shut this person out at once, suspend."
                ),
                code="last-of-role",
            )


def heads(agency_id: UUID | None, now: datetime, *, besides: Collection[UUID] = ()) -> list[User]:
    """The supervisors of the agency, or the leads of the exchange, who get in now."""
    return _open(Membership.objects.filter(agency=agency_id, role=head_role(agency_id)), now, besides)


def compliance(now: datetime, *, besides: Collection[UUID] = ()) -> list[User]:
    roles = [Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD]
    return _open(Membership.objects.filter(role__in=roles), now, besides)


def keepers(agency_id: UUID | None, now: datetime, *, besides: Collection[UUID] = ()) -> list[User]:
    """Whom to tell of the roster: the heads; where an agency has no other one, compliance."""
    people = heads(agency_id, now, besides=besides)
    return people if people or agency_id is None else compliance(now, besides=besides)


def _open(memberships: QuerySet[Membership], now: datetime, besides: Collection[UUID]) -> list[User]:
    rows = memberships.filter(ended_at=None).select_related("user")
    return [each.user for each in rows if each.is_open_at(now) and each.user_id not in besides]


def roster_path(agency_id: UUID | None) -> str:
    """Where the house's roster stands, for its own people and for compliance alike."""
    if agency_id is None:
        return reverse("roster-list")
    return reverse("agency-roster-list", args=[agency_id])


def stands(person_id: UUID | None, agency_id: UUID | None) -> bool:
    """Whether what this person signed about the house's people still counts. A job's signature always does.

    Neither gone nor suspended, and still in a role that keeps this roster: whom two people have taken out of
    it since, their word lets nobody in any more.
    """
    if person_id is None:
        return True
    keeping = Q(role=Role.COMPLIANCE_LEAD)
    if agency_id is not None:
        keeping |= Q(role=Role.COMPLIANCE_REVIEWER) | Q(role=Role.SUPERVISOR, agency=agency_id)
    return Membership.objects.filter(keeping, user_id=person_id, ended_at=None, suspended_at=None).exists()
