"""A warning on the portal's own pages, drawn as the exchange is served it: a preview tells the truth."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from campaigns.client.fragment import article
from portal.kernel.languages import bcp47

register = template.Library()


@register.simple_tag
def warning_article(
    warning: Mapping[str, Any], key: Any = "", heading: int | str = 2, opened: int | str = 0
) -> SafeString:
    """`key` tells it from others on the page; without one its language does. `opened`: so many examples."""
    language = bcp47(warning["language"])
    drawn = article(
        warning,
        language=language,
        key=str(key or language),
        agency=str(warning.get("agency_name") or ""),
        mark=warning.get("mark") or None,
        heading=int(heading or 2),
        opened=int(opened or 0),
    )
    return mark_safe(drawn)  # noqa: S308 - whatever somebody wrote was escaped by what drew it
