"""Who may do what with a case request (domain, section 2). Who may see which one, visible_to decides."""

from typing import Any

import rules

from portal.access.permissions import (
    is_auditor,
    is_case_analyst,
    is_compliance_lead,
    is_of_own_agency,
    is_officer,
    is_person,
    is_supervisor,
    needs_proof,
)
from portal.kernel.actor import Actor


@rules.predicate
def is_assigned(actor: Actor, thing: Any) -> bool:
    """Whoever claimed the case request works on it; a lead may step in."""
    return thing is None or thing.assigned_to_id == actor.person_id or is_compliance_lead(actor)


@rules.predicate
def is_not_submitter(actor: Actor, thing: Any) -> bool:
    return thing is None or thing.submitted_by_id != actor.person_id


own_officer = is_officer & is_of_own_agency
own_supervisor = is_supervisor & is_of_own_agency

rules.add_perm("requests.list", is_officer | is_case_analyst | is_auditor)
# Everyone may ask for one; who may not see it gets the same answer as for one that does not exist.
rules.add_perm("requests.view", is_person)
rules.add_perm("requests.read_document", is_person)
rules.add_perm("requests.create", is_officer)
rules.add_perm("requests.edit", own_officer)
rules.add_perm("requests.attach", own_officer)
rules.add_perm("requests.detach", own_officer)
rules.add_perm("requests.submit", own_officer)
rules.add_perm("requests.cosign", own_supervisor & is_not_submitter)
rules.add_perm("requests.withdraw", own_officer)
rules.add_perm("requests.answer", own_officer)
rules.add_perm("requests.claim", is_case_analyst)
rules.add_perm("requests.ask", is_case_analyst & is_assigned)
rules.add_perm("requests.decide", is_case_analyst & is_assigned)
rules.add_perm("requests.release", is_compliance_lead)
rules.add_perm("requests.discard", is_compliance_lead)

# The second signature under a freeze or an emergency is what a desk left open would be used for.
needs_proof("requests.cosign", "requests.release", "requests.discard")
