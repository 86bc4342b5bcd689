"""What the comparisons flag, who answers a flag, and what all checks have in common."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from portal.agencies.vetting.checks import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded, Stale, WrongState
from portal.models import Agency, AuditEvent, VettingCheck
from portal.models.vetting import CheckKind
from tests.people import House, make_agency
from tests.portal.agencies.test_check import HOSTILE, state
from tests.portal.agencies.vettings import (
    called,
    checked,
    in_vetting,
    list_of,
)

pytestmark = pytest.mark.django_db


def flagged(house: House, now: Any) -> Agency:
    """A domain one letter away from the one of an agency that is in."""
    make_agency("met", now=now, country="GB", regions=("GB",), languages=("en",), domain="metpolice.example")
    return in_vetting(house, now, domains=["metpo1ice.example"])


def test_vetting_begins_with_the_comparisons(house: House, now: Any) -> None:
    agency = flagged(house, now)
    assert state(agency, CheckKind.LOOKALIKE, "metpo1ice.example") == "flagged"
    item = list_of(agency).item(CheckKind.LOOKALIKE, "metpo1ice.example")
    assert item is not None
    assert item.row is not None
    assert item.row.person is None
    codes = {each["code"] for each in item.findings}
    assert "homoglyph" in codes
    assert all(each["words"] for each in item.findings)
    assert set(item.findings[0]["text"]) == {"en", "zh-hant"}


def test_a_flag_is_acknowledged_with_words_or_fails(house: House, now: Any) -> None:
    agency = flagged(house, now)
    item = list_of(agency).item(CheckKind.LOOKALIKE, "metpo1ice.example")
    assert item is not None
    assert item.row is not None
    given = {"actor": house.reviewer, "now": now, "check_id": item.row.pk}
    for result, note, field in (
        ("acknowledged", "", "note"), ("passed", "x", "result"), ("acknowledged", HOSTILE[0], "note"),
        ("acknowledged", HOSTILE[3], "note"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            flows.answer_flag(agency.pk, result=result, note=note, **given)
        assert field in refused.value.errors
    flows.answer_flag(agency.pk, result="acknowledged", note="A sister force, see its letter.", **given)
    assert state(agency, CheckKind.LOOKALIKE, "metpo1ice.example") == "acknowledged"
    with pytest.raises(Stale, match=r"meanwhile: Look-alike domains: metpo1ice\.example"):
        flows.answer_flag(agency.pk, result="failed", note="Changed my mind.", **given)
    assert list_of(agency).item(CheckKind.LOOKALIKE, "metpo1ice.example").findings  # type: ignore[union-attr]


def test_a_failure_can_be_answered_anew_but_no_comparison_heals_it(house: House, now: Any) -> None:
    agency = flagged(house, now)
    subject = "metpo1ice.example"

    def row() -> VettingCheck:
        item = list_of(agency).item(CheckKind.LOOKALIKE, subject)
        assert item is not None
        assert item.row is not None
        return item.row

    given = {"actor": house.reviewer, "now": now}
    flows.answer_flag(agency.pk, check_id=row().pk, result="failed", note="An impostor.", **given)
    met = Agency.objects.get(slug="met")
    Agency.objects.filter(pk=met.pk).update(domains=["quite-another.example"])
    flows.recompute(agency.pk, actor=house.reviewer, now=now)
    assert state(agency, CheckKind.LOOKALIKE, subject) == "flagged", "the findings are gone, the doubt is not"
    flows.answer_flag(agency.pk, check_id=row().pk, result="failed", note="Still.", **given)
    flows.answer_flag(agency.pk, check_id=row().pk, result="acknowledged", note="Cleared up.", **given)
    assert state(agency, CheckKind.LOOKALIKE, subject) == "acknowledged"


def test_the_same_agency_twice_is_flagged(house: House, now: Any) -> None:
    in_vetting(house, now)
    again = in_vetting(house, now, slug="again", domains=["spf-again.example"])
    assert state(again, CheckKind.DUPLICATES) == "flagged"


def test_comparing_again_keeps_what_was_answered_and_finds_what_is_new(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    before = list_of(agency).newest
    assert flows.recompute(agency.pk, actor=house.reviewer, now=now) == []
    assert list_of(agency).newest == before
    make_agency("spf2", now=now, country="SG", regions=("SG",), languages=("en",), domain="spf-sg.example")
    make_agency("same", now=now, country="MY", regions=("MY",), languages=("en",), domain="sp-f.example")
    rows = flows.recompute(agency.pk, actor=house.reviewer, now=now)
    assert {row.kind: row.result for row in rows} == {"lookalike": "flagged", "duplicates": "passed"}
    assert state(agency, CheckKind.LOOKALIKE, "spf.example") == "flagged"
    assert AuditEvent.objects.filter(event="agencies.checked", data__has_key="compared").count() == 2


def test_a_refused_impostor_does_not_vouch_for_a_second_one(house: House, now: Any) -> None:
    from portal.agencies.vetting.checks.flags import known_domains
    from portal.agencies.vetting.flows import refuse

    first = in_vetting(house, now)
    assert "spf.example" in known_domains(house.ours)
    refuse(first.pk, actor=house.lead, now=now, reasons=["domain"], why="Not theirs.")
    assert "spf.example" not in known_domains(house.ours)


def acts(agency: Agency, now: Any) -> list[Any]:
    row = list_of(agency).rows[0]
    return [
        lambda actor: called(agency, actor, now),
        lambda actor: flows.judge(
            agency.pk, actor=actor, now=now, subject="", result="passed", note="On its gazette."
        ),
        lambda actor: flows.answer_flag(
            agency.pk, actor=actor, now=now, check_id=row.pk, result="failed", note="No."
        ),
        lambda actor: flows.recompute(agency.pk, actor=actor, now=now),
        lambda actor: flows.vouch(agency.pk, actor=actor, now=now),
    ]


def test_strangers_see_no_check_and_wrong_roles_log_none(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    for act in acts(agency, now):
        for who in ("officer", "supervisor", "outsider"):
            with pytest.raises(NotVisible):
                act(getattr(house, who))
        for who in ("analyst", "auditor"):
            with pytest.raises(Forbidden):
                act(getattr(house, who))
    with pytest.raises(Forbidden):
        flows.vouch(agency.pk, actor=house.lead, now=now)


def test_judging_asks_for_a_fresh_factor_and_comparing_does_not(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    stale = replace(house.reviewer, is_fresh=False)
    call, judge, answer, recompute, _vouch = acts(agency, now)
    for act in (call, judge, answer):
        with pytest.raises(ProofNeeded):
            act(stale)
    recompute(stale)


def test_outside_of_vetting_nothing_is_logged(house: House, now: Any) -> None:
    with pytest.raises(WrongState):
        called(house.ours, house.reviewer, now)
    with pytest.raises(WrongState):
        flows.recompute(house.ours.pk, actor=house.reviewer, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_checks_at_once_have_two_numbers(house: House, now: Any, at_once: Any) -> None:
    agency = in_vetting(house, now)
    before = list_of(agency).newest
    at_once(lambda: called(agency, house.reviewer, now), lambda: called(agency, house.lead, now))
    numbers = VettingCheck.objects.filter(round__agency=agency, kind="switchboard_callback")
    assert sorted(numbers.values_list("number", flat=True)) == [before + 1, before + 2]


def test_letting_an_agency_in_for_a_test_costs_little(now: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(70):
        make_agency("fast", now=now)
    assert connection.vendor == "postgresql"


def test_rows_are_read_in_the_same_number_of_queries_for_many(
    house: House, now: Any, mailoutbox: Any, django_assert_num_queries: Any
) -> None:
    from portal.agencies.vetting.checklist import checklists

    agencies = [checked(house, now, mailoutbox)]
    agencies += [in_vetting(house, now, slug=f"a{n}", domains=[f"a{n}.example"]) for n in range(3)]
    with django_assert_num_queries(3):
        assert len(checklists(agencies)) == 4
