"""The roster's page: who is here, who was asked in, what waits for a second person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access import allowed, requires
from portal.agencies.roster.house import roles_of
from portal.agencies.roster.listing import STANDINGS, Asked, dressed, factors_of, people
from portal.agencies.roster.pages import House, actor_of, house_of, may
from portal.kernel.actor import Actor
from portal.models import Invitation, Membership
from portal.models.membership import ROLE_LABELS
from portal.ui.pagination import paginate

VERBS = ("invite", "attest", "depart", "propose_role", "confirm_role", "confirm_invitation", "resend")


@require_safe
@requires("agencies.roster")
def list_people(request: HttpRequest, agency_id: UUID | None = None) -> HttpResponse:
    actor = actor_of(request)
    house = house_of(request, agency_id, "agencies.roster")
    now = timezone.now()
    asked = Asked.of(request.GET.dict())
    page = paginate(request, dressed(people(house.agency_id, asked, now), asked.sort))
    acts = may(actor, house, *VERBS)
    context = {
        "house": house,
        "urls": {verb: house.url(verb) for verb in ("list", "invite", "attest", "export")},
        "asked": asked,
        "page": page,
        "rows": [_row(each, actor, acts) for each in page],
        "roles": [(role.value, ROLE_LABELS[role]) for role in roles_of(house.agency_id)],
        "standings": STANDINGS.items(),
        "invitations": _invitations(house, actor, acts, now),
        "acts": acts,
    }
    return render(request, "agencies/roster/list.html", context)


def _row(membership: Membership, actor: Actor, acts: dict[str, bool]) -> dict[str, Any]:
    """A person, and what this actor can do about him or her."""
    is_self = membership.user_id == actor.person_id
    change = membership.change_id  # type: ignore[attr-defined]
    standing = membership.standing  # type: ignore[attr-defined]
    here = membership.ended_at is None
    return {
        "membership": membership,
        "is_self": is_self,
        "standing": standing,
        "standing_label": STANDINGS[standing],
        "factors": factors_of(membership),
        "change_id": change,
        "may_depart": acts["depart"] and here,
        "may_suspend": here and standing != "suspended" and allowed(actor, "people.suspend", membership),
        "may_reinstate": standing == "suspended" and allowed(actor, "people.reinstate", membership),
        "may_propose": acts["propose_role"]
        and here
        and not is_self
        and not change
        and standing != "suspended",
        "may_decide": change is not None
        and acts["confirm_role"]
        and not is_self
        and membership.change_proposed_by != actor.person_id,  # type: ignore[attr-defined]
    }


def _invitations(house: House, actor: Actor, acts: dict[str, bool], now: datetime) -> list[dict[str, Any]]:
    rows = (
        Invitation.objects.open()
        .filter(agency=house.agency_id)
        .select_related("invited_by", "confirmed_by")
        .order_by("-invited_at")
    )
    return [
        {
            "invitation": each,
            "is_open": each.is_open_at(now),
            "waits": each.confirmed_at is None,
            "may_confirm": acts["confirm_invitation"]
            and each.confirmed_at is None
            and each.is_open_at(now)
            and each.invited_by_id != actor.person_id,
            "may_resend": acts["resend"]
            and each.confirmed_at is not None
            and each.mailed_at is not None
            and each.is_open_at(now),
        }
        for each in rows[:200]
    ]
