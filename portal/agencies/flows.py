"""What every flow about an agency begins with: its row, under lock."""

from uuid import UUID

from portal.access import hold_standing
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible
from portal.models import Agency


def locked(agency_id: UUID, actor: Actor) -> Agency:
    """The agency's row under lock, to whom it is visible; raises NotVisible."""
    agency = Agency.objects.visible_to(actor).select_for_update().filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    hold_standing(actor)
    return agency
