"""A draft that begins with words that are there already: another campaign's, the library's, a file's."""

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.authoring import flows
from campaigns.authoring.audience import Audience
from campaigns.authoring.text import WorkingText, listed, string
from campaigns.models import Campaign, Contribution
from campaigns.models.campaign import TITLE_MAX
from portal.access import check
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid
from portal.kernel.languages import NAMES, bcp47
from portal.models import Agency

FILE_MAX_BYTES = 1024 * 1024
FORMS = (1, 2, 3)
MONTH = timedelta(days=28)


@transaction.atomic
def duplicate(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """A draft of the own agency with the same words and audience; its window begins now."""
    campaign = flows.locked(campaign_id, actor)
    check(actor, "campaigns.duplicate", campaign)
    length = None if campaign.ends_at is None else campaign.ends_at - campaign.starts_at
    audience = replace(
        Audience.of(campaign),
        title=(_("Copy of %(title)s") % {"title": campaign.title})[:TITLE_MAX],
        starts_at=now,
        ends_at=None if length is None else now + length,
    )
    copy = flows.create(
        actor=actor, now=now, audience=audience, text=WorkingText.of(campaign),
        origin={"copy_of": str(campaign.pk)},
    )  # fmt: skip
    _carry_contributors(campaign, copy)
    return copy


def _carry_contributors(source: Campaign, copy: Campaign) -> None:
    """Whoever wrote the words wrote them in the copy too, and approves it as little."""
    for each in source.contributions.all():
        Contribution.objects.get_or_create(
            campaign=copy, person_id=each.person_id, defaults={"first_at": each.first_at}
        )


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
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation, RecursionError) as refused:
        what = str(refused)[:80]
        raise _wrong(_("The file is not the frozen form of a campaign: %(what)s."), what=what) from None
    was = _uuid(frozen.get("campaign"))
    taken = flows.create(
        actor=actor, now=now, audience=audience, text=text, origin={"taken_in": str(was or "")}
    )
    if source := Campaign.objects.visible_to(actor).filter(pk=was).first():
        _carry_contributors(source, taken)
    return taken


def read(content: bytes) -> dict[str, Any]:
    """The file as a mapping; raises Invalid({"file": …})."""
    if len(content) > FILE_MAX_BYTES:
        raise _wrong(_("The file is larger than 1 MB."))
    try:
        frozen = json.loads(
            content, object_pairs_hook=_named_once, parse_constant=_no_number, parse_float=_finite
        )
        # Half a surrogate pair is JSON, and nothing that could be kept or shown.
        json.dumps(frozen, ensure_ascii=False).encode()
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
    default = string(frozen["default_language"]).lower()
    headline = string(frozen["texts"][frozen["default_language"]]["headline"])
    younger = conditions.get("account_younger_than_days")
    return Audience(
        title=" ".join(headline.split())[:TITLE_MAX],
        scam_type=string(frozen["scam_type"]),
        regions=_strings(frozen["regions"]),
        languages=[tag.lower() for tag in frozen["texts"]],
        default_language=default,
        starts_at=_moment(window["starts_at"]),
        ends_at=_moment(window["ends_at"]) if window["ends_at"] is not None else None,
        time_zone=string(window.get("time_zone") or agency.time_zone),
        priority=_integer(frozen["priority"]),
        min_amount=Decimal(string(amount["value"])) if amount else None,
        min_amount_currency=string(amount["currency"]) if amount else "",
        assets=_strings(conditions.get("assets", [])),
        networks=_strings(conditions.get("networks", [])),
        only_new_address=conditions.get("new_address") is True,
        account_younger_than_days=None if younger is None else _integer(younger),
        age_bands=_strings(conditions.get("age_bands", [])),
        show_at_most=_integer(showing["at_most"]) if showing else None,
        show_per_days=_integer(showing["per_days"]) if showing else None,
        unconfirmed_seconds=_integer(frozen.get("unconfirmed_seconds", 0)),
    )


def _strings(value: Any) -> list[str]:
    return [string(each) for each in listed(value)]


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice is read by one program as the first, by another as the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _wrong(message: Any, **values: str) -> Invalid:
    return Invalid({"file": [message % values if values else message]})
