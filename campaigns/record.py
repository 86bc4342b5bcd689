"""An agency's record in campaigns, for its trust page."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign
from portal.access import allowed
from portal.agencies.record import Fact, register
from portal.kernel.actor import Actor
from portal.models import Agency


def facts(agency: Agency, actor: Actor) -> list[Fact]:
    if not allowed(actor, "campaigns.list"):
        return []
    counted = (
        Campaign.objects.visible_to(actor)
        .filter(agency=agency)
        .aggregate(
            published=Count("pk", distinct=True, filter=Q(publications__isnull=False)),
            recalled=Count("publications", distinct=True, filter=Q(publications__recalled_at__isnull=False)),
            rejected=Count("pk", distinct=True, filter=Q(status=CampaignStatus.REJECTED)),
        )
    )
    found = [Fact(_("Campaigns published"), counted["published"])]
    if counted["recalled"]:
        found.append(Fact(_("Publications recalled"), counted["recalled"], tone="bad"))
    if counted["rejected"]:
        found.append(Fact(_("Campaigns rejected"), counted["rejected"]))
    return found


register(facts)
