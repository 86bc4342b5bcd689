"""Inviting: whom, to which address, by whom; and when a second person is needed first."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from portal.agencies.roster.departure.flows import depart
from portal.agencies.roster.invitations import flows, links
from portal.agencies.roster.invitations.tasks import mail_invitation, sweep_invitations
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded, WrongState
from portal.models import AuditEvent, Invitation, Membership, Notice
from tests.people import SYSTEM, House
from tests.portal.roster.conftest import Seconds, membership_of

pytestmark = pytest.mark.django_db


def wrong(refused: Any) -> set[str]:
    return set(refused.value.errors)


def test_a_supervisor_invites_an_officer_and_the_link_goes_out_at_once(
    house: House, now: Any, invited: Any
) -> None:
    invitation = invited(email=" New@Police.Example ", name=" New Person ")
    assert (invitation.email, invitation.name) == ("new@police.example", "New Person")
    assert invitation.confirmed_at == now
    assert invitation.confirmed_by_id is None
    assert invitation.expires_at == now + timedelta(hours=72)
    assert invitation.token_sha256 is None, "made by the worker, when it is mailed"
    mail_invitation(str(invitation.pk))
    [message] = mail.outbox
    assert message.to == ["new@police.example"]
    [url] = [line for line in message.body.splitlines() if line.startswith("http")]
    token = url.rstrip("/").rpartition("/")[2]
    assert links.invitation_for(token, now) == invitation
    invitation.refresh_from_db()
    assert token not in str(vars(invitation))


def test_it_is_recorded(house: House, now: Any, invited: Any) -> None:
    invitation = invited(why="Replaces Chan.")
    event = AuditEvent.objects.get(event="agencies.invited", subject_id=str(invitation.pk))
    assert (event.actor_id, event.subject_agency_id, event.why) == (
        house.supervisor.id,
        house.ours.pk,
        "Replaces Chan.",
    )
    assert event.data["role"] == "officer"


def test_the_broker_carries_the_id_and_nothing_else(
    house: House, invited: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(flows.mail_invitation, "delay", lambda *given: sent.append(given))
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invited()
    assert sent == [(str(invitation.pk),)]


def test_what_a_crash_left_is_mailed_once(house: House, now: Any, invited: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(mail_invitation, "delay", mail_invitation)
    invitation = invited(now=now - timedelta(minutes=2))
    sweep_invitations()
    sweep_invitations()
    mail_invitation(str(invitation.pk))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("who", ["supervisor", "reviewer", "lead"])
def test_a_new_supervisor_waits_for_a_second_person(
    house: House, seconds: Seconds, invited: Any, who: str
) -> None:
    invitation = invited(actor=getattr(house, who), role=Role.SUPERVISOR)
    assert invitation.confirmed_at is None
    mail_invitation(str(invitation.pk))
    assert mail.outbox == []
    told = set(Notice.objects.filter(kind="invitation-to-confirm").values_list("person_id", flat=True))
    assert seconds.supervisor.person_id in told
    assert getattr(house, who).person_id not in told


def test_where_there_is_no_other_supervisor_compliance_is_asked(house: House, invited: Any) -> None:
    invited(role=Role.SUPERVISOR)
    told = set(Notice.objects.filter(kind="invitation-to-confirm").values_list("person_id", flat=True))
    assert told == {house.reviewer.person_id, house.lead.person_id}


def test_people_of_the_exchange_are_invited_by_a_lead_and_wait_for_another(
    house: House, seconds: Seconds, invited: Any
) -> None:
    given = {"agency_id": None, "role": Role.AUDITOR, "email": "new@exchange.example"}
    for who in ("reviewer", "analyst", "auditor", "supervisor"):
        with pytest.raises(Forbidden):
            invited(actor=getattr(house, who), **given)
    assert invited(actor=house.lead, **given).confirmed_at is None


def test_who_vetted_the_agency_stands_beside_whoever_approves_it(
    house: House, now: Any, invited: Any
) -> None:
    invitation = invited(actor=house.lead, role=Role.SUPERVISOR, seconded_by=house.reviewer.person_id)
    assert (invitation.confirmed_at, invitation.confirmed_by_id) == (now, house.reviewer.person_id)
    alone = invited(
        actor=house.lead, role=Role.SUPERVISOR, seconded_by=house.lead.person_id, email="two@police.example"
    )
    assert alone.confirmed_at is None, "nobody is a second person to oneself"


def test_a_job_bootstraps(now: Any, invited: Any) -> None:
    assert invited(actor=SYSTEM, role=Role.SUPERVISOR).confirmed_at == now


@pytest.mark.parametrize("who", ["officer", "analyst", "auditor"])
def test_the_wrong_role_invites_nobody(house: House, invited: Any, who: str) -> None:
    with pytest.raises(Forbidden):
        invited(actor=getattr(house, who))


def test_another_agency_is_not_there(house: House, invited: Any) -> None:
    for agency_id in (house.other.pk, uuid4()):
        with pytest.raises(NotVisible):
            invited(agency_id=agency_id, email="new@polisen.example")
    assert not Invitation.objects.filter(accepted_at=None).exists()


def test_a_fresh_second_factor_is_asked_for(house: House, invited: Any) -> None:
    from dataclasses import replace

    with pytest.raises(ProofNeeded):
        invited(actor=replace(house.supervisor, is_fresh=False))


@pytest.mark.parametrize(
    "email",
    [
        "new@gmail.example",
        "new@sub.police.example",  # below the official domain
        "new@police.example.org",
        "new@xpolice.example",
        "new@pοlice.example",  # Greek omicron
        "new@роlice.example",  # Cyrillic
        "new+two@police.example",  # the same mailbox twice
        "new@police.example@evil.example",
        '"new x"@police.example',
        "new@[127.0.0.1]",
        "nеw@police.example",  # Cyrillic in the name
        "new\r\nBcc: all@police.example",
        "new@police.example\r\nBcc: x@evil.example",
        "new@police.example,evil@evil.example",
        "new\u202e@police.example",
        "new\x00@police.example",
        "new..x@police.example",
        ".new@police.example",
        "new",
        "",
        "@police.example",
        "a" * 65 + "@police.example",
        "a" * 100_000 + "@police.example",
        "new@" + "police.example" * 10_000,
    ],
)
def test_an_address_is_plain_and_of_exactly_an_official_domain(invited: Any, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        invited(email=email)
    assert wrong(refused) == {"email"}


@pytest.mark.parametrize(
    "email", ["NEW@POLICE.EXAMPLE", "ｎｅｗ@police.example", "new＠police．example", "new@police.example."]
)
def test_one_address_has_one_spelling(invited: Any, email: str) -> None:
    assert invited(email=email).email == "new@police.example"
    with pytest.raises(Invalid) as refused:
        invited(email="new@police.example")
    assert wrong(refused) == {"email"}


def test_an_address_in_the_middle_of_two_domains_is_of_neither(house: House, invited: Any) -> None:
    with pytest.raises(Invalid):
        invited(email="new@polisen.example")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "A" * 121,
        "A" * 100_000,
        "Chan\r\nBcc: all@evil.example",
        "Chan\x00",
        "Chan \u202eevil",
        "a\u2028b",
        "\ud800",
    ],
)
def test_a_name_is_text_in_one_line(invited: Any, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        invited(name=name)
    assert wrong(refused) == {"name"}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COMPLIANCE_LEAD, "root", ""])
def test_a_role_of_the_exchange_is_not_an_agencys(house: House, invited: Any, role: str) -> None:
    with pytest.raises(Invalid) as refused:
        invited(role=role)
    assert wrong(refused) == {"role"}
    with pytest.raises(Invalid):
        invited(actor=house.lead, agency_id=None, role=Role.OFFICER, email="new@exchange.example")


def test_the_exchanges_people_have_addresses_of_the_exchange(house: House, invited: Any) -> None:
    with pytest.raises(Invalid) as refused:
        invited(actor=house.lead, agency_id=None, role=Role.AUDITOR, email="new@police.example")
    assert wrong(refused) == {"email"}


def test_somebody_with_a_role_is_not_invited(house: House, invited: Any) -> None:
    with pytest.raises(Invalid) as refused:
        invited(email="Officer@police.example")
    assert wrong(refused) == {"email"}


def test_an_unknown_language_is_refused(invited: Any) -> None:
    with pytest.raises(Invalid) as refused:
        invited(language="tlh")
    assert wrong(refused) == {"language"}


def test_an_expired_invitation_makes_way_for_a_new_one(now: Any, invited: Any) -> None:
    old = invited(now=now - timedelta(hours=72))
    new = invited()
    old.refresh_from_db()
    assert (old.revoked_at, new.revoked_at) == (now, None)


def test_an_invitation_has_not_expired_a_moment_before_its_end(now: Any, invited: Any) -> None:
    invited(now=now - timedelta(hours=72) + timedelta(microseconds=1))
    with pytest.raises(Invalid):
        invited()


def test_an_agency_that_is_not_approved_takes_nobody_in(now: Any, invited: Any) -> None:
    from tests.portal.test_agencies import applied

    agency = applied(now)
    with pytest.raises(WrongState):
        invited(actor=SYSTEM, agency_id=agency.pk, email="new@spf.example")


@pytest.mark.django_db(transaction=True)
def test_of_two_invitations_at_once_one_is_sent(
    house: House, seconds: Seconds, invited: Any, at_once: Any
) -> None:
    results = at_once(invited, lambda: invited(actor=seconds.supervisor))
    assert sorted(type(each).__name__ for each in results) == ["Invalid", "Invitation"]


def test_the_database_refuses_what_one_person_alone_must_not_do(
    house: House, now: Any, invited: Any, seconds: Seconds
) -> None:
    invitation = invited(role=Role.SUPERVISOR)
    for by, refusal in (
        (None, "invitation_second_person"),
        (house.supervisor.person_id, "invitation_confirmed_by_another"),
    ):
        with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
            Invitation.objects.filter(pk=invitation.pk).update(confirmed_at=now, confirmed_by_id=by)
    with pytest.raises(IntegrityError, match="invitation_accepted_when_confirmed"), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(
            accepted_at=now, accepted_by_id=house.officer.person_id
        )


def test_a_departure_is_no_way_around_a_suspension(
    house: House, seconds: Seconds, now: Any, invited: Any
) -> None:
    mine = membership_of(house.officer)
    Membership.objects.filter(pk=mine.pk).update(suspended_at=now)
    depart(mine.pk, actor=house.supervisor, now=now, why="Left.")
    email = mine.user.email
    for actor in (house.supervisor, seconds.supervisor):
        with pytest.raises(Invalid) as refused:
            invited(actor=actor, email=email)
        assert wrong(refused) == {"email"}
    assert invited(actor=house.reviewer, email=email).confirmed_at is None, "and then by two people"
