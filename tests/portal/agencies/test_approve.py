"""Approve and refuse: a second person, over a list without gaps, and PostgreSQL asks the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.agencies.vetting import flows
from portal.agencies.vetting.checks import flows as checks
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded, Stale, WrongState
from portal.models import Agency, AuditEvent, Membership, Notice, VettingCheck, VettingDecision
from portal.models.agency import AgencyStatus
from tests.people import SYSTEM, House, make_person
from tests.portal.agencies.vettings import (
    applied,
    called,
    checked,
    flags_answered,
    in_vetting,
    judged,
    linked,
    list_of,
    proved,
)

pytestmark = pytest.mark.django_db


def approve(agency: Agency, actor: Any, now: Any, **changes: Any) -> Agency:
    given = {"why": "Every check was read.", "seen": list_of(agency).newest} | changes
    return flows.approve(agency.pk, actor=actor, now=now, **given)


def refuse(agency: Agency, actor: Any, now: Any, **changes: Any) -> Agency:
    given = {"reasons": ["switchboard"], "why": "The switchboard knows nothing of it."} | changes
    return flows.refuse(agency.pk, actor=actor, now=now, **given)


def test_a_second_person_lets_the_agency_in(house: House, now: Any, mailoutbox: Any) -> None:
    agency = checked(house, now, mailoutbox)
    assert approve(agency, house.lead, now).status == AgencyStatus.APPROVED
    decision = VettingDecision.objects.get(agency=agency)
    assert (decision.verdict, decision.person_id) == ("approved", house.lead.person_id)


def test_both_decisions_are_recorded(house: House, now: Any, mailoutbox: Any) -> None:
    one = checked(house, now, mailoutbox)
    approve(one, house.lead, now)
    other = in_vetting(house, now, slug="other", domains=["other.example"])
    refuse(other, house.lead, now, reasons=["duplicate", "no_answer"])
    event = AuditEvent.objects.get(event="agencies.approved", subject_id=str(one.pk))
    assert (event.actor_id, event.why, event.data["checks"]) == (
        house.lead.id,
        "Every check was read.",
        list_of(one).newest,
    )
    event = AuditEvent.objects.get(event="agencies.refused")
    assert (event.actor_id, event.data["reasons"]) == (house.lead.id, ["duplicate", "no_answer"])


@pytest.mark.parametrize("act", [approve, refuse])
def test_nobody_decides_what_he_or_she_began(house: House, now: Any, mailoutbox: Any, act: Any) -> None:
    agency = checked(house, now, mailoutbox, by=house.lead)
    with pytest.raises(Forbidden) as refused:
        act(agency, house.reviewer, now)
    assert refused.value.code == "same-person"
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.IN_VETTING


@pytest.mark.parametrize("act", [approve, refuse])
def test_one_logged_check_is_a_part_in_it(house: House, now: Any, mailoutbox: Any, act: Any) -> None:
    agency = checked(house, now, mailoutbox)
    called(agency, house.lead, now)
    with pytest.raises(Forbidden):
        act(agency, house.lead, now)


def test_a_link_that_somebody_sent_is_a_part_in_it(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    linked(agency, house.lead, now)
    with pytest.raises(Forbidden):
        refuse(agency, house.lead, now)


def test_another_role_does_not_make_another_person(house: House, now: Any, mailoutbox: Any) -> None:
    agency = checked(house, now, mailoutbox)
    Membership.objects.filter(user_id=house.reviewer.person_id).update(ended_at=now)
    Membership.objects.create(
        user_id=house.reviewer.person_id, role=Role.COMPLIANCE_LEAD, joined_at=now, attested_at=now
    )
    with pytest.raises(Forbidden) as refused:
        approve(agency, replace(house.reviewer, role=Role.COMPLIANCE_LEAD), now)
    assert refused.value.code == "same-person"


def test_the_database_refuses_whoever_had_a_part_too(house: House, now: Any, mailoutbox: Any) -> None:
    """Began it, logged a check, sent a link: three people, and none of them decides."""
    begun = applied(now)
    flows.vet(begun.pk, actor=house.reviewer, now=now)
    second = make_person("second-lead", Role.COMPLIANCE_LEAD, None, now=now)
    called(begun, house.lead, now)
    linked(begun, second, now)
    for person in (house.reviewer, house.lead, second):
        with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
            VettingDecision.objects.create(
                agency=begun, round=list_of(begun).round, verdict="refused", why="Mine.",
                person_id=person.person_id, at=now,
            )  # fmt: skip


def test_the_database_refuses_an_approval_over_an_open_check(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    proved(agency, now)
    with pytest.raises(IntegrityError, match="a check is open"), transaction.atomic():
        VettingDecision.objects.create(
            agency=agency, round=list_of(agency).round, verdict="approved", why="Quick.",
            person_id=house.lead.person_id, at=now,
        )  # fmt: skip


def test_the_database_refuses_an_approval_over_a_failed_check(
    house: House, now: Any, mailoutbox: Any
) -> None:
    agency = checked(house, now, mailoutbox)
    called(agency, house.reviewer, now, outcome="denied", note="They know nothing.")
    with pytest.raises(IntegrityError, match="a check is open"), transaction.atomic():
        VettingDecision.objects.create(
            agency=agency, round=list_of(agency).round, verdict="approved", why="Quick.",
            person_id=house.lead.person_id, at=now,
        )  # fmt: skip


@pytest.mark.parametrize("status", [AgencyStatus.APPROVED, AgencyStatus.REFUSED])
def test_no_agency_changes_its_standing_without_a_decision(house: House, now: Any, status: Any) -> None:
    agency = in_vetting(house, now)
    with pytest.raises(IntegrityError, match="without a decision"), transaction.atomic():
        Agency.objects.filter(pk=agency.pk).update(status=status)


def test_checks_and_decisions_are_written_once(house: House, now: Any, mailoutbox: Any) -> None:
    agency = checked(house, now, mailoutbox)
    approve(agency, house.lead, now)
    for rows in (VettingCheck.objects.filter(round__agency=agency), agency.vetting_decisions.all()):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            rows.update(at=now)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            rows.delete()
    with pytest.raises(IntegrityError, match="decided"), transaction.atomic():
        VettingCheck.objects.create(
            round=list_of(agency).round, number=99, kind="documents", result="passed", at=now
        )


def test_what_is_missing_is_named(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now, domains=["spf.example", "cid.example"])
    proved(agency, now, leave="cid.example")
    called(agency, house.reviewer, now, outcome="no_answer", spoke_to="")
    judged(agency, house.reviewer, now)
    flags_answered(agency, house.reviewer, now)
    with pytest.raises(Invalid) as refused:
        approve(agency, house.lead, now)
    missing = " | ".join(str(text) for text in refused.value.errors["checks"])
    assert "cid.example – Open" in missing
    assert "spf.example" not in missing
    assert "mailbox" in missing
    assert "call-back: +65 6353 0000 – Failed" in missing
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.IN_VETTING


def test_a_later_pass_heals_a_failure_and_a_later_failure_undoes_a_pass(
    house: House, now: Any, mailoutbox: Any
) -> None:
    agency = checked(house, now, mailoutbox)
    called(agency, house.reviewer, now, outcome="denied", note="They know nothing.")
    with pytest.raises(Invalid):
        approve(agency, house.lead, now)
    called(agency, house.reviewer, now, note="The right unit this time.")
    assert approve(agency, house.lead, now).status == AgencyStatus.APPROVED


def test_a_page_that_is_stale_approves_nothing(house: House, now: Any, mailoutbox: Any) -> None:
    agency = checked(house, now, mailoutbox)
    seen = list_of(agency).newest
    called(agency, house.reviewer, now, note="Once more.")
    with pytest.raises(Stale, match="once more: Switchboard call-back: "):
        approve(agency, house.lead, now, seen=seen)


@pytest.mark.parametrize("why", ["", "  ", "x" * 100_000, "a\x00b", "a\u202eb"])
def test_words_are_words(house: House, now: Any, mailoutbox: Any, why: str) -> None:
    agency = checked(house, now, mailoutbox)
    for act in (approve, refuse):
        with pytest.raises(Invalid) as refused:
            act(agency, house.lead, now, why=why)
        assert "why" in refused.value.errors


@pytest.mark.parametrize("reasons", [[], ["unheard-of"], ["domain", "unheard-of"]])
def test_a_refusal_has_reasons_from_the_list(house: House, now: Any, reasons: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        refuse(in_vetting(house, now), house.lead, now, reasons=reasons)
    assert "reasons" in refused.value.errors


def test_an_application_that_nobody_vets_is_refused_by_one(house: House, now: Any) -> None:
    agency = applied(now)
    assert refuse(agency, house.reviewer, now).status == AgencyStatus.REFUSED


@pytest.mark.parametrize("act", [approve, refuse])
def test_a_refused_agency_stays_refused(house: House, now: Any, act: Any) -> None:
    agency = in_vetting(house, now)
    refuse(agency, house.lead, now)
    with pytest.raises(WrongState):
        act(agency, house.lead, now)
    with pytest.raises(WrongState):
        flows.vet(agency.pk, actor=house.lead, now=now)


@pytest.mark.parametrize("act", [approve, refuse])
@pytest.mark.parametrize("who", ["officer", "supervisor", "outsider"])
def test_other_agencies_do_not_see_it(house: House, now: Any, act: Any, who: str) -> None:
    with pytest.raises(NotVisible):
        act(in_vetting(house, now), getattr(house, who), now)


@pytest.mark.parametrize("act", [approve, refuse])
@pytest.mark.parametrize("who", ["analyst", "auditor"])
def test_the_wrong_role_does_not_decide(house: House, now: Any, act: Any, who: str) -> None:
    with pytest.raises(Forbidden):
        act(in_vetting(house, now), getattr(house, who), now)


@pytest.mark.parametrize("act", [approve, refuse])
def test_the_agencys_own_people_do_not_decide(house: House, now: Any, act: Any) -> None:
    with pytest.raises(Forbidden):
        flows.refuse(house.ours.pk, actor=house.supervisor, now=now, reasons=["other"], why="Ours.")
    with pytest.raises(Forbidden):
        flows.approve(house.ours.pk, actor=house.supervisor, now=now, why="Ours.", seen=0)


@pytest.mark.parametrize("act", [approve, refuse])
def test_a_session_left_open_is_not_enough(house: House, now: Any, mailoutbox: Any, act: Any) -> None:
    agency = checked(house, now, mailoutbox)
    with pytest.raises(ProofNeeded):
        act(agency, replace(house.lead, is_fresh=False), now)


def test_in_production_no_job_vets_vouches_or_decides(
    house: House, now: Any, mailoutbox: Any, settings: Any
) -> None:
    new, ready = applied(now, slug="new"), checked(house, now, mailoutbox)
    settings.MODE = "production"
    with pytest.raises(Forbidden):
        flows.vet(new.pk, actor=SYSTEM, now=now)
    with pytest.raises(Forbidden):
        checks.vouch(ready.pk, actor=SYSTEM, now=now)
    for act in (approve, refuse):
        with pytest.raises(Forbidden):
            act(ready, SYSTEM, now)


def test_whoever_can_decide_is_told_once_everything_is_done(house: House, now: Any, mailoutbox: Any) -> None:
    agency = checked(house, now, mailoutbox)
    told = Notice.objects.filter(kind="agency-to-decide")
    assert [each.person_id for each in told] == [house.lead.person_id]
    assert told[0].path == reverse("agencies-vetting", args=[agency.pk])


def test_after_a_lapse_nothing_of_the_old_round_counts(house: House, now: Any, mailoutbox: Any) -> None:
    agency = checked(house, now, mailoutbox)
    approve(agency, house.lead, now)
    Agency.objects.filter(pk=agency.pk).update(status=AgencyStatus.LAPSED)
    again = now + timedelta(days=400)
    flows.vet(agency.pk, actor=house.lead, now=again)
    found = list_of(agency)
    assert found.round.number == 2
    assert len(found.missing) == 4
    flows.refuse(agency.pk, actor=house.reviewer, now=again, reasons=["no_answer"], why="Nobody answers.")


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_counts(house: House, now: Any, mailoutbox: Any, at_once: Any) -> None:
    agency = checked(house, now, mailoutbox)
    second = replace(house.lead)
    results = at_once(lambda: approve(agency, house.lead, now), lambda: approve(agency, second, now))
    assert sorted(type(each).__name__ for each in results) == ["Agency", "WrongState"]
    assert VettingDecision.objects.filter(agency=agency).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_check_that_fails_at_the_same_moment_is_not_passed_over(
    house: House, now: Any, mailoutbox: Any, at_once: Any
) -> None:
    """Either the failure comes first and the approval is refused, or the round is decided before it."""
    agency = checked(house, now, mailoutbox)
    seen = list_of(agency).newest
    approved, failed = at_once(
        lambda: approve(agency, house.lead, now, seen=seen),
        lambda: called(agency, house.reviewer, now, outcome="denied", note="They know nothing."),
    )
    if isinstance(approved, Agency):
        assert isinstance(failed, WrongState)
    else:
        assert isinstance(approved, Stale)
        assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.IN_VETTING
