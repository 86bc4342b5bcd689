"""Whoever sets where an agency signs in could let anybody in: a lead with a fresh second factor."""

import rules

from portal.access.permissions import is_auditor, is_compliance_lead, needs_proof

rules.add_perm("agencies.view_provider", is_compliance_lead | is_auditor)
rules.add_perm("agencies.set_provider", is_compliance_lead)
rules.add_perm("agencies.remove_provider", is_compliance_lead)

needs_proof("agencies.set_provider", "agencies.remove_provider")
