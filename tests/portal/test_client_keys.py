"""Keys: issued and shown once, followed by another without a gap, revoked at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from portal.clients import flows, known
from portal.clients.door import admit
from portal.clients.keys import FORM, key_digest
from portal.clients.problems import Refused
from portal.kernel.errors import Forbidden, Invalid, Stale, WrongState
from portal.models import AuditEvent, Client, ClientKey, Notice
from portal.models.client import KeyState
from tests.clients import make_client
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db
SCOPES = ["campaigns:read"]


def door(key: str, now: Any) -> str:
    """What the door says of this key at that moment: the code of its refusal, or nothing."""
    connection.ensure_connection()
    keys = known.read(connection.connection)
    try:
        admit(
            {"HTTP_AUTHORIZATION": f"Bearer {key}", "REMOTE_ADDR": "192.0.2.1"},
            keys,
            "campaigns:read",
            now.timestamp(),
        )
    except Refused as refused:
        return refused.problem.code
    return ""


@pytest.fixture
def first(house: House, now: Any) -> tuple[ClientKey, str]:
    return make_client("withdrawals", SCOPES, now=now)


def test_a_key_opens_the_door_and_is_kept_nowhere(first: Any, now: Any) -> None:
    key, text = first
    assert FORM.fullmatch(text)
    assert (key.key_sha256, text[:17]) == (key_digest(text), key.prefix)
    assert door(text, now) == ""
    secret = text[-43:]
    for model in (Client, ClientKey, AuditEvent):
        assert not [row for row in model.objects.values() if secret in str(row)]


def test_no_two_keys_are_alike(first: Any, house: House, now: Any) -> None:
    texts = {first[1]}
    for _ in range(4):
        texts.add(flows.issue(first[0].client_id, actor=house.lead, now=now)[1])
    assert len(texts) == len({text[:17] for text in texts}) == 5


def test_a_key_ends_at_its_end_and_not_before(house: House, now: Any) -> None:
    end = now + timedelta(hours=1)
    key, text = make_client("x", SCOPES, now=now, expires_at=end)
    assert door(text, end - timedelta(microseconds=1)) == ""
    assert door(text, end) == "key-expired"
    assert key.state_at(end - timedelta(microseconds=1)) == KeyState.ACTIVE
    assert key.state_at(end) == KeyState.EXPIRED


def test_an_end_is_never_missing_nor_too_far(first: Any, house: House, now: Any, settings: Any) -> None:
    assert first[0].expires_at == now + timedelta(days=400)
    client = first[0].client_id
    for days in (0, -1, 400.001):
        with pytest.raises(Invalid) as refused:
            flows.issue(client, actor=house.lead, now=now, expires_at=now + timedelta(days=days))
        assert set(refused.value.errors) == {"expires_at"}
    settings.CLIENT_KEY_MAX_DAYS = 30
    assert flows.issue(client, actor=house.lead, now=now)[0].expires_at == now + timedelta(days=30)


def test_the_old_key_goes_on_for_the_overlap_and_then_ends_by_itself(
    first: Any, house: House, now: Any
) -> None:
    old, old_text = first
    new, new_text = flows.rotate(old.pk, actor=house.lead, now=now, overlap=timedelta(hours=2))
    old.refresh_from_db()
    assert (old.replaced_by, old.expires_at) == (new, now + timedelta(hours=2))
    for moment, old_says in ((now, ""), (now + timedelta(hours=2), "key-expired")):
        assert (door(old_text, moment), door(new_text, moment)) == (old_says, "")
    event = AuditEvent.objects.get(event="clients.rotated")
    assert (event.data["key"], event.data["replaces"]) == (new.prefix, old.prefix)
    assert event.data["which_ends_at"] == old.expires_at.isoformat()


def test_without_an_overlap_the_old_key_ends_at_once(first: Any, house: House, now: Any) -> None:
    _, new_text = flows.rotate(first[0].pk, actor=house.lead, now=now, overlap=timedelta(0))
    assert (door(first[1], now), door(new_text, now)) == ("key-expired", "")


def test_a_rotation_never_prolongs_the_old_key(house: House, now: Any) -> None:
    end = now + timedelta(hours=1)
    old, _ = make_client("x", SCOPES, now=now, expires_at=end)
    flows.rotate(old.pk, actor=house.lead, now=now, overlap=timedelta(days=30))
    old.refresh_from_db()
    assert old.expires_at == end


@pytest.mark.parametrize("overlap", [timedelta(days=30, seconds=1), timedelta(seconds=-1)])
def test_an_overlap_is_at_most_thirty_days(first: Any, house: House, now: Any, overlap: timedelta) -> None:
    with pytest.raises(Invalid) as refused:
        flows.rotate(first[0].pk, actor=house.lead, now=now, overlap=overlap)
    assert set(refused.value.errors) == {"overlap"}


def test_a_key_is_followed_by_one_key_only(first: Any, house: House, now: Any) -> None:
    flows.rotate(first[0].pk, actor=house.lead, now=now)
    with pytest.raises(WrongState):
        flows.rotate(first[0].pk, actor=house.lead, now=now)
    assert ClientKey.objects.count() == 2


def test_what_has_ended_is_not_rotated(first: Any, house: House, now: Any) -> None:
    with pytest.raises(WrongState):
        flows.rotate(first[0].pk, actor=house.lead, now=now + timedelta(days=400))
    flows.revoke(first[0].pk, actor=house.lead, now=now, why="x")
    with pytest.raises(WrongState):
        flows.rotate(first[0].pk, actor=house.lead, now=now)


def test_a_key_revoked_within_its_overlap_is_refused_and_the_new_one_goes_on(
    first: Any, house: House, now: Any
) -> None:
    _, new_text = flows.rotate(first[0].pk, actor=house.lead, now=now)
    flows.revoke(first[0].pk, actor=house.lead, now=now, why="It leaked.")
    assert (door(first[1], now), door(new_text, now)) == ("key-revoked", "")


def test_a_revoked_key_is_refused_for_good_and_the_act_says_why(first: Any, house: House, now: Any) -> None:
    key = flows.revoke(first[0].pk, actor=house.lead, now=now, why=" It leaked. ")
    assert (key.revoked_at, key.revoked_by_id, key.revoked_why) == (now, house.lead.person_id, "It leaked.")
    assert door(first[1], now) == "key-revoked"
    event = AuditEvent.objects.get(event="clients.revoked")
    assert (event.subject_id, event.why, event.data) == (
        str(key.client_id),
        "It leaked.",
        {"key": key.prefix},
    )
    with pytest.raises(WrongState):
        flows.revoke(key.pk, actor=house.lead, now=now, why="Again.")


def test_all_keys_of_a_client_share_what_it_may_do(first: Any, house: House, now: Any) -> None:
    flows.edit(
        first[0].client_id, actor=house.lead, now=now, seen_revision=1, name="w", scopes=["events:write"],
        description="", contact="", networks=["198.51.100.0/24"], per_minute=1,
    )  # fmt: skip
    assert door(first[1], now) == "network-not-allowed"


@pytest.mark.parametrize("who", ["officer", "supervisor", "reviewer", "analyst", "auditor"])
def test_only_a_compliance_lead_issues_rotates_and_revokes(
    first: Any, house: House, now: Any, who: str
) -> None:
    actor = getattr(house, who)
    for act in (
        lambda: flows.issue(first[0].client_id, actor=actor, now=now),
        lambda: flows.rotate(first[0].pk, actor=actor, now=now),
        lambda: flows.revoke(first[0].pk, actor=actor, now=now, why="No."),
    ):
        with pytest.raises(Forbidden):
            act()
    assert door(first[1], now) == ""
    assert ClientKey.objects.count() == 1


def test_a_form_that_is_sent_twice_issues_one_key(first: Any, house: House, now: Any) -> None:
    client = first[0].client_id
    flows.issue(client, actor=house.lead, now=now, seen_keys=1)
    with pytest.raises(Stale):
        flows.issue(client, actor=house.lead, now=now, seen_keys=1)
    assert ClientKey.objects.count() == 2


def test_a_client_has_five_working_keys_at_most_and_can_still_rotate(
    first: Any, house: House, now: Any
) -> None:
    client = first[0].client_id
    for _ in range(4):
        flows.issue(client, actor=house.lead, now=now)
    with pytest.raises(WrongState):
        flows.issue(client, actor=house.lead, now=now)
    flows.rotate(first[0].pk, actor=house.lead, now=now)


@pytest.mark.parametrize("note", ["x" * 201, "a\nb", "a\x00b"])
def test_a_note_is_one_short_line(first: Any, house: House, now: Any, note: str) -> None:
    with pytest.raises(Invalid) as refused:
        flows.issue(first[0].client_id, actor=house.lead, now=now, note=note)
    assert set(refused.value.errors) == {"note"}


@pytest.mark.django_db(transaction=True)
def test_of_two_rotations_at_once_one_counts(now: Any, at_once: Any) -> None:
    key, _ = make_client("x", SCOPES, now=now)
    act = lambda: flows.rotate(key.pk, actor=SYSTEM, now=now)  # noqa: E731
    assert sorted(type(each).__name__ for each in at_once(act, act)) == ["WrongState", "tuple"]
    assert ClientKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_revocations_at_once_one_counts(now: Any, at_once: Any) -> None:
    key, _ = make_client("x", SCOPES, now=now)
    act = lambda: flows.revoke(key.pk, actor=SYSTEM, now=now, why="It leaked.")  # noqa: E731
    assert sorted(type(each).__name__ for each in at_once(act, act)) == ["ClientKey", "WrongState"]
    assert AuditEvent.objects.filter(event="clients.revoked").count() == 1


def noticed() -> int:
    return Notice.objects.filter(kind="client-keys-need-attention").count()


def test_leads_are_told_of_a_key_that_ends_soon_daily_in_its_last_days(house: House, now: Any) -> None:
    key, _ = make_client("x", SCOPES, now=now, expires_at=now + timedelta(days=20))
    told = []
    for day in range(21):
        flows.warn(actor=SYSTEM, now=now + timedelta(days=day))
        told.append(noticed())
    # From the 14th day before the end, a week later, then on each of the last three days.
    assert [day for day in range(1, 21) if told[day] > told[day - 1]] == [6, 13, 17, 18, 19]
    assert noticed() == 5
    assert key.prefix not in str(list(Notice.objects.values()))


def test_leads_are_told_of_a_key_that_nobody_uses(house: House, now: Any) -> None:
    key, _ = make_client("x", SCOPES, now=now)
    assert flows.warn(actor=SYSTEM, now=now + timedelta(days=90)) == 0
    assert flows.warn(actor=SYSTEM, now=now + timedelta(days=90, seconds=1)) == 1
    ClientKey.objects.filter(pk=key.pk).update(last_used_at=now + timedelta(days=90))
    assert flows.warn(actor=SYSTEM, now=now + timedelta(days=100)) == 0


def test_an_old_key_in_its_overlap_is_spoken_of_only_if_it_is_used_still(house: House, now: Any) -> None:
    old, _ = make_client("x", SCOPES, now=now)
    flows.rotate(old.pk, actor=house.lead, now=now + timedelta(hours=1))
    at = now + timedelta(hours=2)
    assert not ClientKey.objects.needing_attention_at(at).exists()
    ClientKey.objects.filter(pk=old.pk).update(last_used_at=at)
    assert list(ClientKey.objects.needing_attention_at(at)) == [old]


def test_nobody_is_told_of_what_has_ended(house: House, now: Any) -> None:
    key, _ = make_client("x", SCOPES, now=now, expires_at=now + timedelta(days=1))
    flows.revoke(key.pk, actor=house.lead, now=now, why="x")
    assert flows.warn(actor=SYSTEM, now=now) == 0
    with pytest.raises(Forbidden):
        flows.warn(actor=house.lead, now=now)
