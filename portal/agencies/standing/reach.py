"""How far a suspension reaches: what it ends and what it puts into quarantine, counted by the apps.

The signals are sent inside the flow's transaction, with `agency` or `membership`, `actor`, `now` and `why`.
Their receivers answer with counts by name, and put what they have to record into `acts`: were it recorded at
once, the next receiver would wait for its rows in the chain's lock, and whoever holds one of them for the
chain. `reached` only asks what would happen, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Text
from portal.models import Agency, Membership

reached = Signal()
agency_suspended = Signal()
agency_lapsed = Signal()
agency_reinstated = Signal()
person_suspended = Signal()
person_reinstated = Signal()

Reach = dict[str, int]
Acts = list[Callable[[], object]]
_labels: dict[str, Text] = {"sessions": _("Sessions that end")}


def register(name: str, label: Text) -> None:
    """How a count is called on the pages; an app says it for its own in AppConfig.ready."""
    _labels[name] = label


def named(reach: Reach) -> list[tuple[Text, int]]:
    """The counts in the order in which they were named: what was stored as JSON has lost its own."""
    return [(label, reach[name]) for name, label in _labels.items() if name in reach]


@dataclass(frozen=True, slots=True)
class Reached:
    """What the receivers did, their counts together, and what is still to be recorded of it."""

    counts: Reach
    acts: Acts

    def record(self) -> None:
        """Once nothing else is to be locked or written."""
        for act in self.acts:
            act()


def sent(signal: Signal, **given: Any) -> Reached:
    """What one of the receivers raises ends the transaction, and so the act."""
    found = Reached({}, [])
    for _receiver, counts in signal.send(sender=Agency, acts=found.acts, **given):
        found.counts.update(cast("Reach | None", counts) or {})
    return found


def reach_of(*, agency: Agency | None = None, membership: Membership | None = None) -> Reach:
    """What suspending it would do now."""
    people = Membership.objects.filter(ended_at=None)
    if agency is not None:
        people = people.filter(agency=agency)
    elif membership is not None:
        people = people.filter(pk=membership.pk)
    sessions = UserSession.objects.filter(user_id__in=people.values("user_id")).count()
    return {"sessions": sessions} | sent(reached, agency=agency, membership=membership).counts
