"""Clients: registered, edited and closed by leads, recorded, and known to every delivery process."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from campaigns.models import DeliveryRevision
from portal.clients import flows
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded, Stale, WrongState
from portal.models import AuditEvent, Client, ClientKey
from tests.clients import make_client
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {
    "name": "Withdrawal service",
    "description": "Asks and reports.",
    "contact": "Payments on call",
    "scopes": ["campaigns:read", "events:write"],
    "networks": ["203.0.113.0/24", "2001:db8::/32"],
    "per_minute": 600,
}
OTHERS = ["officer", "supervisor", "reviewer", "analyst", "auditor"]


def registered(actor: Any, now: Any, **changes: Any) -> Client:
    return flows.register(actor=actor, now=now, **(GIVEN | changes))


def edited(client: Client, actor: Any, now: Any, seen: int = 1, **changes: Any) -> Client:
    return flows.edit(client.pk, actor=actor, now=now, seen_revision=seen, **(GIVEN | changes))


def test_a_client_is_kept_as_it_was_given(house: House, now: Any) -> None:
    client = Client.objects.get(pk=registered(house.lead, now).pk)
    assert {name: getattr(client, name) for name in GIVEN} == GIVEN
    assert not client.keys.exists()


def test_without_networks_and_rate_it_may_call_from_anywhere_at_the_usual_rate(
    house: House, now: Any
) -> None:
    client = flows.register(actor=house.lead, now=now, name="x", scopes=["events:write"])
    assert (client.networks, client.per_minute) == ([], 6000)


def test_registering_is_recorded_without_free_text(house: House, now: Any) -> None:
    client = registered(house.lead, now)
    event = AuditEvent.objects.get(event="clients.registered")
    assert (event.subject_id, event.actor_id) == (str(client.pk), house.lead.id)
    assert event.data["networks"] == GIVEN["networks"]
    assert "Payments" not in str(event.data)


def test_an_edit_records_what_was_and_what_is(house: House, now: Any) -> None:
    client = registered(house.lead, now)
    edited(client, house.lead, now, scopes=["campaigns:read"], networks=[], per_minute=60)
    event = AuditEvent.objects.get(event="clients.edited")
    assert event.data == {
        "changes": {
            "scopes": [["campaigns:read", "events:write"], ["campaigns:read"]],
            "networks": [["203.0.113.0/24", "2001:db8::/32"], []],
            "per_minute": [600, 60],
        }
    }


def test_an_edit_that_changes_nothing_is_no_act(house: House, now: Any) -> None:
    client = registered(house.lead, now)
    assert edited(client, house.lead, now).revision == 1
    assert not AuditEvent.objects.filter(event="clients.edited").exists()


def test_nobody_overwrites_what_they_have_not_seen(house: House, now: Any) -> None:
    client = registered(house.lead, now)
    edited(client, house.lead, now, per_minute=60)
    with pytest.raises(Stale):
        edited(client, house.lead, now, seen=1, per_minute=9)
    assert edited(client, house.lead, now, seen=2, per_minute=9).per_minute == 9


def test_closing_ends_every_key_and_says_why(house: House, now: Any) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    second, _ = flows.issue(key.client_id, actor=house.lead, now=now)
    flows.revoke(second.pk, actor=house.lead, now=now, why="It leaked.")
    client = flows.close(key.client_id, actor=house.lead, now=now, why="Replaced by another service.")
    assert (client.closed_at, client.closed_by_id) == (now, house.lead.person_id)
    assert dict(client.keys.values_list("pk", "revoked_why")) == {
        key.pk: "Replaced by another service.",
        second.pk: "It leaked.",
    }
    event = AuditEvent.objects.get(event="clients.closed")
    assert (event.why, event.data) == ("Replaced by another service.", {"keys": [key.prefix]})


@pytest.mark.parametrize("verb", ["edit", "close", "issue", "rotate", "revoke"])
def test_a_closed_client_stays_closed(house: House, now: Any, verb: str) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    client = flows.close(key.client_id, actor=house.lead, now=now, why="done")
    acts: dict[str, Any] = {
        "edit": lambda: edited(client, house.lead, now),
        "close": lambda: flows.close(client.pk, actor=house.lead, now=now, why="again"),
        "issue": lambda: flows.issue(client.pk, actor=house.lead, now=now),
        "rotate": lambda: flows.rotate(key.pk, actor=house.lead, now=now),
        "revoke": lambda: flows.revoke(key.pk, actor=house.lead, now=now, why="again"),
    }
    with pytest.raises(WrongState):
        acts[verb]()


def test_a_name_is_free_again_after_closing_and_not_before(house: House, now: Any) -> None:
    client = registered(house.lead, now)
    with pytest.raises(Invalid) as refused:
        registered(house.lead, now, name=" WITHDRAWAL service ")
    assert "name" in refused.value.errors
    flows.close(client.pk, actor=house.lead, now=now, why="done")
    assert registered(house.lead, now).pk != client.pk


@pytest.mark.parametrize("who", OTHERS)
def test_only_a_compliance_lead_acts(house: House, now: Any, who: str) -> None:
    actor = getattr(house, who)
    client = registered(house.lead, now)
    with pytest.raises(Forbidden):
        registered(actor, now, name="other")
    with pytest.raises(Forbidden):
        edited(client, actor, now, per_minute=1)
    with pytest.raises(Forbidden):
        flows.close(client.pk, actor=actor, now=now, why="No.")
    client.refresh_from_db()
    assert (client.per_minute, client.closed_at) == (600, None)


@pytest.mark.parametrize("who", ["officer", "reviewer", "analyst"])
def test_who_has_nothing_to_do_with_clients_sees_none(house: House, now: Any, who: str) -> None:
    registered(house.lead, now)
    assert not Client.objects.visible_to(getattr(house, who)).exists()


def test_what_opens_or_closes_for_good_needs_a_fresh_proof_and_a_revocation_does_not(
    house: House, now: Any
) -> None:
    stale = replace(house.lead, is_fresh=False)
    key, _ = make_client("x", ["campaigns:read"], now=now)
    client = key.client
    for act in (
        lambda: registered(stale, now),
        lambda: edited(client, stale, now),
        lambda: flows.issue(client.pk, actor=stale, now=now),
        lambda: flows.rotate(key.pk, actor=stale, now=now),
        lambda: flows.close(client.pk, actor=stale, now=now, why="x"),
    ):
        with pytest.raises(ProofNeeded):
            act()
    assert flows.revoke(key.pk, actor=stale, now=now, why="It leaked.").revoked_at == now


def test_a_lead_who_was_suspended_since_the_page_was_asked_for_does_nothing(house: House, now: Any) -> None:
    from portal.models import Membership

    Membership.objects.filter(user_id=house.lead.person_id).update(suspended_at=now)
    with pytest.raises(Forbidden):
        registered(house.lead, now)


def test_one_that_is_not_there_is_not_found(house: House, now: Any) -> None:
    with pytest.raises(NotVisible):
        flows.close(house.ours.pk, actor=house.lead, now=now, why="x")
    with pytest.raises(NotVisible):
        flows.revoke(house.ours.pk, actor=house.lead, now=now, why="x")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"description": "x" * 100_000}, "description"),
        ({"contact": "a\r\nBcc: x"}, "contact"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["campaigns:write"]}, "scopes"),
        ({"scopes": ["campaigns:read", "*"]}, "scopes"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_minute": -1}, "per_minute"),
        ({"per_minute": 10_000_001}, "per_minute"),
        ({"networks": ["10.0.0.7/8"]}, "networks"),
        ({"networks": ["0.0.0.0/0"]}, "networks"),
        ({"networks": ["10.0.0.0/8"] + [f"192.0.2.{n}" for n in range(50)]}, "networks"),
    ],
)
def test_what_is_unfit_is_refused_by_its_field(now: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        registered(SYSTEM, now, **change)
    assert set(refused.value.errors) == {field}
    assert not Client.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(now: Any) -> None:
    with pytest.raises(Invalid) as refused:
        registered(SYSTEM, now, name="", scopes=[], per_minute=0, networks=["x"])
    assert set(refused.value.errors) == {"name", "scopes", "per_minute", "networks"}


@pytest.mark.parametrize("why", ["", "  ", "x" * 1001, "a\x00b"])
def test_an_end_has_a_reason(house: House, now: Any, why: str) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    for act in (
        lambda: flows.close(key.client_id, actor=house.lead, now=now, why=why),
        lambda: flows.revoke(key.pk, actor=house.lead, now=now, why=why),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert set(refused.value.errors) == {"why"}


def test_every_act_bumps_the_delivery_revision_once(house: House, now: Any) -> None:
    def revision() -> int:
        return DeliveryRevision.objects.get().revision

    client = registered(house.lead, now)
    seen = revision()
    key, _ = flows.issue(client.pk, actor=house.lead, now=now)
    new, _ = flows.rotate(key.pk, actor=house.lead, now=now)
    edited(client, house.lead, now, per_minute=7)
    flows.revoke(new.pk, actor=house.lead, now=now, why="x")
    flows.close(client.pk, actor=house.lead, now=now, why="x")
    assert revision() == seen + 5


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_one_name_at_once_one_gets_it(now: Any, at_once: Any) -> None:
    act = lambda: registered(SYSTEM, now)  # noqa: E731
    assert sorted(type(each).__name__ for each in at_once(act, act)) == ["Client", "Invalid"]


@pytest.mark.django_db(transaction=True)
def test_of_two_closings_at_once_one_counts(now: Any, at_once: Any) -> None:
    client = registered(SYSTEM, now)
    act = lambda: flows.close(client.pk, actor=SYSTEM, now=now, why="done")  # noqa: E731
    assert sorted(type(each).__name__ for each in at_once(act, act)) == ["Client", "WrongState"]
    assert AuditEvent.objects.filter(event="clients.closed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_issued_while_the_client_is_being_closed_never_works(now: Any, at_once: Any) -> None:
    client = registered(SYSTEM, now)
    at_once(
        lambda: flows.close(client.pk, actor=SYSTEM, now=now, why="done"),
        lambda: flows.issue(client.pk, actor=SYSTEM, now=now),
    )
    assert not ClientKey.objects.usable_at(now).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM portal_client",
        "UPDATE portal_client SET closed_at = NULL",
        "UPDATE portal_client SET name = 'x'",
        "UPDATE portal_client SET scopes = '{}'",
        "UPDATE portal_client SET per_minute = 0",
        "UPDATE portal_client SET networks = '{10.0.0.7/8}'",
        "DELETE FROM portal_clientkey",
        "UPDATE portal_clientkey SET revoked_at = NULL",
        "UPDATE portal_clientkey SET key_sha256 = 'x'",
        "UPDATE portal_clientkey SET expires_at = expires_at + interval '1 day'",
        "INSERT INTO portal_clientkey (id, client_id, prefix, key_sha256, note, issued_at, expires_at,"
        " revoked_why, calls)"
        " SELECT gen_random_uuid(), id, 'p', 's', '', now(), now(), '', 0 FROM portal_client",
    ],
)
def test_postgresql_refuses_the_same_of_a_closed_client(now: Any, statement: str) -> None:
    key, _ = make_client("x", ["campaigns:read"], now=now)
    flows.close(key.client_id, actor=SYSTEM, now=now, why="done")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
