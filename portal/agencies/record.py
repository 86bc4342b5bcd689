"""What an agency has done here: each app tells its part, so that the portal need not know the apps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from portal.kernel.actor import Actor
from portal.models import Agency


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the record: “Campaigns published: 12”. `url` leads to what is counted."""

    label: str | Promise
    value: str | int
    url: str = ""
    tone: str = ""  # "bad" for what should make a reader stop


Source = Callable[[Agency, Actor], Sequence[Fact]]

_sources: list[Source] = []


def register(source: Source) -> None:
    """A source answers in one query, and with nothing where the actor may not see what it counts."""
    if source not in _sources:
        _sources.append(source)


def record_of(agency: Agency, actor: Actor) -> list[Fact]:
    return [fact for source in _sources for fact in source(agency, actor)]
