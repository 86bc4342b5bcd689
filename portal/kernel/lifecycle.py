"""Transition tables: which verb leads from which state to which. Flows ask; PostgreSQL enforces the same."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import WrongState

State = TypeVar("State", bound=str)


class Lifecycle(Generic[State]):
    """`table` maps a verb to {state before: state after}."""

    def __init__(
        self, table: Mapping[str, Mapping[State, State]], labels: Mapping[State, Promise | str]
    ) -> None:
        self._table = table
        self._labels = labels

    def after(self, state: State, verb: str) -> State:
        """The state that `verb` leads to; raises WrongState where the table has no such step."""
        try:
            return self._table[verb][state]
        except KeyError:
            label = self._labels.get(state, state)
            raise WrongState(_("This cannot be done while it is “%(state)s”.") % {"state": label}) from None

    def allows(self, state: State, verb: str) -> bool:
        return state in self._table[verb]

    def steps(self) -> Iterator[tuple[State, State]]:
        """Every change of state, once, for the database's own guard."""
        seen = set()
        for moves in self._table.values():
            for before, after in moves.items():
                if before != after and (before, after) not in seen:
                    seen.add((before, after))
                    yield before, after
