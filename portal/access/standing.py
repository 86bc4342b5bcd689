"""Whether the actor still stands, asked inside the flow's transaction and held until it commits.

The middleware asked when the page was requested; a suspension may have been written since. Both rows are
locked for sharing: flows of many people go on side by side, and a suspension, which writes one of them, waits
for those that began before it and is waited for by those that begin after. So what it then puts into
quarantine is everything there is.
"""

from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden

AGENCY = "SELECT 1 FROM portal_agency WHERE id = %s AND status = 'approved' FOR SHARE"
MEMBERSHIP = """
SELECT 1 FROM portal_membership
WHERE user_id = %s AND role = %s AND agency_id IS NOT DISTINCT FROM %s
  AND ended_at IS NULL AND suspended_at IS NULL
FOR SHARE
"""


def hold_agency(agency_id: UUID) -> bool:
    """Whether the agency is in good standing; if so, it stays so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(AGENCY, [agency_id])
        return cursor.fetchone() is not None


def hold_standing(actor: Actor) -> None:
    """Raises Forbidden (no-standing) if the person or the agency was stopped in the meantime.

    The agency first, as everywhere: who locks in another order would wait for each other.
    """
    if actor.kind != "person":
        return
    if actor.agency_id is not None and not hold_agency(actor.agency_id):
        raise _refusal()
    with connection.cursor() as cursor:
        cursor.execute(MEMBERSHIP, [actor.person_id, actor.role, actor.agency_id])
        if cursor.fetchone() is None:
            raise _refusal()


def _refusal() -> Forbidden:
    return Forbidden(_("Your access has ended. Nothing was done."), code="no-standing")
