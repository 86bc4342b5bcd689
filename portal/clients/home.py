"""Which API keys need a lead's attention: on the home page, and as states that the lists draw."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access import allowed
from portal.clients.pages import attention
from portal.kernel.actor import Actor
from portal.models import ClientKey
from portal.ui.home import Panel, register
from portal.ui.words import Badge, register_badge

SHOWN = 8

register_badge("ending", Badge("wait", "hourglass", _("Ending")))


def panels(actor: Actor) -> list[Panel]:
    if not allowed(actor, "clients.rotate"):
        return []
    now = timezone.now()
    keys = ClientKey.objects.needing_attention_at(now).select_related("client", "replaced_by")
    rows = [
        {
            "url": reverse("clients-view", args=[key.client_id]),
            "title": key.client.name,
            "detail": f"{key.prefix} · {attention(key, now)}",
            "status": key.state_at(now).value,
            "status_label": key.state_at(now).label,
        }
        for key in keys.order_by("expires_at", "pk")[:SHOWN]
    ]
    return [
        Panel(
            title=_("API keys"),
            empty=_("No API key needs attention."),
            url=f"{reverse('clients-list')}?show=attention",
            rows=rows,
        )
    ]


register(panels)
