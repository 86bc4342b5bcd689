"""What waits for this person among the campaigns."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign
from portal.access import allowed
from portal.kernel.actor import Actor
from portal.ui.home import Panel, register

SHOWN = 8


def _rows(campaigns: list[Campaign], page: str) -> list[dict[str, object]]:
    return [
        {
            "url": reverse(page, args=[campaign.pk]),
            "title": campaign.title,
            "detail": ", ".join(campaign.regions),
            "status": campaign.status,
            "status_label": campaign.get_status_display(),
        }
        for campaign in campaigns
    ]


def panels(actor: Actor) -> list[Panel]:
    found = []
    listed = reverse("campaigns-list")
    visible = Campaign.objects.visible_to(actor).in_a_list()
    if allowed(actor, "campaigns.review"):
        found.append(
            Panel(
                title=_("To approve"),
                empty=_("No campaign waits for your approval."),
                url=reverse("campaigns-queue"),
                rows=_rows(list(visible.awaiting(actor)[:SHOWN]), "campaigns-review"),
            )
        )
    if allowed(actor, "campaigns.release"):
        waiting = visible.filter(quarantined_at__isnull=False)
        if count := waiting.count():
            found.append(
                Panel(
                    title=_("Campaigns in quarantine"),
                    total=count,
                    empty="",
                    url=f"{reverse('quarantine-list')}?kind=campaigns",
                    rows=_rows(list(waiting.order_by("quarantined_at")[:SHOWN]), "campaigns-view"),
                )
            )
    if allowed(actor, "campaigns.create"):
        found.append(
            Panel(
                title=_("Drafts"),
                empty=_("No draft is open."),
                url=f"{listed}?status=draft",
                rows=_rows(
                    list(visible.filter(status=CampaignStatus.DRAFT, quarantined_at=None)[:SHOWN]),
                    "campaigns-view",
                ),
            )
        )
    return found


register(panels)
