"""Who reads and who keeps a roster. Without a thing the predicates answer for the role alone."""

from typing import Any

import rules

from portal.access.permissions import (
    is_auditor,
    is_compliance_lead,
    is_supervisor,
    is_system,
    needs_proof,
)
from portal.kernel.actor import Actor, Role


@rules.predicate
def keeps_roster(actor: Actor, thing: Any) -> bool:
    """A supervisor keeps the own agency's, compliance every agency's, a lead the exchange's."""
    if thing is None:
        return actor.is_a(Role.SUPERVISOR) or actor.is_a(Role.COMPLIANCE_REVIEWER)
    if thing.agency_id is None:
        return actor.is_a(Role.COMPLIANCE_LEAD)
    own = actor.is_a(Role.SUPERVISOR) and thing.agency_id == actor.agency_id
    return own or actor.is_a(Role.COMPLIANCE_REVIEWER)


VERBS = (
    "confirm_invitation",
    "revoke_invitation",
    "resend",
    "propose_role",
    "confirm_role",
    "decline_role",
    "attest",
    "depart",
)

rules.add_perm("agencies.roster", keeps_roster | is_auditor)
rules.add_perm("agencies.export_roster", keeps_roster | is_auditor)
rules.add_perm("agencies.own_roster", is_supervisor | is_compliance_lead | is_auditor)
rules.add_perm("agencies.invite", keeps_roster | is_system)
for verb in VERBS:
    rules.add_perm(f"agencies.{verb}", keeps_roster)

needs_proof("agencies.invite", *(f"agencies.{verb}" for verb in VERBS))
