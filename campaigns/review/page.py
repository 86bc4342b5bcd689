"""The reviewer's page: one language at a time, what is live beside what is proposed, and what was said."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.authoring.guidance.check import findings_of
from campaigns.authoring.guidance.finding import Finding, Looked
from campaigns.authoring.text import WorkingText
from campaigns.models import Campaign, Publication, Remark, Version
from campaigns.models.publication import newest
from campaigns.models.remark import REMARK_MAX
from campaigns.models.version import ReviewReason
from campaigns.pages import audience_of, crumbs, found, warning_of
from campaigns.review.reach import corrects
from campaigns.review.sides import Side, sides
from campaigns.translating.state import states
from portal.access import allowed, requires
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError, WrongState
from portal.kernel.languages import bcp47

Errors = Mapping[str, list[Any]]


@require_safe
@requires("campaigns.review")
def review(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return review_page(request, found(campaign_id, request.actor, "campaigns.review"))  # type: ignore[attr-defined]


def review_page(request: HttpRequest, campaign: Campaign, errors: Errors | None = None) -> HttpResponse:
    """With what was typed, where a flow refused it."""
    version = campaign.in_review
    if version is None:
        raise WrongState(_("No version of this campaign is in review."))
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    content, live = version.content, _live(campaign, now)
    # A form that was refused names its language too.
    asked = request.POST.get("language") or request.GET.get("language", "")
    tag = bcp47(asked) if bcp47(asked) in content["texts"] else content["default_language"]
    tags = sorted(content["texts"], key=lambda each: (each != content["default_language"], each))
    compared = {each: sides(live.content if live else None, content, each) for each in tags}
    threads = list(Remark.objects.filter(campaign=campaign).threads())
    findings = findings_of(_looked(campaign, content, now))
    contributors = list(campaign.contributions.select_related("person").order_by("first_at"))
    is_contributor = any(each.person_id == actor.person_id for each in contributors)
    may_decide = not is_contributor and allowed(actor, f"campaigns.approve_{campaign.status}", campaign)
    claimed_by_other = campaign.claimed_by_id not in (None, actor.person_id)
    context = {
        "campaign": campaign,
        "version": version,
        "live": live,
        "crumbs": crumbs(campaign),
        "tag": tag,
        "languages": _languages(compared, threads, findings, with_changes=live is not None),
        "places": _with_threads(compared[tag], threads, tag),
        "elsewhere": [each for each in threads if not each.place or _is_gone(each, compared)],
        "findings": [each for each in findings if each.language in ("", tag.lower())],
        "proposed": warning_of(content, tag),
        "device": "desktop" if request.GET.get("device") == "desktop" else "phone",
        "theme": "dark" if request.GET.get("theme") == "dark" else "light",
        "audience": audience_of(content),
        "audience_was": audience_of(live.content) if live else None,
        "translations": states(campaign, WorkingText.from_frozen(content["texts"])),
        "contributors": contributors,
        "is_contributor": is_contributor,
        "may_decide": may_decide and not claimed_by_other,
        "may_claim": may_decide,
        "may_remark": allowed(actor, "campaigns.remark", campaign),
        "may_answer": allowed(actor, "campaigns.answer", campaign),
        "claimed_by_other": claimed_by_other,
        "open_remarks": sum(each.settled_at is None for each in threads),
        "remark_max": REMARK_MAX,
        "person_id": actor.person_id,
        "corrected": corrects(campaign),
        "decisions": version.decisions.select_related("person"),
        "reasons": ReviewReason.choices,
        "chosen": request.POST.getlist("reasons"),
        "comment": typed(request, "comment"),
        "typed_place": request.POST.get("place"),
        "typed_body": typed(request, "body"),
        "errors": [text for texts in (errors or {}).values() for text in texts],
        "field_errors": errors or {},
    }
    return render(request, "campaigns/review/review.html", context, status=422 if errors else 200)


def _live(campaign: Campaign, now: datetime) -> Version | None:
    together = Publication.objects.select_related("version")
    prefetch_related_objects([campaign], Prefetch("publications", queryset=together))
    publication = newest(campaign.publications.all(), now)
    return publication.version if publication and publication.is_servable_at(now) else None


def _looked(campaign: Campaign, content: Mapping[str, Any], now: datetime) -> Looked:
    ends_at = content["window"]["ends_at"]
    return Looked(
        text=WorkingText.from_frozen(content["texts"]),
        languages=[tag.lower() for tag in content["texts"]],
        regions=content["regions"],
        agency_regions=campaign.agency.regions,
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
        now=now,
    )


def _languages(
    compared: Mapping[str, list[Side]],
    threads: Iterable[Remark],
    findings: Iterable[Finding],
    *,
    with_changes: bool,
) -> list[dict[str, Any]]:
    """What waits to be read in each."""
    remarks = Counter(each.language for each in threads if each.settled_at is None)
    weak = Counter(each.language for each in findings)
    return [
        {
            "tag": tag,
            "changes": sum(each.is_changed for each in found) if with_changes else None,
            "remarks": remarks[tag.lower()],
            "findings": weak[tag.lower()],
        }
        for tag, found in compared.items()
    ]


def _with_threads(found: list[Side], threads: Iterable[Remark], tag: str) -> list[dict[str, Any]]:
    by_place: dict[str, list[Remark]] = defaultdict(list)
    for each in threads:
        if each.language == tag.lower() and each.place:
            by_place[each.place].append(each)
    return [{"side": side, "threads": by_place.get(side.key, []) if side.key else []} for side in found]


def _is_gone(thread: Remark, compared: Mapping[str, list[Side]]) -> bool:
    return all(side.key != thread.place for side in compared.get(bcp47(thread.language), ()))


def version_named(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("version", ""))
    except ValueError:
        raise PortalError(_("The form named no version.")) from None


def typed(request: HttpRequest, name: str) -> str:
    """Browsers send a line end as two characters and count it as one against the limit."""
    return request.POST.get(name, "").replace("\r\n", "\n")
