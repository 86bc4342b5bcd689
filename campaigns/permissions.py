"""Who may do what with a campaign (domain, section 2). The review flow itself excludes contributors."""

import rules

from portal.access.permissions import (
    is_auditor,
    is_compliance_reviewer,
    is_of_own_agency,
    is_officer,
    is_person,
    is_supervisor,
    needs_proof,
)
from portal.kernel.actor import Actor


@rules.predicate
def reads_campaigns(actor: Actor) -> bool:
    """Case analysts work on case requests alone; everyone else sees campaigns."""
    return is_officer(actor) or is_compliance_reviewer(actor) or is_auditor(actor)


own_officer = is_officer & is_of_own_agency
own_supervisor = is_supervisor & is_of_own_agency

rules.add_perm("campaigns.list", is_person & reads_campaigns)
rules.add_perm("campaigns.view", is_person & reads_campaigns)
rules.add_perm("campaigns.create", is_officer)
rules.add_perm("campaigns.add_mark", is_officer)
rules.add_perm("campaigns.edit", own_officer)
rules.add_perm("campaigns.translate", own_officer)
rules.add_perm("campaigns.review_translation", own_officer)
rules.add_perm("campaigns.duplicate", own_officer)
rules.add_perm("campaigns.take_in", is_officer)
rules.add_perm("campaigns.read_library", is_person & reads_campaigns)
rules.add_perm("campaigns.begin", is_officer)
rules.add_perm("campaigns.archive", own_officer)
rules.add_perm("campaigns.unarchive", own_officer)
rules.add_perm("campaigns.submit", own_officer)
rules.add_perm("campaigns.withdraw", own_officer)
rules.add_perm("campaigns.revise", own_officer)
rules.add_perm("campaigns.queue", is_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.claim", own_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.unclaim", own_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.remarks", is_person & reads_campaigns)
rules.add_perm("campaigns.remark", own_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.answer", own_officer | is_compliance_reviewer)
rules.add_perm("campaigns.settle", own_officer | is_compliance_reviewer)
rules.add_perm("campaigns.review", own_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.approve_agency_review", own_supervisor)
rules.add_perm("campaigns.approve_compliance_review", is_compliance_reviewer)
rules.add_perm("campaigns.approve", own_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.recall", own_supervisor | is_compliance_reviewer)
rules.add_perm("campaigns.release", is_compliance_reviewer)
rules.add_perm("campaigns.discard", is_compliance_reviewer)

needs_proof("campaigns.approve", "campaigns.recall", "campaigns.release", "campaigns.discard")
