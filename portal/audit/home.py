"""Whether the trail holds, on the home page of those who may verify it."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.access import allowed
from portal.kernel.actor import Actor
from portal.models import AuditCheck, AuditHead
from portal.ui.home import Panel, register
from portal.ui.templatetags.ui import since
from portal.ui.words import Badge, register_badge

register_badge("whole", Badge("good", "shield-check", gettext_lazy("Whole")))
register_badge("broken", Badge("stop", "shield-x", gettext_lazy("Broken")))
register_badge("signed", Badge("good", "signature", pgettext_lazy("status", "Signed")))


def panels(actor: Actor) -> list[Panel]:
    if not allowed(actor, "audit.verify"):
        return []
    return [
        Panel(
            title=gettext_lazy("Audit trail"),
            empty=gettext_lazy("It has not been verified yet."),
            url=reverse("audit-list"),
            rows=[*_check(), *_head()],
            counted=False,
        )
    ]


def _check() -> list[dict[str, Any]]:
    newest = AuditCheck.objects.exclude(finished_at=None).order_by("-finished_at").first()
    if newest is None:
        return []
    upto = _("Up to row %(row)d") % {"row": newest.upto_seq}
    return [
        {
            "url": reverse("audit-check", args=[newest.pk]),
            "title": _("Newest verification"),
            "detail": format_html("{} · {}", upto, since(newest.finished_at)),
            "status": "whole" if newest.is_whole else "broken",
            "status_label": "",
        }
    ]


def _head() -> list[dict[str, Any]]:
    newest = AuditHead.objects.order_by("-date").first()
    if newest is None:
        return []
    return [
        {
            "url": reverse("audit-heads"),
            "title": _("Signed head of %(day)s") % {"day": f"{newest.date:%Y-%m-%d}"},
            "detail": _("Newest row: %(row)d") % {"row": newest.seq or 0},
            "status": "signed",
            "status_label": "",
        }
    ]


register(panels)
