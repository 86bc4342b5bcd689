"""Who may read, verify and hand out the audit trail: the auditor all of it, a compliance lead may read."""

import rules

from portal.access.permissions import is_auditor, is_compliance_lead, is_system, needs_proof

for verb in ("list", "view", "heads"):
    rules.add_perm(f"audit.{verb}", is_auditor | is_compliance_lead)
rules.add_perm("audit.verify", is_auditor | is_compliance_lead | is_system)
# An export leaves the portal: a session left open must not be enough.
rules.add_perm("audit.export", is_auditor)
rules.add_perm("audit.download", is_auditor)
needs_proof("audit.export", "audit.download")
