"""A draft that begins with words that are there already: another campaign's, the library's, a file's."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.authoring import flows
from campaigns.authoring.audience import Audience
from campaigns.authoring.text import WorkingText
from campaigns.models import Campaign
from campaigns.models.campaign import TITLE_MAX
from portal.access import check
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.kernel.languages import NAMES, bcp47
from portal.models import Agency

FILE_MAX_BYTES = 1024 * 1024
FORMS = (1, 2)
MONTH = timedelta(days=28)


@transaction.atomic
def duplicate(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """A draft of the own agency with the same words and audience; its window begins now."""
    campaign = Campaign.objects.visible_to(actor).filter(pk=campaign_id).select_related("agency").first()
    if campaign is None:
        raise NotVisible
    check(actor, "campaigns.duplicate", campaign)
    length = campaign.ends_at and campaign.ends_at - campaign.starts_at
    audience = replace(
        Audience.of(campaign),
        title=(_("Copy of %(title)s") % {"title": campaign.title})[:TITLE_MAX],
        starts_at=now,
        ends_at=length and now + length,
    )
    return flows.create(
        actor=actor, now=now, audience=audience, text=WorkingText.of(campaign),
        origin={"copy_of": str(campaign.pk)},
    )  # fmt: skip


@transaction.atomic
def take_in(content: bytes, *, actor: Actor, now: datetime) -> Campaign:
    """A draft of the own agency from a campaign's frozen form. Raises Invalid({"file": …}).

    Nothing of the file is believed but its words and its audience: whose it was, its number, its approvals
    and its mark stay behind, and every rule of a draft is asked anew.
    """
    check(actor, "campaigns.take_in")
    frozen = read(content)
    agency = Agency.objects.visible_to(actor).get(pk=actor.agency_id)
    try:
        audience, text = audience_from(frozen, agency), WorkingText.from_frozen(frozen["texts"])
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as refused:
        what = str(refused)[:80]
        raise _wrong(_("The file is not the frozen form of a campaign: %(what)s."), what=what) from None
    return flows.create(
        actor=actor, now=now, audience=audience, text=text,
        origin={"taken_in": str(frozen.get("campaign", ""))[:36]},
    )  # fmt: skip


def read(content: bytes) -> dict[str, Any]:
    """The file as a mapping; raises Invalid({"file": …})."""
    if len(content) > FILE_MAX_BYTES:
        raise _wrong(_("The file is larger than 1 MB."))
    try:
        frozen = json.loads(content)
    except (ValueError, RecursionError):
        raise _wrong(_("The file is not JSON.")) from None
    if not isinstance(frozen, dict) or frozen.get("form") not in FORMS:
        raise _wrong(_("The file is not the frozen form of a campaign: %(what)s."), what="form")
    texts = frozen.get("texts")
    if not isinstance(texts, dict) or not texts:
        raise _wrong(_("The file is not the frozen form of a campaign: %(what)s."), what="texts")
    if unknown := set(texts) - set(map(bcp47, NAMES)):
        named = ", ".join(sorted(unknown))[:80]
        raise _wrong(_("Not a language that warnings are written in: %(what)s."), what=named)
    return frozen


def audience_from(frozen: dict[str, Any], agency: Agency) -> Audience:
    """Raises KeyError, TypeError or ValueError where the file says something else than a frozen form does."""
    window, conditions = frozen["window"], frozen.get("conditions") or {}
    amount, showing = conditions.get("min_amount"), frozen.get("showing")
    default = str(frozen["default_language"]).lower()
    headline = frozen["texts"][frozen["default_language"]]["headline"]
    return Audience(
        title=str(headline)[:TITLE_MAX],
        scam_type=str(frozen["scam_type"]),
        regions=[str(code) for code in frozen["regions"]],
        languages=[str(tag).lower() for tag in frozen["texts"]],
        default_language=default,
        starts_at=_moment(window["starts_at"]),
        ends_at=_moment(window["ends_at"]) if window["ends_at"] is not None else None,
        time_zone=str(window.get("time_zone") or agency.time_zone),
        priority=int(frozen["priority"]),
        min_amount=Decimal(str(amount["value"])) if amount else None,
        min_amount_currency=str(amount["currency"]) if amount else "",
        assets=[str(each) for each in conditions.get("assets", ())],
        networks=[str(each) for each in conditions.get("networks", ())],
        only_new_address=conditions.get("new_address") is True,
        account_younger_than_days=conditions.get("account_younger_than_days"),
        age_bands=[str(each) for each in conditions.get("age_bands", ())],
        show_at_most=showing["at_most"] if showing else None,
        show_per_days=showing["per_days"] if showing else None,
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _wrong(message: Any, **values: str) -> Invalid:
    return Invalid({"file": [message % values if values else message]})
