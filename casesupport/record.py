"""An agency's record in case requests, for its trust page."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from casesupport.lifecycle import OPEN_AT_EXCHANGE, WITH_AGENCY, RequestStatus
from casesupport.models import CaseRequest
from casesupport.models.target import TargetDecision
from portal.access import allowed
from portal.agencies.record import Fact, register
from portal.kernel.actor import Actor
from portal.models import Agency


def facts(agency: Agency, actor: Actor) -> list[Fact]:
    if not allowed(actor, "requests.list"):
        return []
    counted = (
        CaseRequest.objects.visible_to(actor)
        .filter(agency=agency)
        .exclude(status__in=WITH_AGENCY)
        .aggregate(
            submitted=Count("pk", distinct=True),
            open=Count("pk", distinct=True, filter=Q(status__in=OPEN_AT_EXCHANGE)),
            judged=Count("targets", distinct=True, filter=~Q(targets__decision="")),
            refused=Count("targets", distinct=True, filter=Q(targets__decision=TargetDecision.REFUSED)),
            discarded=Count("pk", distinct=True, filter=Q(status=RequestStatus.DISCARDED)),
        )
    )
    found = [
        Fact(_("Case requests submitted"), counted["submitted"]),
        Fact(_("Open at the exchange"), counted["open"]),
    ]
    if counted["judged"]:
        told = _("%(refused)d of %(judged)d") % counted
        found.append(Fact(_("Targets refused"), told))
    if counted["discarded"]:
        found.append(Fact(_("Discarded in quarantine"), counted["discarded"], tone="bad"))
    return found


register(facts)
