"""Whom a warning is for, when, and how often: what is approved and frozen together with its text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.models import AgencyMark, Campaign
from campaigns.models.campaign import ASSET_MAX, TITLE_MAX, Unconfirmed
from portal.kernel.errors import Invalid, Text
from portal.kernel.languages import bcp47
from portal.kernel.words import unfit_line
from portal.kernel.zones import is_zone

MAX_ASSETS = 20
ASSET = re.compile(rf"[A-Z0-9]{{1,{ASSET_MAX}}}")
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """`ends_at` is exclusive; without it the warning is evergreen. A condition that is empty holds for all.

    `mark` is the id of one of the agency's marks.
    """

    title: str
    scam_type: str
    regions: Sequence[str]
    languages: Sequence[str]
    default_language: str
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str = "UTC"
    priority: int = 50
    mark: int | None = None
    min_amount: Decimal | None = None
    min_amount_currency: str = ""
    assets: Sequence[str] = ()
    networks: Sequence[str] = ()
    only_new_address: bool = False
    account_younger_than_days: int | None = None
    age_bands: Sequence[str] = ()
    show_at_most: int | None = None
    show_per_days: int | None = None
    unconfirmed_seconds: int = Unconfirmed.NEVER

    @classmethod
    def of(cls, campaign: Campaign) -> "Audience":
        given = {each.name: getattr(campaign, each.name) for each in fields(cls) if each.name != "mark"}
        return cls(**given, mark=campaign.mark_id)

    def write(self, campaign: Campaign) -> None:
        """Lay it on the campaign, unsaved; raises Invalid by field."""
        for each in fields(self):
            if each.name != "mark":
                setattr(campaign, each.name, getattr(self, each.name))
        # A frozen window is written to the second, so it is kept and compared to the second.
        campaign.starts_at = self.starts_at.replace(microsecond=0)
        campaign.ends_at = self.ends_at and self.ends_at.replace(microsecond=0)
        campaign.regions = sorted(set(self.regions))
        campaign.languages = list(dict.fromkeys(self.languages))
        campaign.assets = list(dict.fromkeys(each.strip().upper() for each in self.assets))
        campaign.networks = sorted(set(self.networks))
        campaign.age_bands = sorted(set(self.age_bands))
        errors = _refused_by_columns(campaign)
        for name, wrong in _refused_by_rules(campaign):
            errors.setdefault(name, []).append(wrong)
        campaign.mark = None
        if self.mark is not None:
            campaign.mark = AgencyMark.objects.filter(agency_id=campaign.agency_id, pk=self.mark).first()
            if campaign.mark is None:
                errors["mark"] = [_("This is not a mark of the agency.")]
        if errors:
            raise Invalid(errors)


def _refused_by_columns(campaign: Campaign) -> dict[str, list[Text]]:
    judged = {each.name for each in fields(Audience)} - {"mark"}
    try:
        campaign.clean_fields(exclude={each.name for each in campaign._meta.fields} - judged)
    except ValidationError as refused:
        return {name: list(messages) for name, messages in refused.message_dict.items()}
    return {}


def _refused_by_rules(campaign: Campaign) -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = [("title", each) for each in unfit_line(campaign.title, TITLE_MAX)]
    starts_at, ends_at = campaign.starts_at, campaign.ends_at
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        # Dates at the end of what a calendar holds cannot be shown in every zone.
        if moment is not None and not 2000 <= moment.year <= 2100:
            found.append((name, _("Choose a date between 2000 and 2100.")))
    if ends_at is not None and ends_at <= starts_at:
        found.append(("ends_at", _("The end must come after the start.")))
    if not is_zone(campaign.time_zone):
        found.append(("time_zone", _("Choose a time zone from the list.")))
    if campaign.default_language not in campaign.languages:
        found.append(("default_language", _("Choose one of the campaign's languages.")))
    if campaign.min_amount is not None and not CURRENCY.fullmatch(campaign.min_amount_currency):
        found.append(("min_amount_currency", _("Name the currency of the amount.")))
    if campaign.min_amount is None and campaign.min_amount_currency:
        found.append(("min_amount", _("Give the amount, or leave the currency out.")))
    if wrong := [each for each in campaign.assets if not ASSET.fullmatch(each)]:
        found.append(
            ("assets", _("Not the ticker of an asset: %(names)s.") % {"names": ", ".join(wrong)[:80]})
        )
    if len(campaign.assets) > MAX_ASSETS:
        found.append(("assets", _("At most %(limit)d entries.") % {"limit": MAX_ASSETS}))
    if (campaign.show_at_most is None) != (campaign.show_per_days is None):
        found.append(("show_at_most", _("Say both how often and in how many days, or neither.")))
    return found


def instant(moment: datetime) -> str:
    """UTC to the second, as RFC 3339 writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def frozen_audience(campaign: Campaign) -> dict[str, Any]:
    """The audience as it is frozen. Amounts are decimal strings; what is not set is left out."""
    conditions: dict[str, Any] = {}
    if campaign.min_amount is not None:
        conditions["min_amount"] = {
            "value": format(campaign.min_amount, "f"), "currency": campaign.min_amount_currency,
        }  # fmt: skip
    for name in ("assets", "networks", "age_bands", "account_younger_than_days"):
        if value := getattr(campaign, name):
            conditions[name] = value
    if campaign.only_new_address:
        conditions["new_address"] = True
    showing = None
    if campaign.show_at_most is not None:
        showing = {"at_most": campaign.show_at_most, "per_days": campaign.show_per_days}
    return {
        "scam_type": campaign.scam_type,
        "regions": sorted(campaign.regions),
        "default_language": bcp47(campaign.default_language),
        "window": {
            "starts_at": instant(campaign.starts_at),
            "ends_at": campaign.ends_at and instant(campaign.ends_at),
            "time_zone": campaign.time_zone,
        },
        "priority": campaign.priority,
        "conditions": conditions,
        "showing": showing,
        "unconfirmed_seconds": campaign.unconfirmed_seconds,
    }
