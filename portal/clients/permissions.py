"""Who may do what with API clients (domain, section 2): compliance leads, and auditors read.

To stop one leaked key is quick and asks for no proof. What opens a door does, and so does closing a client:
it cannot be taken back, and from then on nobody who withdraws there is warned.
"""

import rules

from portal.access.permissions import is_auditor, is_compliance_lead, is_system, needs_proof

rules.add_perm("clients.list", is_compliance_lead | is_auditor)
rules.add_perm("clients.view", is_compliance_lead | is_auditor)
rules.add_perm("clients.register", is_compliance_lead | is_system)
rules.add_perm("clients.edit", is_compliance_lead | is_system)
rules.add_perm("clients.issue", is_compliance_lead | is_system)
rules.add_perm("clients.rotate", is_compliance_lead | is_system)
rules.add_perm("clients.revoke", is_compliance_lead | is_system)
rules.add_perm("clients.close", is_compliance_lead | is_system)
rules.add_perm("clients.warn", is_system)

needs_proof("clients.register", "clients.edit", "clients.issue", "clients.rotate", "clients.close")
