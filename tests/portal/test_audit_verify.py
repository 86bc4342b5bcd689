"""The trail verified: by command, on its page, every hour, and a long one a stretch at a time."""
# ruff: noqa: F811 - fixtures of another module, asked for by name

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from portal.audit import heads, record, verification
from portal.audit.faults import described
from portal.audit.tasks import sign_head, verify_chain
from portal.models import AuditCheck, AuditEvent, Notice, User
from tests.owner import owner_cursor
from tests.people import SYSTEM, House
from tests.portal.test_audit_tampering import EVENT, _own_directory, chain  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


# --- the command and the page -----------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=said, stderr=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


def test_the_command_ends_with_one_and_says_what_broke_how(chain: list[int]) -> None:
    assert run()[0] == 0
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = %s", [chain[4]])
    code, said = run()
    assert code == 1
    assert f"row {chain[1]}: changed" in said
    assert f"row {chain[5]}: the numbers {chain[4]} to {chain[4]} before it are missing" in said


def test_the_command_compares_heads_that_were_kept_elsewhere(
    chain: list[int], now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "kept.json").write_text(heads.sign_head(now).file, encoding="utf-8")
    assert run("--heads", str(tmp_path))[0] == 0
    with owner_cursor() as cursor:
        # Whoever cuts the trail also removes the head that the database keeps.
        cursor.execute("DELETE FROM portal_audithead")
        cursor.execute("DELETE FROM portal_auditevent WHERE seq > %s", [chain[5]])
    assert run()[0] == 0
    code, said = run("--heads", str(tmp_path))
    assert code == 1
    assert f"row {chain[-1]}: gone from the end, the trail stops at {chain[5]}; head kept.json" in said


def test_the_command_refuses_a_directory_without_heads(db: None, tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "none"):
        with pytest.raises(CommandError):
            call_command("verify_audit", "--heads", str(directory))


def test_the_command_reads_only_what_came_after_the_head(chain: list[int], now: datetime) -> None:
    heads.sign_head(now)
    with transaction.atomic():
        record(EVENT, actor=SYSTEM, subject=User.objects.all()[0], at=now)
    assert f"1 rows read after row {chain[-1]}" in run("--since-head")[1]


