"""Who stops and who reinstates: one to stop, another one to let in again (the flows compare the two)."""

from typing import Any

import rules

from portal.access.permissions import (
    is_auditor,
    is_compliance_lead,
    is_compliance_reviewer,
    is_supervisor,
    is_system,
    needs_proof,
)
from portal.kernel.actor import Actor, Role


@rules.predicate
def is_officer_of_own(actor: Actor, thing: Any) -> bool:
    """A supervisor answers for the agency's officers; other supervisors are the exchange's to stop."""
    return thing is None or (thing.agency_id == actor.agency_id and thing.role == Role.OFFICER)


@rules.predicate
def is_of_an_agency(actor: Actor, thing: Any) -> bool:
    return thing is None or thing.agency_id is not None


@rules.predicate
def is_oneself(actor: Actor, thing: Any) -> bool:
    return thing is not None and thing.user_id == actor.person_id


supervises = is_supervisor & is_officer_of_own
# A reviewer who could stop the leads could not be stopped.
complies = (is_compliance_reviewer & is_of_an_agency) | is_compliance_lead

rules.add_perm("agencies.suspend", is_compliance_reviewer)
rules.add_perm("agencies.reinstate", is_compliance_reviewer)
rules.add_perm("agencies.lapse", is_compliance_reviewer | is_system)
rules.add_perm("people.suspend", (supervises | complies) & ~is_oneself)
# With a single lead left, a suspended colleague could never come back: here a reviewer's word counts.
rules.add_perm("people.reinstate", (supervises | is_compliance_reviewer) & ~is_oneself)
rules.add_perm("suspensions.view", is_supervisor | is_compliance_reviewer | is_auditor)
rules.add_perm("quarantine.list", is_compliance_reviewer | is_auditor)
rules.add_perm("quarantine.release", is_compliance_reviewer)

needs_proof(
    "agencies.suspend", "agencies.reinstate", "agencies.lapse", "people.suspend", "people.reinstate",
    "quarantine.release",
)  # fmt: skip
