"""Who may vet. Judging and deciding ask for a fresh second factor; reading and asking the DNS do not."""

import rules
from django.conf import settings

from portal.access.permissions import (
    is_auditor,
    is_compliance_reviewer,
    is_of_exchange,
    is_officer,
    is_system,
    needs_proof,
)
from portal.kernel.actor import Actor


@rules.predicate
def is_rehearsal(actor: Actor) -> bool:
    """A job of the demonstration or of a test. In production a person vets and another one decides."""
    return actor.kind == "system" and settings.MODE != "production"


rules.add_perm("agencies.list", is_of_exchange)
rules.add_perm("agencies.view", is_of_exchange | is_officer)
rules.add_perm("agencies.vetting", is_compliance_reviewer | is_auditor)
rules.add_perm("agencies.read_document", is_compliance_reviewer | is_auditor)
# What a name server or a mailbox answers, and what a comparison finds, a job logs.
rules.add_perm("agencies.check", is_compliance_reviewer | is_system)
rules.add_perm("agencies.vet", is_compliance_reviewer | is_rehearsal)
rules.add_perm("agencies.approve", is_compliance_reviewer | is_rehearsal)
rules.add_perm("agencies.refuse", is_compliance_reviewer | is_rehearsal)
rules.add_perm("agencies.vouch", is_rehearsal)

needs_proof("agencies.vet", "agencies.approve", "agencies.refuse")
