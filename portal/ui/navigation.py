"""The main menu: apps put their items in from AppConfig.ready, so that the shell imports none of them."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from portal.access import allowed
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Item:
    label: str | Promise
    url_name: str
    icon: str
    permission: str  # who lacks it does not see the item
    order: int = 100


_items: dict[str, Item] = {}


def register(item: Item) -> None:
    _items[item.url_name] = item


def items_for(actor: Actor, request: HttpRequest) -> list[dict[str, Any]]:
    """What this actor may open, in order; the item whose address the page lies under is active."""
    found: list[dict[str, Any]] = []
    for item in sorted(_items.values(), key=lambda item: (item.order, item.url_name)):
        if not allowed(actor, item.permission):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        found.append({"label": item.label, "url": url, "icon": item.icon, "active": False})
    under = [entry for entry in found if request.path.startswith(entry["url"])]
    if under:
        max(under, key=lambda entry: len(entry["url"]))["active"] = True
    return found
