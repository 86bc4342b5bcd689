"""The guidance check: what would weaken the warning, before anybody is asked to approve it.

The measure is the UK regulator's list for effective warnings: specific, understandable, clear, impactful,
timely (domain, section 3). Some findings block submission, others advise; each says how to mend it.
"""

from campaigns.authoring.guidance.check import findings, findings_of
from campaigns.authoring.guidance.finding import Finding

__all__ = ["Finding", "findings", "findings_of"]
