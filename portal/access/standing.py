"""Whether the actor still stands, asked inside the flow's transaction and held until it commits.

The middleware asked when the page was requested; a suspension may have been written since. Both rows are
locked for sharing: flows of many people go on side by side, and a suspension, which writes one of them, waits
for those that began before it and is waited for by those that begin after. So what it then puts into
quarantine is everything there is.

Every flow locks in one order, or two would wait for each other: agencies, then people (in one statement, if
they are more than the actor), then things, and the audit chain last, after which nothing is waited for.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden

AGENCIES = "SELECT id, status FROM portal_agency WHERE id = ANY(%s) ORDER BY id FOR SHARE"
MEMBERSHIP = """
SELECT 1 FROM portal_membership
WHERE user_id = %s AND role = %s AND agency_id IS NOT DISTINCT FROM %s
  AND ended_at IS NULL AND suspended_at IS NULL
FOR SHARE
"""


def hold_agencies(agency_ids: Collection[UUID]) -> set[UUID]:
    """Which of them are in good standing; all of them stay as they are until the transaction ends."""
    if not agency_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES, [list(agency_ids)])
        return {agency_id for agency_id, status in cursor.fetchall() if status == "approved"}


def hold_agency(agency_id: UUID) -> bool:
    """Whether the agency is in good standing; it stays so, or not so, until the transaction ends."""
    return agency_id in hold_agencies([agency_id])


def hold_standing(actor: Actor) -> None:
    """Raises Forbidden (no-standing) if the person or the agency was stopped in the meantime."""
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
