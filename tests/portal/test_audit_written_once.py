"""No statement of the application's changes what was written, or writes it otherwise."""
# ruff: noqa: F811 - fixtures of another module, asked for by name

from datetime import datetime

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from portal.audit import heads, record
from portal.audit.chain import verify
from portal.models import AuditEvent, AuditHead, User
from tests.owner import owner_cursor
from tests.people import SYSTEM
from tests.portal.test_audit_tampering import COLUMNS, EVENT, _own_directory, chain  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


# --- the ways in that the application has -----------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal_auditevent SET why = 'x'",
        "UPDATE portal_auditevent SET hash = hash",
        "DELETE FROM portal_auditevent WHERE false OR seq = 1",
        "TRUNCATE portal_auditevent",
        "TRUNCATE portal_auditevent CASCADE",
        "TRUNCATE portal_auditevent RESTART IDENTITY CASCADE",
        "MERGE INTO portal_auditevent AS e USING (SELECT 1 AS seq) AS s ON e.seq = s.seq"
        " WHEN MATCHED THEN UPDATE SET why = 'x'",
        "MERGE INTO portal_auditevent AS e USING (SELECT 1 AS seq) AS s ON e.seq = s.seq"
        " WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM portal_auditevent RETURNING 1) SELECT count(*) FROM gone",
        "UPDATE portal_audithead SET hash = 'x'",
        "UPDATE portal_audithead SET file = 'x', mailed_at = now()",
        "DELETE FROM portal_audithead",
        "TRUNCATE portal_audithead",
    ],
)
def test_no_statement_changes_what_was_written(chain: list[int], now: datetime, statement: str) -> None:
    """Neither the application, which may not, nor the owner while the triggers are on."""
    heads.sign_head(now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(psycopg.Error), owner_cursor(past_triggers=False) as cursor:
        cursor.execute(statement)
    assert verify().is_whole
    assert AuditHead.objects.count() == 1


def test_an_insert_that_would_update_adds_a_row_instead(chain: list[int]) -> None:
    copied = f"SELECT {COLUMNS} FROM portal_auditevent WHERE seq = {chain[4]}"  # noqa: S608
    statement = (
        f"INSERT INTO portal_auditevent ({COLUMNS}) {copied} ON CONFLICT (seq) DO UPDATE SET why = 'x'"
    )
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    with owner_cursor(past_triggers=False) as cursor:
        cursor.execute(statement)
    assert verify().is_whole
    assert AuditEvent.objects.count() == chain[-1] + 1


def test_copy_and_many_rows_at_once_are_chained_as_well(chain: list[int], now: datetime) -> None:
    thing = User.objects.all()[0]
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY portal_auditevent (seq, at, event, actor_kind, actor_id, actor_label, actor_role,"
            " subject_type, subject_id, subject_label, why, data, request_id, previous_hash, hash) FROM STDIN"
        ) as copy,
    ):
        for number in range(3):
            copy.write_row(
                (
                    number,
                    now,
                    EVENT,
                    "system",
                    "x",
                    "x",
                    "",
                    "user",
                    "x",
                    "x",
                    "",
                    "{}",
                    "",
                    "f" * 64,
                    "f" * 64,
                )
            )
    last = AuditEvent.objects.order_by("-seq")[0]
    assert last.seq == chain[-1] + 3
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(at=now, event=EVENT, actor_kind="system", actor_id="x", actor_label="x",
                       subject_type="user", subject_id=str(thing.pk), subject_label="x")
            for _ in range(5)
        ]
    )  # fmt: skip
    assert verify().is_whole
    assert verify().rows == chain[-1] + 8


def test_a_temporary_table_by_the_same_name_forges_no_head(chain: list[int], now: datetime) -> None:
    thing = User.objects.all()[0]
    """The application may make none; the owner may."""
    with owner_cursor(past_triggers=False) as cursor:
        cursor.execute("CREATE TEMPORARY TABLE portal_auditevent (seq bigint, hash text)")
        cursor.execute("INSERT INTO pg_temp.portal_auditevent VALUES (999, repeat('f', 64))")
        cursor.execute(
            "INSERT INTO public.portal_auditevent (at, event, actor_kind, actor_id, actor_label, actor_role,"
            " subject_type, subject_id, subject_label, why, data, request_id, previous_hash, hash)"
            " VALUES (%s, %s, 'system', 'x', 'x', '', 'user', %s, 'x', '', '{}', '', '', '')",
            [now, EVENT, str(thing.pk)],
        )
        cursor.execute("DROP TABLE pg_temp.portal_auditevent")
    assert verify().is_whole
    assert verify().point.seq == chain[-1] + 1


def test_the_zone_of_the_session_is_left_as_it_was(chain: list[int], now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Tokyo'")
        record(EVENT, actor=SYSTEM, subject=User.objects.all()[0], at=now)
        verify()
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone()[0] == "Asia/Tokyo"
    assert verify().is_whole


def test_the_database_says_when_it_wrote(chain: list[int]) -> None:
    times = list(AuditEvent.objects.order_by("seq").values_list("recorded_at", flat=True))
    assert all(times) and times == sorted(times)
