from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal import celery  # noqa: F401 - tasks bind to the application that exists when they are declared


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from portal import checks  # noqa: F401
        from portal.access import permissions  # noqa: F401
        from portal.agencies import events as agency_events  # noqa: F401
        from portal.agencies.application import events as application_events  # noqa: F401
        from portal.agencies.application import permissions as application_permissions  # noqa: F401
        from portal.agencies.application.flows import kept as kept_with_applications
        from portal.agencies.roster import events as roster_events  # noqa: F401
        from portal.agencies.roster import home as roster_home  # noqa: F401
        from portal.agencies.roster import permissions as roster_permissions  # noqa: F401
        from portal.agencies.standing import events as standing_events  # noqa: F401
        from portal.agencies.standing import permissions as standing_permissions  # noqa: F401
        from portal.agencies.vetting import events as vetting_events  # noqa: F401
        from portal.agencies.vetting import home as vetting_home  # noqa: F401
        from portal.agencies.vetting import permissions as vetting_permissions  # noqa: F401
        from portal.audit import home as audit_home  # noqa: F401
        from portal.audit import links
        from portal.audit import permissions as audit_permissions  # noqa: F401
        from portal.clients import events as client_events  # noqa: F401
        from portal.clients import home as client_home  # noqa: F401
        from portal.clients import permissions as client_permissions  # noqa: F401
        from portal.documents import keepers
        from portal.identity import events as identity_events  # noqa: F401
        from portal.identity import newcomers, signals  # noqa: F401
        from portal.identity import permissions as identity_permissions  # noqa: F401
        from portal.identity.openid import events as openid_events  # noqa: F401
        from portal.identity.openid import permissions as openid_permissions  # noqa: F401
        from portal.notices import trail  # noqa: F401
        from portal.ui.navigation import Item, register
        from portal.ui.words import Badge, register_badge

        keepers.register(kept_with_applications)
        links.register("agency", "agencies-view", "agencies.list")
        links.register("client", "clients-view", "clients.list")
        links.register("auditcheck", "audit-check", "audit.verify")
        links.register("auditexport", "audit-exported", "audit.export")
        register(Item(_("Home"), "home", "home", "portal.home", 0))
        register(Item(_("Agencies"), "agencies-list", "building-community", "agencies.list", 40))
        register(Item(_("Quarantine"), "quarantine-list", "shield-exclamation", "quarantine.list", 45))
        register(Item(_("Roster"), "roster-list", "users", "agencies.own_roster", 70))
        register_badge("cooling_off", Badge("info", "hourglass", _("Cooling off")))
        register_badge("locked_out", Badge("bad", "lock", _("Locked out")))
        register_badge("left", Badge("neutral", "user-off", _("Left")))
        register(Item(_("API clients"), "clients-list", "server", "clients.list", 80))
        register(Item(_("Audit trail"), "audit-list", "history", "audit.list", 90))
