"""The link is mailed by the worker, to the official address alone, and says nothing that a stranger wrote."""

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.utils import timezone

from portal.agencies.application import flows, tasks
from tests.portal.agencies.application.applying import GIVEN, STRANGER, sent

LINK = re.compile(r"/agencies/apply/confirm/([A-Za-z0-9_-]{43})/")


@pytest.mark.django_db
def test_it_goes_to_the_first_supervisor_with_a_link_that_confirms(now: Any) -> None:
    application = sent(now)
    tasks.mail(str(application.pk))
    (message,) = outbox.outbox
    assert message.to == [GIVEN.supervisor_email]
    assert flows.confirm(LINK.findall(message.body)[0], actor=STRANGER, now=now).name_en == GIVEN.name


@pytest.mark.django_db
def test_it_carries_no_word_of_whoever_applied(now: Any) -> None:
    words = {
        "name": "Visit evil.example to win",
        "head_name": "Evil Head",
        "supervisor_name": "Evil Supervisor",
        "purpose": "Evil purpose",
    }
    tasks.mail(str(sent(now, **words).pk))
    (message,) = outbox.outbox
    assert "evil" not in (message.subject + message.body).lower()
    assert "\n" not in message.subject


@pytest.mark.django_db
def test_it_is_mailed_once(now: Any) -> None:
    application = sent(now)
    tasks.mail(str(application.pk))
    tasks.mail(str(application.pk))
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_a_mail_that_failed_leaves_no_link_and_is_tried_again(
    now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = sent(now)

    def down(*_given: Any, **_options: Any) -> None:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "send_mail", down)
        with pytest.raises(Exception):  # noqa: B017 - Celery's Retry or the error itself
            tasks.mail(str(application.pk))
    application.refresh_from_db()
    assert (application.mails.get().mailed_at, application.token_sha256) == (None, None)
    tasks.mail(str(application.pk))
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_the_sweep_finds_what_was_lost_and_only_that(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[str] = []
    monkeypatch.setattr(tasks.mail, "delay", handed.append)
    lost = sent(timezone.now() - timedelta(minutes=2))
    sent(timezone.now(), supervisor_email="young@politiet-no.example")
    mailed = sent(timezone.now() - timedelta(hours=1), supervisor_email="mailed@politiet-no.example")
    mailed.mails.update(mailed_at=timezone.now())
    tasks.sweep()
    assert handed == [str(lost.pk)]


@pytest.mark.django_db
def test_what_ran_out_is_not_mailed(now: Any) -> None:
    application = sent(timezone.now() - timedelta(days=8))
    tasks.mail(str(application.pk))
    assert outbox.outbox == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(now: Any, at_once: Any, settings: Any) -> None:
    application = sent(now)
    at_once(*[lambda: tasks.mail(str(application.pk))] * 2)
    assert len(outbox.outbox) == 1
    assert connection.in_atomic_block is False
