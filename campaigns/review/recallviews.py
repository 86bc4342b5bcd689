"""The recall: what it would end, the one click that ends it, and afterwards where it has taken effect."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.delivery.stopped import stopping
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Publication
from campaigns.models.publication import RecallReason
from campaigns.outcomes.judging import LATEST
from campaigns.outcomes.shown import Shown, shown
from campaigns.pages import audience_of, crumbs, found
from campaigns.review import flows
from campaigns.review.page import typed
from campaigns.review.reach import left_without, served_by
from portal.access import allowed, requires
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, Stale
from portal.models import Client

RECENT = timedelta(hours=1)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("campaigns.recall")
def recall(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One person, a reason, and a page that says whom it reaches."""
    actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.recall")
    if request.method != "POST":
        return _recall_page(request, campaign)
    try:
        ended = flows.recall(
            campaign.pk,
            actor=actor,
            now=timezone.now(),
            code=request.POST.get("code", ""),
            why=typed(request, "why"),
            seen=_seen(request),
        )
    except (Invalid, Stale) as refused:
        return _recall_page(request, campaign, refused)
    messages.success(request, _("Recalled. Below is when each delivery process stopped serving it."))
    return redirect("campaigns-recalled", campaign.pk, min(ended, key=lambda each: each.starts_at).pk)


def _seen(request: HttpRequest) -> set[UUID]:
    """The publications that the form named; what is no id was never seen."""
    ids = set()
    for text in request.POST.getlist("publication"):
        try:
            ids.add(UUID(text))
        except ValueError:
            continue
    return ids


def _recall_page(
    request: HttpRequest, campaign: Campaign, refused: Invalid | Stale | None = None
) -> HttpResponse:
    now = timezone.now()
    served = served_by(campaign, now)
    if not served:
        raise flows.not_served(campaign)
    errors = refused.errors if isinstance(refused, Invalid) else {"": [refused.detail]} if refused else {}
    regions = list(dict.fromkeys(code for each in served for code in each.version.content["regions"]))
    context = {
        "campaign": campaign,
        "crumbs": crumbs(campaign),
        "served": [
            {"row": each, "phase": each.phase_at(now), "audience": audience_of(each.version.content)}
            for each in served
        ],
        "shown": shown([each.version_id for each in served], recent=now - RECENT, after=now),
        "since": min(each.published_at for each in served),
        "late_days": LATEST.days,
        "left": left_without(regions, but=campaign.pk, now=now),
        "codes": RecallReason.choices,
        "chosen": request.POST.get("code", ""),
        "why": typed(request, "why"),
        "field_errors": errors,
        "errors": [text for texts in errors.values() for text in texts],
    }
    return render(request, "campaigns/review/recall.html", context, status=refused.status if refused else 200)


@require_safe
@requires("campaigns.view")
def recalled(request: HttpRequest, campaign_id: UUID, publication_id: UUID) -> HttpResponse:
    """When each delivery process stopped serving it, and to whom it had been shown."""
    actor = request.actor  # type: ignore[attr-defined]
    campaign = found(campaign_id, actor, "campaigns.view")
    publications = list(campaign.publications.select_related("version", "recalled_by"))
    publication = next(
        (each for each in publications if each.pk == publication_id and each.recalled_at is not None), None
    )
    if publication is None or publication.recalled_at is None:
        raise NotVisible
    counts = shown(
        [publication.version_id],
        recent=publication.recalled_at - RECENT,
        after=publication.recall_announced_at or publication.recalled_at,
    )
    # Whoever does not know the exchange's machines sees how many there are, and what they did.
    knows_machines = allowed(actor, "clients.list")
    context = {
        "campaign": campaign,
        "publication": publication,
        "crumbs": crumbs(campaign),
        "code": publication.get_recall_code_display(),
        "audience": audience_of(publication.version.content),
        "may_go_on": publication.version.content.get("unconfirmed_seconds", 0) > 0,
        "together": [each for each in publications if _is_beside(each, publication)],
        "stopping": stopping(publication),
        "knows_machines": knows_machines,
        "commit_ms": _commit_ms(publication),
        "never_live": publication.starts_at > publication.recalled_at,
        "shown": counts,
        "clients": _clients(counts, actor, knows_machines),
        "late_days": LATEST.days,
        "acts": _acts(actor, campaign, publications),
    }
    return render(request, "campaigns/review/recalled.html", context)


def _is_beside(other: Publication, publication: Publication) -> bool:
    """Ended by the same click."""
    return other.pk != publication.pk and other.recalled_at == publication.recalled_at


def _commit_ms(publication: Publication) -> float | None:
    announced, committed = publication.recall_announced_at, publication.recall_committed_at
    return (committed - announced) / timedelta(milliseconds=1) if announced and committed else None


def _clients(counts: Shown, actor: Actor, knows_machines: bool) -> list[tuple[str, int]]:
    names: dict[UUID, str] = {}
    if knows_machines and counts.clients:
        ids = [client_id for client_id, _count in counts.clients]
        names = dict(Client.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "name"))
    return [
        (names.get(client_id) or _("Client %(number)d") % {"number": number}, count)
        for number, (client_id, count) in enumerate(counts.clients, 1)
    ]


def _acts(actor: Actor, campaign: Campaign, publications: list[Publication]) -> set[str]:
    """How this person goes on to the correction, as long as none is published."""
    if publications[0].recalled_at is None or campaign.quarantined_at or campaign.archived_at:
        return set()
    status = CampaignStatus(campaign.status)
    return {
        verb
        for verb in ("revise", "edit")
        if LIFECYCLE.allows(status, verb) and allowed(actor, f"campaigns.{verb}", campaign)
    }
