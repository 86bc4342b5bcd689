"""Whom a recall reaches, and what its regions are left with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from campaigns.models import Campaign, Publication
from portal.kernel.regions import with_country
from portal.models.agency import AgencyStatus

# More than a region has at once; what is over that is counted in no sentence of the page.
MOST = 100


@dataclass(frozen=True, slots=True)
class Left:
    """What users of one region are still shown, by headline and agency, as anybody can read it in public."""

    region: str
    warnings: list[tuple[str, str]]


def served_by(campaign: Campaign, now: datetime) -> list[Publication]:
    """What a recall would end, the live one first."""
    publications = campaign.publications.select_related("version", "recalled_by")
    served = (each for each in publications if each.is_servable_at(now))
    return sorted(served, key=lambda each: each.starts_at)


def left_without(regions: list[str], *, but: UUID, now: datetime) -> list[Left]:
    """Of other campaigns, by region; of training agencies, and of those out of standing, nothing."""
    wanted = {region: with_country(region) for region in regions}
    codes = sorted({code for each in wanted.values() for code in each})
    live = (
        Publication.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=now),
            Q(superseded_at=None) | Q(superseded_at__gt=now),
            recalled_at=None,
            starts_at__lte=now,
            campaign__agency__is_training=False,
            campaign__agency__status=AgencyStatus.APPROVED,
            version__content__regions__has_any_keys=codes,
        )
        .exclude(campaign_id=but)
        .select_related("version")
        .order_by("-published_at")[:MOST]
    )
    contents = [each.version.content for each in live]
    return [
        Left(
            region,
            [
                (_in_default(content)["headline"], content["agency"]["name"][content["default_language"]])
                for content in contents
                if set(each) & set(content["regions"])
            ],
        )
        for region, each in wanted.items()
    ]


def _in_default(content: dict[str, Any]) -> dict[str, Any]:
    text: dict[str, Any] = content["texts"][content["default_language"]]
    return text


def corrects(campaign: Campaign) -> Publication | None:
    """The recalled publication that the campaign's next version puts right: the newest, if recalled."""
    newest = campaign.publications.select_related("version", "recalled_by").first()
    return newest if newest is not None and newest.recalled_at is not None else None
