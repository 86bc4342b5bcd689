"""What waits for a house's approval: the longest waiting first, with who looks at it and who may not."""

from typing import Any

from django.db.models import DateTimeField, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import Campaign, Contribution, Decision, Remark
from portal.access import requires
from portal.kernel.actor import Actor
from portal.ui.pagination import paginate

CLAIMS = ("mine", "nobody")


def waiting(actor: Actor) -> QuerySet[Campaign]:
    """With `waits_since`, `is_contributor` and `has_remarks` on each."""
    # Since the other house approved it, else since it was submitted.
    decided = Decision.objects.filter(version=OuterRef("in_review")).order_by("-decided_at")
    return (
        Campaign.objects.visible_to(actor)
        .before(actor)
        .select_related("agency", "in_review", "claimed_by")
        .annotate(
            waits_since=Coalesce(
                Subquery(decided.values("decided_at")[:1]),
                "in_review__submitted_at",
                output_field=DateTimeField(),
            ),
            is_contributor=Exists(
                Contribution.objects.filter(campaign=OuterRef("pk"), person_id=actor.person_id)
            ),
            has_remarks=Exists(Remark.objects.open().filter(campaign=OuterRef("pk"))),
        )
        .order_by("waits_since", "pk")
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
