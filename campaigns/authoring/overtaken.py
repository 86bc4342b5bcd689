"""A save that came second: what is saved beside what was typed, wherever they differ."""

import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.audience import Audience, frozen_audience
from campaigns.authoring.freeze import frozen_content, frozen_mark
from campaigns.authoring.text import WorkingText
from campaigns.models import Campaign
from campaigns.pages import audience_of
from campaigns.review.sides import Side, sides
from portal.kernel.errors import Invalid
from portal.kernel.languages import bcp47


@dataclass(frozen=True, slots=True)
class Overtaken:
    """`texts`: by language tag, the places that differ; `audience` is the typed one where it differs."""

    texts: dict[str, list[Side]]
    title: Side | None
    audience: dict[str, Any] | None
    audience_was: dict[str, Any]


def overtaken(campaign: Campaign, audience: Audience, text: WorkingText) -> Overtaken:
    """`campaign` as it is saved now; nothing is changed."""
    saved = frozen_content(campaign, 0)
    texts = {}
    for code in dict.fromkeys([*audience.languages, *campaign.languages]):
        tag = bcp47(code)
        mine = {"texts": {tag: text.in_language(code)}}
        if found := [each for each in sides(saved, mine, tag) if each.is_changed]:
            texts[tag] = found
    title = Side("title", _("Working title"), campaign.title, audience.title)
    was = audience_of(saved)
    return Overtaken(texts, title if title.is_changed else None, _typed(campaign, audience, was), was)


def _typed(campaign: Campaign, audience: Audience, was: dict[str, Any]) -> dict[str, Any] | None:
    """What cannot be saved anyway is not compared: the next save says what is wrong with it."""
    mine = copy.copy(campaign)
    try:
        audience.write(mine)
    except Invalid:
        return None
    texts: dict[str, Any] = {bcp47(code): {} for code in mine.languages}
    found = audience_of({**frozen_audience(mine), "texts": texts, "agency": {"mark": frozen_mark(mine.mark)}})
    return found if found != was else None
