"""How case requests stand on the page of what is in quarantine."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casesupport.models import CaseRequest
from casesupport.quarantine.flows import release
from portal.agencies.standing import quarantine, reach
from portal.kernel.actor import Actor


def waiting(actor: Actor) -> QuerySet[CaseRequest]:
    return (
        CaseRequest.objects.visible_to(actor)
        .filter(quarantined_at__isnull=False)
        .select_related("agency")
        .order_by("quarantined_at", "pk")
    )


def row(case_request: CaseRequest) -> dict[str, Any]:
    return {
        "url": reverse("requests-view", args=[case_request.pk]),
        "title": case_request.reference,
        "detail": case_request.get_type_display(),
        "status": case_request.status,
        "status_label": case_request.get_status_display(),
    }


quarantine.register(
    quarantine.Source(
        name="requests",
        title=_("Case requests"),
        permission="requests.release",
        waiting=waiting,
        row=row,
        release=release,
    )
)
reach.register("requests", _("Case requests put into quarantine: drafts, and those that are open"))
