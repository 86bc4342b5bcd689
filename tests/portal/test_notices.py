"""Notices: told once, in the reader's language, without content, and not lost when something breaks."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.utils import timezone

from campaigns.authoring import flows as authoring
from portal.celery import app
from portal.kernel.actor import Role
from portal.models import Notice, User
from portal.models.notice import NoticeKind
from portal.notices import notify
from portal.notices.notify import people_with
from portal.notices.tasks import mail, sweep
from tests.campaigns.warnings import drafted
from tests.people import House

PATH = "/campaigns/1/review/"


@pytest.fixture
def worker_at_hand() -> Iterator[None]:
    """Tasks run where they are sent, as if a worker had taken them at once."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def person(house: House) -> User:
    return User.objects.get(pk=house.supervisor.person_id)


def tell(house: House, *people: User) -> Notice:
    with transaction.atomic():
        notify("campaign-to-approve", people=people or [person(house)], path=PATH)
    return Notice.objects.get()


def aged(notice: Notice) -> Notice:
    Notice.objects.filter(pk=notice.pk).update(created_at=timezone.now() - timedelta(seconds=61))
    return notice


def test_it_is_mailed_after_the_commit_and_once(
    house: House, worker_at_hand: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notice = tell(house)
        assert outbox.outbox == []
    assert [each.to for each in outbox.outbox] == [[person(house).email]]
    mail(str(notice.pk))
    sweep()
    assert len(outbox.outbox) == 1
    notice.refresh_from_db()
    assert notice.mailed_at is not None


def test_what_is_rolled_back_tells_nobody(
    house: House, worker_at_hand: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        notify("campaign-to-approve", people=[person(house)], path=PATH)
        transaction.set_rollback(True)
    assert outbox.outbox == []
    assert not Notice.objects.exists()


def test_a_person_named_twice_is_told_once(house: House) -> None:
    tell(house, person(house), person(house))
    assert Notice.objects.count() == 1


def test_an_unknown_kind_is_a_mistake(house: House) -> None:
    with pytest.raises(LookupError):
        notify("campaign-exploded", people=[person(house)], path=PATH)


def test_what_a_crash_left_between_commit_and_broker_is_swept(house: House, worker_at_hand: None) -> None:
    """In a test's transaction nothing is handed to the broker: the same as a crash right after the commit."""
    notice = tell(house)
    sweep()
    assert outbox.outbox == [], "the worker may still be about to take it"
    aged(notice)
    sweep()
    sweep()
    assert len(outbox.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_act_stands_and_the_notice_waits(
    house: House, worker_at_hand: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(mail, "delay", away)
    notice = tell(house)
    assert notice.mailed_at is None
    monkeypatch.undo()
    aged(notice)
    sweep()
    assert len(outbox.outbox) == 1


def test_mail_that_the_server_refuses_waits_for_the_next_attempt(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = tell(house)

    def refuses(*args: Any, **options: Any) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("portal.notices.tasks.send_mail", refuses)
    with pytest.raises(Exception):  # noqa: B017 - the worker's own signal to try again
        mail(str(notice.pk))
    notice.refresh_from_db()
    assert notice.mailed_at is None
    monkeypatch.undo()
    mail(str(notice.pk))
    assert len(outbox.outbox) == 1


def test_a_notice_that_is_gone_is_no_error(house: House) -> None:
    mail("01890000-0000-7000-8000-000000000000")
    assert outbox.outbox == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_notice_mail_it_once(house: House, at_once: Any) -> None:
    notice = tell(house)
    assert at_once(*[lambda: mail(str(notice.pk))] * 4) == [None] * 4
    assert len(outbox.outbox) == 1


def test_it_names_no_content(
    house: House, now: Any, worker_at_hand: None, django_capture_on_commit_callbacks: Any
) -> None:
    campaign = drafted(house, now, title="Operation Nightingale")
    with django_capture_on_commit_callbacks(execute=True):
        authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=1)
    [sent] = outbox.outbox
    text = f"{sent.subject}\n{sent.body}"
    for secret in ("Nightingale", "Hong Kong", "investment", house.officer.label):
        assert secret not in text
    assert f"/campaigns/{campaign.pk}/review/" in text
    assert sent.alternatives == []


def test_it_speaks_the_readers_language(house: House) -> None:
    User.objects.filter(pk=house.supervisor.person_id).update(language="zh-hant")
    mail(str(tell(house).pk))
    [sent] = outbox.outbox
    assert any("\u4e00" <= letter <= "\u9fff" for letter in sent.subject)


def test_every_kind_can_be_mailed(house: House) -> None:
    for kind in NoticeKind.values:
        with transaction.atomic():
            notify(kind, people=[person(house)], path=PATH)
    for notice in Notice.objects.all():
        mail(str(notice.pk))
    assert len({sent.subject for sent in outbox.outbox}) == len(NoticeKind.values)


def test_only_those_who_hold_the_role_now_are_told(house: House, now: Any) -> None:
    assert [each.pk for each in people_with(Role.SUPERVISOR, agency_id=house.ours.pk)] == [
        house.supervisor.person_id
    ]
    User.objects.filter(pk=house.supervisor.person_id).update(is_active=False)
    assert people_with(Role.SUPERVISOR, agency_id=house.ours.pk) == []
    exchange = {each.pk for each in people_with(Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD)}
    assert exchange == {house.reviewer.person_id, house.lead.person_id}
