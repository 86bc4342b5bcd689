"""The scheduler's side of standing: agencies that nobody has been there for, lapse."""

import structlog
from celery import shared_task
from django.utils import timezone

from portal.agencies.standing.flows import lapse_agency
from portal.agencies.standing.idle import idle_at
from portal.kernel.actor import Actor
from portal.kernel.errors import WrongState

# The trail is written in one language.
WHY = "Nobody of the agency could act here for a long time."
log = structlog.get_logger(__name__)


@shared_task(name="portal.agencies.lapse_idle")
def lapse_idle() -> int:
    """How many lapsed. Each by itself: what keeps one from it keeps no other."""
    now = timezone.now()
    lapsed = 0
    for agency_id in list(idle_at(now).values_list("pk", flat=True)):
        try:
            lapse_agency(agency_id, actor=Actor.system("lapse"), now=now, why=WHY)
        except WrongState:
            log.info("agency is no longer idle", agency=str(agency_id))
        else:
            lapsed += 1
    return lapsed
