"""The house that most tests begin with is made once for many of them, which takes a fifth of a second.

Its transaction stays open below theirs: what a test does is rolled back to it, and it goes with the first
test that wants a database without it, or commits. A test sees no difference but that its people came some
seconds earlier.
"""

import copy
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation

from portal.kernel.actor import Actor, Role
from tests.people import House, make_agency, make_person

SECONDS = 60  # older ones are made anew, so that “now” in a test is never far from when its people came


def build(now: datetime) -> House:
    """Two agencies and people in every role, made through the flows."""
    ours = make_agency("hong-kong", now=now)
    other = make_agency(
        "sweden", now=now, country="SE", regions=("SE",), languages=("sv", "en"), domain="polisen.example"
    )
    people: dict[str, Actor] = {
        "officer": make_person("officer", Role.OFFICER, ours, now=now),
        "second_officer": make_person("second", Role.OFFICER, ours, now=now),
        "supervisor": make_person("supervisor", Role.SUPERVISOR, ours, now=now),
        "outsider": make_person("outsider", Role.OFFICER, other, now=now),
        "other_supervisor": make_person("chief", Role.SUPERVISOR, other, now=now),
        "reviewer": make_person("reviewer", Role.COMPLIANCE_REVIEWER, None, now=now),
        "lead": make_person("lead", Role.COMPLIANCE_LEAD, None, now=now),
        "analyst": make_person("analyst", Role.CASE_ANALYST, None, now=now),
        "auditor": make_person("auditor", Role.AUDITOR, None, now=now),
    }
    return House(ours=ours, other=other, **people)


class KeptHouse:
    def __init__(self) -> None:
        self._atomic: Any = None
        self._house: House | None = None
        self._made = 0.0

    def now(self) -> House | None:
        """The house, as if just read from the database; None where this test has none below it."""
        return copy.deepcopy(self._house)

    def lay(self) -> None:
        """Below the transaction of the test that comes next."""
        if self._stands() and time.monotonic() - self._made < SECONDS:
            return
        self.clear()
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        with translation.override(settings.LANGUAGE_CODE), timezone.override(None):
            self._house = build(datetime.now(UTC).replace(microsecond=0))
        connection.run_on_commit.clear()
        self._made = time.monotonic()

    def clear(self) -> None:
        if self._stands():
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)
        self._atomic = self._house = None

    def _stands(self) -> bool:
        """Not where a test lost the connection, and the transaction with it."""
        blocks = connection.atomic_blocks
        return self._atomic is not None and connection.is_usable() and blocks[-1:] == [self._atomic]


kept = KeptHouse()


def is_wanted(request: pytest.FixtureRequest) -> bool:
    """By a test that takes the house and rolls its own transaction back."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    return "house" in request.fixturenames and not commits and not (marker and marker.kwargs)
