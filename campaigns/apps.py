from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        from campaigns import events, home, permissions, record  # noqa: F401
        from campaigns.delivery import freshness, gauges, invalidation  # noqa: F401
        from campaigns.library import checks  # noqa: F401
        from campaigns.quarantine import receivers, source  # noqa: F401
        from portal.audit import links
        from portal.ui.navigation import Item, register

        links.register("campaign", "campaigns-view", "campaigns.list")
        register(Item(_("Campaigns"), "campaigns-list", "speakerphone", "campaigns.list", 10))
