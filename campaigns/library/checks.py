"""A text of the library that is not as it should be is told at start, not to the officer who asks for it."""

from typing import Any

from django.core.checks import Error, register

from campaigns.library.shelf import Amiss, titles


@register()
def library_is_sound(app_configs: Any, **options: Any) -> list[Error]:
    try:
        titles("en")
    except Amiss as amiss:
        return [Error(f"The library's texts: {amiss}.", id="campaigns.E001")]
    return []
