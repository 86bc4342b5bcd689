"""What the roster's pages share: the house that is looked at, its addresses, the way back, who may act."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.access import allowed, check
from portal.agencies.roster.house import found_agency, roster_path
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import Agency, Membership


@dataclass(frozen=True, slots=True)
class House:
    """Stands for the house where permissions ask of which agency a thing is."""

    agency: Agency | None
    is_own: bool

    @property
    def agency_id(self) -> UUID | None:
        return self.agency.pk if self.agency else None

    @property
    def name(self) -> str:
        return str(self.agency) if self.agency else _("The exchange")

    def url(self, verb: str) -> str:
        if self.is_own:
            return reverse(f"roster-{verb}")
        return reverse(f"agency-roster-{verb}", args=[self.agency_id])


def house_of(request: HttpRequest, agency_id: UUID | None, permission: str) -> House:
    """The house in the address, or one's own; raises NotVisible, then Forbidden."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    is_own = agency_id is None
    house = House(found_agency(actor.agency_id if is_own else agency_id, actor), is_own)
    check(actor, permission, house)
    return house


def crumbs(agency_id: UUID | None, agency: Agency | None) -> list[tuple[str, str]]:
    """The way back to the roster."""
    label = _("Roster") if agency is None else _("Roster of %(agency)s") % {"agency": agency}
    return [(label, roster_path(agency_id))]


def found_membership(membership_id: UUID, actor: Actor, permission: str) -> Membership:
    """For reading; flows lock and check again."""
    membership = (
        Membership.objects.visible_to(actor).select_related("user", "agency").filter(pk=membership_id).first()
    )
    if membership is None:
        raise NotVisible
    check(actor, permission, membership)
    return membership


def may(actor: Actor, house: Any, *verbs: str) -> dict[str, bool]:
    return {verb: allowed(actor, f"agencies.{verb}", house) for verb in verbs}


def lay(form: forms.Form, refused: Invalid) -> None:
    """A flow's refusal beside the fields it names."""
    for name, texts in refused.errors.items():
        form.add_error(name if name in form.fields else None, [str(text) for text in texts])


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]
