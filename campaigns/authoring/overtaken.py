"""A save that came second: what is saved beside what was typed, wherever they differ."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.audience import Audience, frozen_audience
from campaigns.authoring.freeze import frozen_content, frozen_mark
from campaigns.authoring.text import PARTS, WorkingText
from campaigns.models import Campaign
from campaigns.pages import audience_of
from campaigns.review.sides import Side, sides
from portal.kernel.errors import Invalid
from portal.kernel.languages import NAMES, bcp47


@dataclass(frozen=True, slots=True)
class Overtaken:
    """`places`: (language tag, place) where they differ, without a tag what is said once for all languages;
    `audience` is the typed one where it differs.
    """

    places: list[tuple[str, Side]]
    audience: dict[str, Any] | None
    audience_was: dict[str, Any]


def overtaken(campaign: Campaign, audience: Audience, text: WorkingText) -> Overtaken:
    """`campaign` as it is saved now; nothing is changed."""
    was = _as_typed(audience_of(frozen_content(campaign, 0)))
    places = list(_places(campaign, audience, text))
    return Overtaken(places, _typed(campaign, audience, was), was)


def _places(campaign: Campaign, audience: Audience, text: WorkingText) -> Iterator[tuple[str, Side]]:
    title = Side("title", _("Working title"), campaign.title, audience.title)
    if title.is_changed:
        yield "", title
    saved = WorkingText.of(campaign)
    for row in (*saved.resources, *text.resources):
        row["languages"] = _in_order(row["languages"])
    told = set()
    for code in dict.fromkeys([*audience.languages, *campaign.languages]):
        tag = bcp47(code)
        theirs, mine = ({"texts": {tag: each.in_language(code)}} for each in (saved, text))
        for side in sides(theirs, mine, tag):
            name, _dot, rest = side.key.partition(".")
            is_once = bool(rest) and rest.partition(".")[2] in PARTS[name].once
            if side.is_changed and side.key not in told:
                yield "" if is_once else tag, side
            if is_once:
                told.add(side.key)


def _typed(campaign: Campaign, audience: Audience, was: dict[str, Any]) -> dict[str, Any] | None:
    """What cannot be saved anyway is not compared: the next save says what is wrong with it."""
    mine = copy.copy(campaign)
    try:
        audience.write(mine)
    except Invalid:
        return None
    texts: dict[str, Any] = {bcp47(code): {} for code in mine.languages}
    frozen = {**frozen_audience(mine), "texts": texts, "agency": {"mark": frozen_mark(mine.mark)}}
    found = _as_typed(audience_of(frozen))
    return found if found != was else None


def _as_typed(audience: dict[str, Any]) -> dict[str, Any]:
    """To the minute and in the order of the form, which say nothing of what anybody meant to change."""
    window = {name: audience[name] and audience[name].replace(second=0) for name in ("starts_at", "ends_at")}
    languages = [bcp47(code) for code in _in_order([tag.lower() for tag in audience["languages"]])]
    return {**audience, **window, "languages": languages}


def _in_order(languages: Iterable[str]) -> list[str]:
    given = set(languages)
    return [code for code in NAMES if code in given]
