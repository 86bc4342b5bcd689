from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseSupportConfig(AppConfig):
    name = "casesupport"
    verbose_name = _("Case support")

    def ready(self) -> None:
        from casesupport import badges, events, home, permissions, record  # noqa: F401
        from casesupport.documents.flows import kept
        from casesupport.quarantine import receivers, source  # noqa: F401
        from portal.audit import links
        from portal.documents import keepers
        from portal.ui.navigation import Item, register

        keepers.register(kept)
        links.register("caserequest", "requests-view", "requests.list")
        register(Item(_("Case requests"), "requests-list", "briefcase", "requests.list", 20))
