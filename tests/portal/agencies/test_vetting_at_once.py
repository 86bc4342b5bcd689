"""Two who vet at the same moment: one of them acts, and the other is told why not."""

from typing import Any

import pytest

from portal.agencies.vetting import flows
from portal.agencies.vetting.checks import flows as checks
from portal.kernel.actor import Actor, Role
from portal.models import Agency, VettingCheck, VettingDecision
from tests.people import House, make_person
from tests.portal.agencies.test_flags import flagged
from tests.portal.agencies.vettings import applied, called, checked, list_of

pytestmark = pytest.mark.django_db


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(each).__name__ for each in results)


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_begin_one_round(house: House, now: Any, at_once: Any) -> None:
    agency = applied(now)
    results = at_once(
        lambda: flows.vet(agency.pk, actor=house.reviewer, now=now),
        lambda: flows.vet(agency.pk, actor=house.lead, now=now),
    )
    assert kinds(results) == ["Agency", "WrongState"]
    assert agency.vetting_rounds.count() == 1
    assert list_of(agency).round.domain_challenges.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_one_flag_at_once_one_is_told_that_it_is_stale(
    house: House, now: Any, at_once: Any
) -> None:
    agency = flagged(house, now)
    row = next(row for row in list_of(agency).rows if row.result == "flagged")

    def answer(actor: Actor, result: str) -> Any:
        return checks.answer_flag(
            agency.pk, actor=actor, now=now, check_id=row.pk, result=result, note="Looked at."
        )

    results = at_once(lambda: answer(house.reviewer, "acknowledged"), lambda: answer(house.lead, "failed"))
    assert kinds(results) == ["Stale", "VettingCheck"]


@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_refusal_at_once_are_one_decision(
    house: House, now: Any, mailoutbox: Any, at_once: Any
) -> None:
    agency = checked(house, now, mailoutbox)
    third = make_person("third", Role.COMPLIANCE_REVIEWER, None, now=now)
    seen = list_of(agency).newest
    results = at_once(
        lambda: flows.approve(agency.pk, actor=house.lead, now=now, why="Read.", seen=seen),
        lambda: flows.refuse(agency.pk, actor=third, now=now, reasons=["domain"], why="Not theirs."),
    )
    assert kinds(results) == ["Agency", "WrongState"]
    decision = VettingDecision.objects.get(agency=agency)
    assert Agency.objects.get(pk=agency.pk).status == decision.verdict


@pytest.mark.django_db(transaction=True)
def test_the_round_is_not_decided_by_who_logs_a_check_at_that_moment(
    house: House, now: Any, mailoutbox: Any, at_once: Any
) -> None:
    """Two browsers of one person: the check makes the decision impossible, or comes too late."""
    agency = checked(house, now, mailoutbox)
    seen = list_of(agency).newest
    decided, logged = at_once(
        lambda: flows.approve(agency.pk, actor=house.lead, now=now, why="Read.", seen=seen),
        lambda: called(agency, house.lead, now),
    )
    assert (isinstance(decided, Agency), isinstance(logged, VettingCheck)) in ((True, False), (False, True))
    assert VettingDecision.objects.filter(agency=agency).exists() is isinstance(decided, Agency)
