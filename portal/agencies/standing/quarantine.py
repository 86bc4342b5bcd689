"""Quarantine: a registry of what waits in it, so that one page shows it and the portal knows no app.

Each app puts its own things there when a suspension is written, and lets them out by its own flows.
Reinstating releases nothing: somebody of compliance looks at each thing first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.access import allowed
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, Text
from portal.kernel.words import unfit
from portal.models.suspension import WHY_MAX


class Act(Protocol):
    def __call__(
        self, thing_id: UUID, /, *, actor: Actor, now: datetime, why: str, seen: datetime
    ) -> Any: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of thing. `waiting` holds what this actor may see of it, with its agency; `row` draws one."""

    name: str
    title: Text
    permission: str
    waiting: Callable[[Actor], QuerySet[Any]]
    row: Callable[[Any], dict[str, Any]]
    release: Act


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    _sources[source.name] = source


def sources_for(actor: Actor) -> list[Source]:
    """Whoever may release them, and the auditor, who reads everything."""
    reads = allowed(actor, "audit.list")
    return [each for each in _sources.values() if reads or allowed(actor, each.permission)]


def checked(why: str) -> str:
    """Why it is released or discarded; raises Invalid."""
    if wrong := unfit(why, WHY_MAX, missing=_("Say what you looked at.")):
        raise Invalid({"why": wrong})
    return why
