"""How the roster's addresses are asked in the matrix: with invitations and a role change that wait."""

from datetime import datetime, timedelta
from typing import Any

from portal.agencies.roster.invitations import flows, links
from portal.agencies.roster.roles.flows import propose_role
from portal.kernel.actor import Role
from portal.models import Membership
from tests.people import House


def roster_tries(house: House, now: datetime) -> dict[str, tuple[Any, ...]]:
    earlier = now - timedelta(hours=1)

    def invited(actor: Any, name: str, role: Role) -> Any:
        return flows.invite(
            actor=actor, now=earlier, email=f"{name}@police.example", name=name.title(), role=role,
            agency_id=house.ours.pk,
        )  # fmt: skip

    sent = invited(house.supervisor, "newcomer", Role.OFFICER)
    waiting = invited(house.reviewer, "deputy", Role.SUPERVISOR)
    token = links.new_token(sent, now=earlier)
    person = Membership.objects.get(user_id=house.second_officer.person_id, ended_at=None)
    change = propose_role(person.pk, actor=house.supervisor, now=now, role=Role.SUPERVISOR, why="Promoted.")
    agency = {"agency_id": house.ours.pk}
    return {
        "account_invitation": ({"token": token},),
        "roster-confirm-invitation": ({"invitation_id": waiting.pk},),
        "roster-revoke-invitation": ({"invitation_id": waiting.pk},),
        "roster-resend": ({"invitation_id": sent.pk}, {}),
        "roster-propose-role": ({"membership_id": person.pk},),
        "roster-depart": ({"membership_id": person.pk},),
        "roster-confirm-role": ({"change_id": change.pk},),
        "roster-decline-role": ({"change_id": change.pk},),
        "agency-roster-list": (agency,),
        "roster-export": ({}, {}),
        "agency-roster-export": (agency, {}),
        "agency-roster-invite": (agency,),
        "agency-roster-attest": (agency,),
    }
