"""API clients: a key is shown once and kept as a digest, works until its end, and is revoked at once."""

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import DeliveryRevision
from portal.clients import flows
from portal.clients.authenticate import client_for
from portal.clients.keys import FORM, key_digest
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent, Client
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db
SCOPES = ["campaigns:read", "events:write"]


def issued(actor: Any, now: Any, **more: Any) -> tuple[Client, str]:
    return flows.issue(actor=actor, now=now, name="withdrawals", scopes=SCOPES, **more)


def test_a_key_opens_what_its_scopes_name(house: House, now: Any) -> None:
    client, key = issued(house.lead, now)
    actor, refusal = client_for(key, now)
    assert refusal == ""
    assert actor is not None
    assert (actor.kind, actor.id, actor.scopes, actor.role) == (
        "client",
        str(client.pk),
        frozenset(SCOPES),
        None,
    )


def test_the_key_itself_is_kept_nowhere(house: House, now: Any) -> None:
    client, key = issued(house.lead, now)
    assert FORM.fullmatch(key.encode())
    assert client.key_sha256 == key_digest(key)
    secret = key.rpartition("_")[2]
    event = AuditEvent.objects.get(event="clients.issued")
    kept = [str(Client.objects.values().get()), str(event.data), event.subject_label]
    assert not [text for text in kept if secret in text]


def test_no_two_keys_are_alike(house: House, now: Any) -> None:
    keys = {issued(house.lead, now)[1] for _ in range(20)}
    assert len(keys) == len({key.rpartition("_")[0] for key in keys}) == 20


def test_both_acts_are_recorded(house: House, now: Any) -> None:
    client, _key = issued(house.lead, now)
    flows.revoke(client.pk, actor=house.lead, now=now, why="It leaked.")
    events = AuditEvent.objects.filter(subject_type="client").order_by("seq")
    assert [(each.event, each.why, each.actor_id) for each in events] == [
        ("clients.issued", "", house.lead.id),
        ("clients.revoked", "It leaked.", house.lead.id),
    ]


def test_every_delivery_process_learns_of_both(house: House, now: Any) -> None:
    client, _key = issued(house.lead, now)
    first = DeliveryRevision.objects.get().revision
    flows.revoke(client.pk, actor=house.lead, now=now, why="It leaked.")
    assert DeliveryRevision.objects.get().revision == first + 1


@pytest.mark.parametrize("who", ["officer", "supervisor", "reviewer", "analyst", "auditor"])
def test_only_a_compliance_lead_issues_and_revokes(house: House, now: Any, who: str) -> None:
    client, _key = issued(house.lead, now)
    with pytest.raises(Forbidden):
        issued(getattr(house, who), now)
    with pytest.raises(Forbidden):
        flows.revoke(client.pk, actor=getattr(house, who), now=now, why="No.")
    assert Client.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["campaigns:write"]}, "scopes"),
        ({"expires_at": timedelta(0)}, "expires_at"),
        ({"expires_at": timedelta(days=-1)}, "expires_at"),
    ],
)
def test_a_key_that_opens_nothing_is_refused(now: Any, change: dict[str, Any], field: str) -> None:
    given = {"scopes": SCOPES} | change
    if "expires_at" in given:
        given["expires_at"] = now + given["expires_at"]
    with pytest.raises(Invalid) as refused:
        flows.issue(actor=SYSTEM, now=now, name="withdrawals", **given)
    assert field in refused.value.errors
    assert not Client.objects.exists()


def test_a_key_ends_at_its_end_and_not_before(now: Any) -> None:
    end = now + timedelta(hours=1)
    _client, key = issued(SYSTEM, now, expires_at=end)
    assert client_for(key, end - timedelta(microseconds=1))[0] is not None
    assert client_for(key, end) == (None, "key-expired")
    assert Client.objects.valid_at(end - timedelta(seconds=1)).exists()
    assert not Client.objects.valid_at(end).exists()


def test_a_revoked_key_is_refused_for_good(now: Any) -> None:
    client, key = issued(SYSTEM, now)
    flows.revoke(client.pk, actor=SYSTEM, now=now, why="It leaked.")
    assert client_for(key, now) == (None, "key-revoked")
    with pytest.raises(WrongState):
        flows.revoke(client.pk, actor=SYSTEM, now=now, why="Again.")


@pytest.mark.parametrize(
    "key",
    ["", "lepp_", "lepp_000000000000_" + "A" * 43, "Bearer x", "lepp_000000000000_" + "漢" * 43, "\x00" * 61],
)
def test_whatever_is_no_key_is_unknown(db: None, now: Any, key: str) -> None:
    assert client_for(key, now) == (None, "key-unknown")


def test_a_key_with_one_letter_changed_is_unknown(now: Any) -> None:
    _client, key = issued(SYSTEM, now)
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert client_for(changed, now) == (None, "key-unknown")


def test_a_client_that_is_not_there_cannot_be_revoked(house: House, now: Any) -> None:
    with pytest.raises(NotVisible):
        flows.revoke(house.ours.pk, actor=house.lead, now=now, why="No.")


@pytest.mark.django_db(transaction=True)
def test_of_two_revocations_at_once_one_counts(now: Any, at_once: Any) -> None:
    client, _key = issued(SYSTEM, now)
    act = lambda: flows.revoke(client.pk, actor=SYSTEM, now=now, why="It leaked.")  # noqa: E731
    assert sorted(type(each).__name__ for each in at_once(act, act)) == ["Client", "WrongState"]
    assert AuditEvent.objects.filter(event="clients.revoked").count() == 1
