"""The audit trail: written with the act or not at all, never changed, and a break in it is named."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.audit import record
from portal.audit.chain import verify
from portal.audit.tasks import verify_chain
from portal.models import Agency, AuditEvent
from tests.people import SYSTEM, House, make_agency

EVENT = "agencies.applied"


def write(subject: Any, now: Any, **more: Any) -> AuditEvent:
    with transaction.atomic():
        event = record(EVENT, actor=SYSTEM, subject=subject, at=now, **more)
    event.refresh_from_db()  # the hash is the database's
    return event


@pytest.fixture
def agency(db: None, now: Any) -> Agency:
    return make_agency("hong-kong", now=now)


def test_an_act_says_who_did_what_to_which_thing(house: House, now: Any) -> None:
    with transaction.atomic():
        event = record(
            EVENT, actor=house.officer, subject=house.ours, at=now, why="Because.", data={"regions": ["HK"]}
        )
    event.refresh_from_db()
    assert (event.actor_kind, event.actor_id, event.actor_role) == ("person", house.officer.id, "officer")
    assert (event.subject_type, event.subject_id, event.subject_agency_id) == (
        "agency", str(house.ours.pk), house.ours.pk,
    )  # fmt: skip
    assert (event.why, event.data, event.at) == ("Because.", {"regions": ["HK"]}, now)


def test_without_a_transaction_nothing_is_written(transactional_db: None, now: Any) -> None:
    agency = make_agency("hong-kong", now=now)
    before = AuditEvent.objects.count()
    with pytest.raises(transaction.TransactionManagementError):
        record(EVENT, actor=SYSTEM, subject=agency, at=now)
    assert AuditEvent.objects.count() == before


def test_an_event_that_nobody_registered_is_a_mistake(agency: Agency, now: Any) -> None:
    with pytest.raises(LookupError), transaction.atomic():
        record("agencies.aplied", actor=SYSTEM, subject=agency, at=now)


def test_an_act_that_is_rolled_back_leaves_no_row_and_no_gap(agency: Agency, now: Any) -> None:
    before = write(agency, now).seq
    with transaction.atomic():
        record(EVENT, actor=SYSTEM, subject=agency, at=now)
        transaction.set_rollback(True)
    assert write(agency, now).seq == before + 1
    assert verify().is_whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal_auditevent SET why = 'nothing'",
        "UPDATE portal_auditevent SET hash = repeat('0', 64)",
        "DELETE FROM portal_auditevent",
        "TRUNCATE portal_auditevent",
    ],
)
def test_the_database_refuses_to_change_what_was_written(agency: Agency, statement: str) -> None:
    before = list(AuditEvent.objects.values_list("hash", flat=True))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(AuditEvent.objects.values_list("hash", flat=True)) == before


def test_a_caller_cannot_choose_number_or_hash(agency: Agency, now: Any) -> None:
    last = write(agency, now)
    AuditEvent.objects.create(
        seq=last.seq + 1000, hash="f" * 64, previous_hash="f" * 64, at=now, event=EVENT, actor_kind="system",
        actor_id="x", actor_label="x", subject_type="agency", subject_id="x", subject_label="x",
    )  # fmt: skip
    newest = AuditEvent.objects.order_by("-seq").first()
    assert newest is not None
    assert (newest.seq, newest.previous_hash) == (last.seq + 1, last.hash)
    assert verify().is_whole


@pytest.mark.parametrize(
    "change",
    [
        "why = 'Something else.'",
        "actor_id = 'somebody else'",
        "at = at + interval '1 second'",
        'data = \'{"regions": ["SE"]}\'',
        "actor_agency_id = gen_random_uuid()",
    ],
)
def test_a_row_changed_behind_the_triggers_is_named(
    agency: Agency, now: Any, as_owner: Any, change: str
) -> None:
    tampered = write(agency, now, data={"regions": ["HK"]})
    write(agency, now)
    as_owner(f"UPDATE portal_auditevent SET {change} WHERE seq = %s", [tampered.seq])  # noqa: S608
    assert verify().broken == (tampered.seq,)


def test_a_row_changed_together_with_its_hash_breaks_the_next_link(
    agency: Agency, now: Any, as_owner: Any
) -> None:
    tampered, after = write(agency, now), write(agency, now)
    as_owner(
        """
        UPDATE portal_auditevent SET why = 'x', hash = encode(sha256('x'), 'hex') WHERE seq = %s
        """,
        [tampered.seq],
    )
    assert verify().broken == (tampered.seq, after.seq)


def test_a_row_taken_out_is_named_by_the_one_after_it(agency: Agency, now: Any, as_owner: Any) -> None:
    taken, after = write(agency, now), write(agency, now)
    as_owner("DELETE FROM portal_auditevent WHERE seq = %s", [taken.seq])
    assert verify().broken == (after.seq,)


def test_a_tail_cut_off_shows_against_a_head_kept_elsewhere(agency: Agency, now: Any, as_owner: Any) -> None:
    last = write(agency, now)
    kept = verify()
    assert (kept.head, kept.rows) == (last.hash, AuditEvent.objects.count())
    as_owner("DELETE FROM portal_auditevent WHERE seq = %s", [last.seq])
    assert verify().is_whole
    assert verify().head != kept.head


def test_an_empty_chain_is_whole(db: None) -> None:
    verdict = verify()
    assert (verdict.is_whole, verdict.head) == (True, "")


def test_the_hash_does_not_depend_on_the_session_that_asks(agency: Agency, now: Any) -> None:
    write(agency, now, data={"b": 1, "a": {"ü": "漢", "n": None}})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Tokyo'")
        assert verify().is_whole
        write(agency, now)
        cursor.execute("SET LOCAL TimeZone = 'America/New_York'")
        assert verify().is_whole


def test_the_hourly_job_reports_a_break_as_an_error(
    agency: Agency, now: Any, as_owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("portal.audit.tasks.log.error", lambda text, **data: said.append((text, data)))
    verify_chain()
    assert said == []
    tampered = write(agency, now)
    as_owner("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [tampered.seq])
    verify_chain()
    assert [fault["seq"] for fault in said[0][1]["faults"]] == [tampered.seq]


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_chain_without_gaps(now: Any, at_once: Any) -> None:
    agency = make_agency("hong-kong", now=now)
    before = AuditEvent.objects.count()

    def several() -> int:
        for _ in range(10):
            write(agency, now)
        return 10

    assert at_once(several, several, several, several) == [10] * 4
    numbers = list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True))
    assert len(numbers) == before + 40
    assert numbers == list(range(1, before + 41))
    assert verify().is_whole
