"""What waits for a house's approval: the longest waiting first, with who looks at it and who may not."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import Campaign, Contribution, Remark
from portal.access import requires
from portal.kernel.actor import Actor
from portal.ui.pagination import paginate

CLAIMS = ("mine", "nobody")


def waiting(actor: Actor) -> QuerySet[Campaign]:
    """With `is_contributor` and `has_remarks` on each. It waits since its last change: to this stage."""
    return (
        Campaign.objects.visible_to(actor)
        .before(actor)
        .in_a_list("in_review__number", "claimed_by__name", "claimed_at")
        .select_related("in_review", "claimed_by")
        .annotate(
            is_contributor=Exists(
                Contribution.objects.filter(campaign=OuterRef("pk"), person_id=actor.person_id)
            ),
            has_remarks=Exists(Remark.objects.open().filter(campaign=OuterRef("pk"))),
        )
        .order_by("changed_at", "pk")
    )


@require_safe
@requires("campaigns.queue")
def queue(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked: dict[str, Any] = {name: request.GET.get(name, "").strip() for name in ("claim", "region")}
    found = waiting(actor)
    if asked["claim"] == "mine":
        found = found.filter(claimed_by_id=actor.person_id)
    elif asked["claim"] == "nobody":
        found = found.filter(claimed_by=None)
    if asked["region"]:
        found = found.filter(regions__contains=[asked["region"][:6].upper().replace("\x00", "")])
    context = {
        "page": paginate(request, found), "asked": asked, "filtered": any(asked.values()),
        "person_id": actor.person_id,
    }  # fmt: skip
    return render(request, "campaigns/review/queue.html", context)