def test_the_page_names_every_fault_and_the_asking_is_recorded(
    sign_in: Any, house: House, chain: list[int], settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    sign_head()
    browser = sign_in(house.auditor)
    page = browser.post(reverse("audit-verify"), {"extent": "whole"}, follow=True)
    assert page.context["check"].is_whole
    assert page.context["check"].heads == 1
    asked = AuditEvent.objects.filter(event="audit.verified").order_by("-seq")[0]
    assert (asked.actor_id, asked.subject_id) == (house.auditor.id, str(page.context["check"].pk))
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
        cursor.execute("DELETE FROM portal_auditevent WHERE seq = %s", [chain[4]])
        cursor.execute("UPDATE portal_auditevent SET actor_role = 'king' WHERE seq = %s", [chain[6]])
    page = browser.post(reverse("audit-verify"), {"extent": "whole"}, follow=True)
    assert [fault.seq for fault in page.context["faults"]] == [chain[1], chain[5], chain[6]]
    assert b"is broken" in page.content
    for seq in (chain[1], chain[5], chain[6]):
        row = browser.get(reverse("audit-view", args=[seq]))
        context = row.context
        assert (context["sealed"].fits and context["follows"]) is False
    assert AuditCheck.objects.count() == 2


def test_auditors_and_leads_are_told_once_of_a_break(house: House, chain: list[int], now: datetime) -> None:
    verify_chain()
    assert not Notice.objects.filter(kind="trail-broken").exists()
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
    first = verification.verify(actor=SYSTEM, now=now, whole=True)
    verification.verify(actor=SYSTEM, now=now, whole=True)
    told = Notice.objects.filter(kind="trail-broken")
    assert {str(notice.person_id) for notice in told} == {house.auditor.id, house.lead.id}
    assert told.count() == 2
    assert told[0].path == reverse("audit-check", args=[first.pk])


def test_a_long_chain_is_read_by_the_worker_a_stretch_at_a_time(
    chain: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("portal.audit.chain.STRETCH", 3)
    monkeypatch.setattr(verification, "AT_ONCE", 5)
    handed: list[str] = []
    monkeypatch.setattr("portal.audit.tasks.verify_on.delay", handed.append)
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq IN (%s, %s)", [chain[1], chain[8]])
    with django_capture_on_commit_callbacks(execute=True):
        check = verification.verify(actor=SYSTEM, now=now, whole=True)
    assert (handed, check.finished_at) == ([str(check.pk)], None)
    runs = 0
    while not verification.go_on(check.pk, seconds=-1):
        runs += 1
        check.refresh_from_db()
        assert check.rows == min(3 * runs, len(chain))
    check.refresh_from_db()
    assert runs >= 3
    assert [fault["seq"] for fault in check.faults] == [chain[1], chain[8]]
    assert check.rows == AuditEvent.objects.count()
    assert verification.go_on(check.pk) is True


def test_the_hour_reads_what_is_new_and_the_day_everything(chain: list[int], now: datetime) -> None:
    sign_head()
    verify_chain()
    assert AuditCheck.objects.get().since_seq == 0
    verify_chain()
    newest = AuditCheck.objects.order_by("-asked_at").first()
    assert newest is not None
    assert newest.since_seq == chain[-1]
    AuditCheck.objects.update(finished_at=now - timedelta(hours=25))
    verify_chain()
    newest = AuditCheck.objects.order_by("-asked_at").first()
    assert newest is not None
    assert newest.since_seq == 0


# --- what an earlier verification read --------------------------------------------------------------


def cut(after: int) -> None:
    with owner_cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditevent WHERE seq > %s", [after])


def test_a_tail_that_no_head_tells_of_shows_against_the_verification_before(
    chain: list[int], now: datetime
) -> None:
    before = verification.verify(actor=SYSTEM, now=now, whole=True)
    assert (before.is_whole, before.seq) == (True, chain[-1])
    cut(chain[-3])
    found = verification.verify(actor=SYSTEM, now=now, whole=True)
    read_at = f"{before.finished_at:%Y-%m-%d %H:%M} UTC"
    assert [(fault["seq"], fault["kind"], fault["after"], fault["check"]) for fault in found.faults] == [
        (chain[-1], "cut", chain[-3], read_at)
    ]
    code, said = run()
    assert code == 1
    assert f"row {chain[-1]}: gone from the end, the trail stops at {chain[-3]}" in said
    assert f"the verification of {read_at}" in said


def test_a_trail_that_grew_again_after_a_cut_stays_broken(chain: list[int], now: datetime) -> None:
    verification.verify(actor=SYSTEM, now=now, whole=True)
    cut(chain[-3])
    for _ in range(4):
        with transaction.atomic():
            record(EVENT, actor=SYSTEM, subject=User.objects.all()[0], at=now)
    for _ in range(2):
        found = verification.verify(actor=SYSTEM, now=now, whole=True)
        assert [(fault["seq"], fault["kind"]) for fault in found.faults] == [(chain[-1], "rewritten")]
    assert "was written anew" in run()[1]


def test_an_emptied_trail_shows_too(chain: list[int], now: datetime) -> None:
    verification.verify(actor=SYSTEM, now=now, whole=True)
    cut(0)
    assert verification.verify(actor=SYSTEM, now=now, whole=True).faults[0]["kind"] == "cut"


def test_a_trail_that_was_broken_before_is_no_witness(chain: list[int], now: datetime) -> None:
    with owner_cursor() as cursor:
        cursor.execute("UPDATE portal_auditevent SET why = 'x' WHERE seq = %s", [chain[1]])
    verification.verify(actor=SYSTEM, now=now, whole=True)
    cut(chain[-3])
    found = verification.verify(actor=SYSTEM, now=now, whole=True)
    assert [fault["kind"] for fault in found.faults] == ["changed"]


@pytest.mark.parametrize("kind", ["cut", "rewritten"])
@pytest.mark.parametrize("check", ["2026-11-25 22:02 UTC", ""])
def test_the_page_says_who_tells_of_it(kind: str, check: str) -> None:
    fault = {"seq": 9, "kind": kind, "after": 4, "head": "" if check else "2026-11-24"}
    how = described(fault | ({"check": check} if check else {})).how
    assert (check or "2026-11-24") in how
    assert ("verification" in how) is bool(check)
