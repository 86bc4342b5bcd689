"""The home page's panels: a registry, so that the portal need not know the apps that fill it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Panel:
    """One list of things that wait: each row has `url`, `title`, `detail` and `status`, a model's own."""

    title: str | Promise
    empty: str | Promise
    url: str
    rows: Sequence[dict[str, Any]] = field(default_factory=list)
    total: int | None = None  # where more wait than are shown
    counted: bool = True  # whether the rows are things that wait


_sources: list[Callable[[Actor], list[Panel]]] = []


def register(source: Callable[[Actor], list[Panel]]) -> None:
    _sources.append(source)


def panels_for(actor: Actor) -> list[Panel]:
    return [panel for source in _sources for panel in source(actor)]
