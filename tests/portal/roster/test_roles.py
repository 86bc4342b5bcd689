"""Changing a role: proposed by one, decided by another, never about oneself; history stays true."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse

from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.roles import flows
from portal.identity.people import actor_for
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Membership, Notice, RoleChange, User
from portal.models.rolechange import RoleOutcome
from tests.people import House, open_session
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]


def propose(house: House, now: Any, who: str = "officer", **given: Any) -> RoleChange:
    actor = given.pop("actor", house.supervisor)
    about = given.pop("about", None) or getattr(house, who)
    return flows.propose_role(
        membership_of(about).pk,
        actor=actor,
        now=now,
        **{"role": Role.SUPERVISOR, "why": "Leads the fraud unit."} | given,
    )


def test_a_second_person_confirms_and_the_old_role_ends(house: House, seconds: Seconds, now: Any) -> None:
    before = membership_of(house.officer)
    change = propose(house, now)
    assert membership_of(house.officer) == before, "nothing changes yet"
    after = flows.confirm_role(change.pk, actor=seconds.supervisor, now=now)
    before.refresh_from_db()
    change.refresh_from_db()
    assert (before.role, before.ended_at) == (Role.OFFICER, now)
    assert (after.role, after.joined_at, after.attested_at) == (Role.SUPERVISOR, now, now)
    assert after.attested_by_id == seconds.supervisor.person_id
    assert (change.outcome, change.decided_by_id) == (RoleOutcome.CONFIRMED, seconds.supervisor.person_id)
    actor = actor_for(User.objects.get(pk=house.officer.person_id))
    assert actor is not None
    assert actor.role == Role.SUPERVISOR
    assert actor.cooling_until is not None, "the waiting time of newcomers begins again"


def test_each_step_is_recorded(house: House, seconds: Seconds, now: Any) -> None:
    change = propose(house, now)
    after = flows.confirm_role(change.pk, actor=seconds.supervisor, now=now)
    proposed = AuditEvent.objects.get(event="agencies.role_proposed")
    confirmed = AuditEvent.objects.get(event="agencies.role_confirmed")
    assert (proposed.actor_id, proposed.why) == (house.supervisor.id, "Leads the fraud unit.")
    assert (confirmed.actor_id, confirmed.subject_id) == (seconds.supervisor.id, str(after.pk))
    assert confirmed.data["changes"] == {"role": ["officer", "supervisor"]}


def test_the_persons_sessions_end(house: House, seconds: Seconds, now: Any) -> None:
    browser = Browser()
    open_session(browser, house.officer)
    assert browser.get(reverse("home")).status_code == 200
    flows.confirm_role(propose(house, now).pk, actor=seconds.supervisor, now=now)
    assert browser.get(reverse("home")).status_code == 302


@pytest.mark.parametrize("verb", ["confirm_role", "decline_role"])
def test_neither_who_proposed_it_nor_whom_it_concerns_decides(
    house: House, seconds: Seconds, now: Any, verb: str
) -> None:
    change = propose(house, now, about=seconds.supervisor, role=Role.OFFICER)
    for actor in (house.supervisor, seconds.supervisor):
        with pytest.raises(Forbidden) as refused:
            getattr(flows, verb)(change.pk, actor=actor, now=now)
        assert refused.value.code == "same-person"


def test_nobody_proposes_the_own_role(house: House, now: Any) -> None:
    with pytest.raises(Forbidden) as refused:
        propose(house, now, "supervisor", role=Role.OFFICER)
    assert refused.value.code == "own-role"


@pytest.mark.parametrize("verb", ["confirm_role", "decline_role"])
def test_outsiders_see_nothing_and_the_wrong_roles_decide_nothing(house: House, now: Any, verb: str) -> None:
    change = propose(house, now)
    with pytest.raises(NotVisible):
        getattr(flows, verb)(change.pk, actor=house.other_supervisor, now=now)
    with pytest.raises(NotVisible):
        propose(house, now, actor=house.other_supervisor)
    for who in ("second_officer", "analyst", "auditor"):
        with pytest.raises(Forbidden):
            getattr(flows, verb)(change.pk, actor=getattr(house, who), now=now)
        with pytest.raises(Forbidden):
            propose(house, now, "second_officer", actor=getattr(house, who))


def test_roles_of_the_exchange_are_the_leads(house: House, seconds: Seconds, now: Any) -> None:
    given = {"who": "analyst", "role": Role.COMPLIANCE_REVIEWER}
    with pytest.raises(Forbidden):
        propose(house, now, actor=house.reviewer, **given)
    change = propose(house, now, actor=house.lead, **given)
    with pytest.raises(Forbidden):
        flows.confirm_role(change.pk, actor=house.reviewer, now=now)
    assert flows.confirm_role(change.pk, actor=seconds.lead, now=now).role == Role.COMPLIANCE_REVIEWER


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": Role.OFFICER}, "role"),
        ({"role": Role.AUDITOR}, "role"),
        ({"role": ""}, "role"),
        ({"why": " "}, "why"),
        ({"why": "x" * 100_000}, "why"),
        ({"why": "\x00"}, "why"),
    ],
)
def test_a_proposal_makes_sense(house: House, now: Any, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        propose(house, now, **given)
    assert set(refused.value.errors) == {field}


def test_one_change_at_a_time_and_each_is_decided_once(house: House, seconds: Seconds, now: Any) -> None:
    change = propose(house, now)
    with pytest.raises(WrongState):
        propose(house, now, actor=seconds.supervisor)
    flows.decline_role(change.pk, actor=seconds.supervisor, now=now, why="Too early.")
    assert Notice.objects.get(kind="role-declined").person_id == house.supervisor.person_id
    assert membership_of(house.officer).role == Role.OFFICER
    for verb in ("confirm_role", "decline_role"):
        with pytest.raises(WrongState):
            getattr(flows, verb)(change.pk, actor=house.lead, now=now)
    propose(house, now)


def test_the_last_head_of_a_house_keeps_the_role(house: House, now: Any) -> None:
    for actor, who, role in (
        (house.lead, "supervisor", Role.OFFICER),
        (house.lead, "other_supervisor", Role.OFFICER),
    ):
        with pytest.raises(WrongState) as refused:
            propose(house, now, who, actor=actor, role=role)
        assert refused.value.code == "last-of-role"


def test_a_head_who_is_locked_out_or_suspended_is_no_successor(
    house: House, seconds: Seconds, now: Any
) -> None:
    Membership.objects.filter(user_id=seconds.supervisor.person_id).update(suspended_at=now)
    with pytest.raises(WrongState):
        propose(house, now, "supervisor", actor=house.lead, role=Role.OFFICER)


def test_what_became_of_the_proposer_counts(house: House, seconds: Seconds, now: Any) -> None:
    change = propose(house, now)
    Membership.objects.filter(user_id=house.supervisor.person_id).update(suspended_at=now)
    with pytest.raises(WrongState):
        flows.confirm_role(change.pk, actor=seconds.supervisor, now=now)
    flows.decline_role(change.pk, actor=seconds.supervisor, now=now)


def test_a_change_of_somebody_who_left_lapses(house: House, seconds: Seconds, now: Any) -> None:
    change = propose(house, now)
    depart(membership_of(house.officer).pk, actor=house.supervisor, now=now, why="Left.")
    change.refresh_from_db()
    assert change.outcome == RoleOutcome.LAPSED
    with pytest.raises(WrongState):
        flows.confirm_role(change.pk, actor=seconds.supervisor, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(house: House, seconds: Seconds, now: Any, at_once: Any) -> None:
    change = propose(house, now)
    results = at_once(
        lambda: flows.confirm_role(change.pk, actor=seconds.supervisor, now=now),
        lambda: flows.decline_role(change.pk, actor=house.lead, now=now),
    )
    assert sum(isinstance(each, WrongState) for each in results) == 1


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_cannot_step_down_at_once(
    house: House, seconds: Seconds, now: Any, at_once: Any
) -> None:
    changes = [
        propose(house, now, actor=house.lead, about=each, role=Role.OFFICER)
        for each in (house.supervisor, seconds.supervisor)
    ]
    results = at_once(
        *(
            lambda change=change: flows.confirm_role(change.pk, actor=house.reviewer, now=now)
            for change in changes
        )
    )
    assert sorted(type(each).__name__ for each in results) == ["Membership", "WrongState"]
    assert Membership.objects.filter(agency=house.ours, role=Role.SUPERVISOR, ended_at=None).count() == 1


def test_the_database_keeps_history_and_the_second_person(house: House, seconds: Seconds, now: Any) -> None:
    mine = membership_of(house.officer)
    with pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=mine.pk).update(role=Role.SUPERVISOR)
    change = propose(house, now)
    for decider in (house.supervisor, house.officer):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleChange.objects.filter(pk=change.pk).update(
                outcome="confirmed", decided_at=now, decided_by_id=decider.person_id
            )
    with pytest.raises(IntegrityError, match="own role"), transaction.atomic():
        RoleChange.objects.create(
            membership=membership_of(house.second_officer), role=Role.SUPERVISOR, why="x",
            proposed_by_id=house.second_officer.person_id, proposed_at=now,
        )  # fmt: skip
    flows.confirm_role(change.pk, actor=seconds.supervisor, now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=mine.pk).update(ended_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        RoleChange.objects.filter(pk=change.pk).update(outcome="open", decided_at=None, decided_by=None)


def test_the_pages_propose_confirm_and_decline(
    house: House, seconds: Seconds, sign_in: Any, now: Any
) -> None:
    browser = sign_in(house.supervisor)
    url = reverse("roster-propose-role", args=[membership_of(house.officer).pk])
    assert browser.get(url).status_code == 200
    assert browser.post(url, {"role": "supervisor", "why": ""}).status_code == 422
    assert browser.post(url, {"role": "supervisor", "why": "Promoted."}).status_code == 302
    change = RoleChange.objects.get()
    page = reverse("roster-confirm-role", args=[change.pk])
    assert "Somebody else decides" in browser.get(page).content.decode()
    assert browser.post(page).status_code == 403
    other = Browser()
    open_session(other, seconds.supervisor)
    assert "Promoted." in other.get(page).content.decode()
    decline = reverse("roster-decline-role", args=[change.pk])
    assert other.post(decline, {"why": "x" * 3000}).status_code == 422
    assert other.post(page).status_code == 302
    assert other.post(decline, {"why": ""}).status_code == 409
