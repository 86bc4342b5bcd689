"""A region's Atom feed of CAP documents: what is published, and for two days what was cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.views.decorators.http import require_safe

from campaigns.models import Publication
from campaigns.public import cap
from campaigns.public.sharing import shared
from portal.access import public
from portal.kernel.regions import is_region, with_country
from portal.models.agency import AgencyStatus
from portal.ui.regions import region_label

CANCELLED_STAY = timedelta(hours=48)
ENTRIES_MAX = 100


@dataclass(frozen=True, slots=True)
class Entry:
    publication: Publication
    kind: str

    @property
    def sent_at(self) -> datetime:
        return cap.sent_at(self.publication, self.kind)

    @property
    def path(self) -> str:
        name = "cap-cancel" if self.kind == cap.CANCEL else "cap-alert"
        return reverse(name, args=[self.publication.pk])


class CapFeed(Atom1Feed):
    """Atom whose entries name the type of what they link to."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement(
            "link", "", {"href": item["link"], "rel": "alternate", "type": cap.CONTENT_TYPE}
        )


def entries(region: str, now: datetime) -> list[Entry]:
    """Newest first. Nothing of a training agency, or of one that has lost its standing."""
    publications = (
        Publication.objects.filter(
            # A cancel stays its two days, whatever its window or a successor would have made of it.
            Q(recalled_at__gt=now - CANCELLED_STAY)
            | (
                Q(recalled_at=None)
                & (Q(ends_at=None) | Q(ends_at__gt=now))
                & (Q(superseded_at=None) | Q(superseded_at__gt=now))
            ),
            # The audience that was approved, not the draft's that may stand beside it.
            version__content__regions__has_any_keys=list(with_country(region)),
            campaign__agency__is_training=False,
            campaign__agency__status=AgencyStatus.APPROVED,
        )
        .select_related("version", "campaign__agency")
        # By what was said last: many newer warnings do not push a cancel of an older one out.
        .order_by(Coalesce("recalled_at", "published_at").desc())[:ENTRIES_MAX]
    )
    found = [Entry(each, cap.CANCEL if each.recalled_at else cap.ALERT) for each in publications]
    return sorted(found, key=lambda entry: entry.sent_at, reverse=True)


@require_safe
@public("warnings are for everybody")
@shared
def region_feed(request: HttpRequest, region: str) -> HttpResponse:
    if not is_region(region):
        raise Http404
    now = timezone.now()
    listed = entries(region, now)
    feed = CapFeed(
        title=f"{region_label(region)}: warnings at the moment of withdrawal",
        link=f"{settings.BASE_URL}{reverse('public-region', args=[region])}",
        description="",
        feed_url=f"{settings.BASE_URL}{reverse('cap-feed', args=[region])}",
        feed_guid=f"{settings.BASE_URL}{reverse('cap-feed', args=[region])}",
        author_name="Law-Enforcement Partner Portal",
        language="en",
    )
    for entry in listed:
        content = entry.publication.version.content
        text = content["texts"][content["default_language"]]
        feed.add_item(
            title=cap.fitting(("Cancelled: " if entry.kind == cap.CANCEL else "") + text["headline"]),
            link=f"{settings.BASE_URL}{entry.path}",
            description=escape(cap.fitting(_summary(text, entry.kind))),  # readers take it for HTML
            unique_id=f"urn:uuid:{entry.publication.pk}" + ("#cancel" if entry.kind == cap.CANCEL else ""),
            pubdate=entry.publication.published_at,
            updateddate=entry.sent_at,
            author_name=cap.fitting(content["agency"]["name"][content["default_language"]]),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _summary(text: dict[str, Any], kind: str) -> str:
    """What was recalled is not spread further by the entry that says so."""
    return "" if kind == cap.CANCEL else str(text["body"])


@require_safe
@public("a CAP document is for everybody")
@shared
def alert(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    return _document(publication_id, cap.ALERT)


@require_safe
@public("that a warning was recalled is for everybody")
@shared
def cancel(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    return _document(publication_id, cap.CANCEL)


def _document(publication_id: UUID, kind: str) -> HttpResponse:
    publication = (
        Publication.objects.filter(pk=publication_id, campaign__agency__is_training=False)
        .select_related("version", "campaign__agency")
        .first()
    )
    if publication is None or (kind == cap.CANCEL and publication.recalled_at is None):
        raise Http404
    if kind == cap.ALERT and publication.campaign.agency.status != AgencyStatus.APPROVED:
        raise Http404
    if kind == cap.ALERT and publication.recalled_at is not None:
        # Its words were taken back; the Cancel says so.
        return HttpResponse(status=410, content_type="text/plain")
    earlier = (
        Publication.objects.filter(
            campaign_id=publication.campaign_id, published_at__lt=publication.published_at
        )
        .select_related("campaign__agency")
        .order_by("-published_at")
        .first()
    )
    body = cap.document(publication, earlier, kind)
    return HttpResponse(body, content_type=f"{cap.CONTENT_TYPE}; charset=utf-8")
