"""How campaigns stand on the page of what is in quarantine."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.quarantine.flows import release
from portal.agencies.standing import quarantine, reach
from portal.kernel.actor import Actor


def waiting(actor: Actor) -> QuerySet[Campaign]:
    return (
        Campaign.objects.visible_to(actor)
        .filter(quarantined_at__isnull=False)
        .select_related("agency")
        .order_by("quarantined_at", "pk")
    )


def row(campaign: Campaign) -> dict[str, Any]:
    return {
        "url": reverse("campaigns-view", args=[campaign.pk]),
        "title": campaign.title,
        "detail": campaign.get_scam_type_display(),
        "status": campaign.status,
        "status_label": campaign.get_status_display(),
    }


quarantine.register(
    quarantine.Source(
        name="campaigns",
        title=_("Campaigns"),
        permission="campaigns.release",
        waiting=waiting,
        row=row,
        release=release,
    )
)
reach.register("campaigns", _("Campaigns put into quarantine: drafts, and those in review"))
reach.register("warnings", _("Live warnings that stop at once"))
reach.register("flagged", _("Live warnings that stay live, with a flag on their page"))
reach.register("resumed", _("Warnings that are served again"))
