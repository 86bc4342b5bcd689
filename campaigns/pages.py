"""What several campaign pages share: finding the campaign, the way back, a warning as drawn."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign
from campaigns.models.campaign import AgeBand, Network, ScamType, Unconfirmed
from portal.access import check
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState
from portal.kernel.languages import direction

# What a page would begin that its flow refuses in quarantine.
STOPPED = frozenset({"campaigns.edit", "campaigns.submit", "campaigns.review"})


def found(campaign_id: UUID, actor: Actor, permission: str) -> Campaign:
    """The campaign for reading; raises NotVisible or Forbidden. Flows lock and check again."""
    campaign = (
        Campaign.objects.visible_to(actor)
        .select_related("agency", "in_review", "claimed_by")
        .filter(pk=campaign_id)
        .first()
    )
    if campaign is None:
        raise NotVisible
    check(actor, permission, campaign)
    if campaign.quarantined_at is not None and permission in STOPPED:
        raise WrongState(
            _("It is in quarantine: nothing can be done with it until compliance has looked at it."),
            code="quarantined",
        )
    return campaign


def crumbs(campaign: Campaign | None = None) -> list[tuple[str, str]]:
    way = [(_("Campaigns"), reverse("campaigns-list"))]
    if campaign is not None:
        way.append((campaign.title, reverse("campaigns-view", args=[campaign.pk])))
    return way


def number_in(text: str | None) -> int:
    """A whole number of a form or an address; 0, which numbers nothing, for whatever else stands there."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def warning_of(content: dict[str, Any], tag: str) -> dict[str, Any]:
    """One language of a frozen content, as elements/warning.html draws it."""
    agency = content["agency"]
    return drawn(content["texts"][tag], agency["name"].get(tag, ""), agency.get("mark"), tag.lower())


def drawn(
    text: dict[str, Any], agency_name: str, mark: dict[str, Any] | None, language: str
) -> dict[str, Any]:
    """`text` as it is frozen in one language, with what stands around it."""
    return {
        **text,
        "language": language,
        "direction": direction(language),
        "agency_name": agency_name,
        "mark": mark and {**mark, "url": reverse("marks-view", args=[mark["sha256"]])},
    }


def audience_of(content: dict[str, Any]) -> dict[str, Any]:
    """A frozen audience, as campaigns/audience.html draws it."""
    window = content["window"]
    ends_at = window["ends_at"]
    return {
        "scam_type": ScamType(content["scam_type"]).label,
        "regions": content["regions"],
        "languages": list(content["texts"]),
        "default_language": content["default_language"],
        "starts_at": datetime.fromisoformat(window["starts_at"]),
        "ends_at": ends_at and datetime.fromisoformat(ends_at),
        "priority": content["priority"],
        "mark": content.get("agency", {}).get("mark"),
        "conditions": list(_conditions(content.get("conditions") or {})),
        "showing": _showing(content.get("showing")),
        "unconfirmed": Unconfirmed(content.get("unconfirmed_seconds", 0)).label,
    }


def _conditions(given: dict[str, Any]) -> Iterator[str]:
    if amount := given.get("min_amount"):
        value = number_format(Decimal(amount["value"]), decimal_pos=2, use_l10n=True, force_grouping=True)
        yield _("From %(amount)s %(currency)s") % {"amount": value, "currency": amount["currency"]}
    if assets := given.get("assets"):
        yield _("Assets: %(names)s") % {"names": ", ".join(assets)}
    if networks := given.get("networks"):
        yield _("Networks: %(names)s") % {"names": ", ".join(str(Network(each).label) for each in networks)}
    if given.get("new_address"):
        yield _("Only the first withdrawal to an address")
    if days := given.get("account_younger_than_days"):
        yield ngettext(
            "Accounts younger than %(days)d day", "Accounts younger than %(days)d days", days
        ) % {"days": days}  # fmt: skip
    if bands := given.get("age_bands"):
        yield _("Age of the user: %(bands)s") % {
            "bands": ", ".join(str(AgeBand(each).label) for each in bands)
        }


def _showing(rule: dict[str, int] | None) -> str:
    if rule is None:
        return _("At every withdrawal")
    times = ngettext("At most %(count)d time", "At most %(count)d times", rule["at_most"]) % {
        "count": rule["at_most"]
    }
    period = ngettext("in %(days)d day", "in %(days)d days", rule["per_days"]) % {"days": rule["per_days"]}
    return _("%(times)s %(period)s, to one person") % {"times": times, "period": period}
