"""The link is sent again: within the limits, telling nothing, and losing nothing that was asked for."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.agencies.application import flows as applications
from portal.agencies.application import tasks
from portal.agencies.application.forgetting.flows import forget
from portal.agencies.application.forgetting.tasks import forget as forget_all
from portal.agencies.application.mails import flows
from portal.agencies.application.mails.asking import WAIT, next_at
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState
from portal.kernel.identifiers import new_id
from portal.models import AgencyApplication, ApplicationMail, AuditEvent
from portal.models.application import CONFIRM_DAYS
from tests.portal.agencies.application.applying import GIVEN, STRANGER, confirmed, linked, sent
from tests.portal.agencies.application.test_pages import (
    _plain_static_files,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/agencies/apply/confirm/([A-Za-z0-9_-]{43})/")
SECOND = timedelta(seconds=1)


def resend(application: AgencyApplication, now: datetime) -> AgencyApplication:
    return flows.resend(application.pk, actor=STRANGER, now=now)


def mailed(application: AgencyApplication) -> str:
    """What the worker sends now: the link's token; "" where it sends nothing."""
    before = len(outbox.outbox)
    tasks.mail(str(application.pk))
    assert len(outbox.outbox) - before in (0, 1)
    return LINK.findall(outbox.outbox[-1].body)[0] if len(outbox.outbox) > before else ""


def test_a_new_link_goes_out_and_the_old_one_is_dead(now: Any) -> None:
    application = sent(now)
    old = mailed(application)
    resend(application, now + WAIT)
    new = mailed(application)
    assert [message.to for message in outbox.outbox] == [[GIVEN.supervisor_email]] * 2
    with pytest.raises(NotVisible):
        applications.confirm(old, actor=STRANGER, now=now + WAIT)
    assert applications.confirm(new, actor=STRANGER, now=now + WAIT).name_en == GIVEN.name
    with pytest.raises(WrongState):
        applications.confirm(new, actor=STRANGER, now=now + WAIT)


def test_the_old_link_works_until_the_new_one_is_mailed(now: Any) -> None:
    """Whoever clicks in between must not find a dead link, nor should a broken mail server leave none."""
    application = sent(now)
    old = mailed(application)
    resend(application, now + WAIT)
    applications.confirm(old, actor=STRANGER, now=now + WAIT)
    assert mailed(application) == "", "it is confirmed: nobody is written to any more"


def test_it_is_recorded_without_the_address(now: Any) -> None:
    application = sent(now)
    resend(application, now + WAIT)
    event = AuditEvent.objects.get(event="applications.resent")
    assert (event.subject_id, event.actor_kind, event.ip) == (str(application.pk), "anonymous", "192.0.2.7")
    assert "@" not in str(event.data) + event.subject_label


def test_too_early_nothing_happens_and_no_error_either(now: Any) -> None:
    application = sent(now)
    for early in (now, now + SECOND, now + WAIT - SECOND):
        assert resend(application, early) == application
    assert application.mails.count() == 1
    assert not AuditEvent.objects.filter(event="applications.resent").exists()
    assert next_at(application, now + SECOND) == now + WAIT
    resend(application, now + WAIT)
    assert application.mails.count() == 2


def test_three_times_a_day_and_the_page_knows_when_again(now: Any) -> None:
    application = sent(now)
    resend(application, now + WAIT)
    third = now + timedelta(hours=1)
    resend(application, third)
    assert next_at(application, third) == now + timedelta(days=1)
    for late in (third + WAIT, now + timedelta(days=1) - SECOND):
        resend(application, late)
    assert application.mails.count() == 3
    resend(application, now + timedelta(days=1))
    assert application.mails.count() == 4
    assert next_at(application, now + timedelta(days=1)) == now + WAIT + timedelta(days=1)


def test_what_cannot_be_confirmed_any_more_is_not_sent_again(now: Any) -> None:
    end = now + timedelta(days=CONFIRM_DAYS)
    application = sent(now)
    resend(application, end - SECOND)
    with pytest.raises(NotVisible):
        resend(application, end)
    with pytest.raises(NotVisible):
        flows.resend(new_id(), actor=STRANGER, now=now)
    with pytest.raises(WrongState):
        resend(confirmed(now, supervisor_email="b@politiet-no.example").application, now)
    draft = applications.begin(now=now, language="en")
    with pytest.raises(WrongState):
        resend(draft, now)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_asks_once(now: Any, at_once: Any) -> None:
    application = sent(now)
    mailed(application)
    results = at_once(*[lambda: resend(application, now + WAIT)] * 2)
    assert results == [application, application]
    assert application.mails.count() == 2
    assert AuditEvent.objects.filter(event="applications.resent").count() == 1
    assert mailed(application)
    assert mailed(application) == ""


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_at_the_same_moment_loses_nothing(now: Any, at_once: Any) -> None:
    application = sent(now)
    token = linked(application)
    done, asked = at_once(
        lambda: applications.confirm(token, actor=STRANGER, now=now + WAIT),
        lambda: resend(application, now + WAIT),
    )
    assert type(done).__name__ == "Agency"
    assert type(asked).__name__ in ("AgencyApplication", "WrongState")
    assert mailed(application) == ""


# The limit of one address, whoever names it.


def another(now: datetime, **changes: Any) -> AgencyApplication:
    return sent(now, **{"name": "Another Police"} | changes)


def test_one_address_gets_three_mails_a_day_whoever_asks(now: Any) -> None:
    clock = timezone.now()
    for _number in range(3):
        assert mailed(another(clock))
    late = sent(clock)
    assert mailed(late) == "", "over the limit it waits"
    assert mailed(another(clock, supervisor_email="b@politiet-no.example")), "others do not"
    ApplicationMail.objects.exclude(mailed_at=None).update(mailed_at=clock - timedelta(days=1))
    assert mailed(late), "a day later there is room"


def test_what_waits_for_room_does_not_hold_others_up(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = timezone.now()
    for _number in range(3):
        mailed(another(clock - timedelta(minutes=5)))
    full = another(clock - timedelta(minutes=4))
    free = another(clock - timedelta(minutes=3), supervisor_email="free@politiet-no.example")
    out = another(clock - timedelta(days=CONFIRM_DAYS), supervisor_email="out@politiet-no.example")
    handed: list[str] = []
    monkeypatch.setattr(tasks.mail, "delay", handed.append)
    tasks.sweep()
    assert handed == [str(free.pk)]
    ApplicationMail.objects.exclude(mailed_at=None).update(mailed_at=clock - timedelta(days=1))
    tasks.sweep()
    assert handed == [str(free.pk), str(full.pk), str(free.pk)]
    assert mailed(out) == ""


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_do_not_pass_the_limit_by_together(now: Any, at_once: Any) -> None:
    waiting = [sent(timezone.now()) for _number in range(5)]
    at_once(*[lambda each=each: tasks.mail(str(each.pk)) for each in waiting])
    assert 1 <= len(outbox.outbox) <= 3, "who finds the address taken leaves it to the sweep"
    for each in waiting:
        tasks.mail(str(each.pk))
    assert len(outbox.outbox) == 3


# What a crash leaves.


def test_a_worker_killed_between_commit_and_mail_loses_nothing(
    now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = timezone.now()
    application = sent(clock - timedelta(hours=1))
    old = mailed(application)
    handed: list[str] = []
    monkeypatch.setattr(tasks.mail, "delay", handed.append)
    resend(application, clock - timedelta(minutes=2))
    handed.clear()  # the broker was away, or the worker was killed
    tasks.sweep()
    assert handed == [str(application.pk)]
    new = mailed(application)
    assert new not in ("", old)
    tasks.sweep()
    assert handed == [str(application.pk)]


def test_a_worker_killed_after_the_mail_and_before_its_commit_leaves_the_old_link(
    now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = sent(now)
    old = mailed(application)
    resend(application, now + WAIT)

    class Killed(BaseException):
        pass

    def killed(*_given: Any, **_options: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "send_mail", killed)
        with pytest.raises(Killed):
            tasks.mail(str(application.pk))
    assert applications.asked_with(old, now + WAIT) == application
    assert mailed(application)


def test_of_what_was_asked_twice_before_a_worker_came_one_mail_goes_out(now: Any) -> None:
    application = sent(now)
    resend(application, now + WAIT)
    assert mailed(application)
    assert mailed(application) == ""
    assert [each.mailed_at is None for each in application.mails.all()] == [True, False]


def test_mails_are_forgotten_a_day_after_their_application_and_count_until_then(now: Any) -> None:
    """Otherwise applications that are about to run out would each bring another three mails."""
    clock = timezone.now()
    for _number in range(3):
        assert mailed(another(clock - timedelta(days=CONFIRM_DAYS) + timedelta(minutes=5)))
    for application in AgencyApplication.objects.all():
        forget(application.pk, actor=Actor.system("test"), now=clock + timedelta(minutes=5))
    assert mailed(sent(clock)) == ""
    unmailed = another(clock, supervisor_email="b@politiet-no.example")
    forget(unmailed.pk, actor=Actor.system("test"), now=clock + timedelta(days=CONFIRM_DAYS))
    assert ApplicationMail.objects.spent_at(clock).count() == 1, "the one that never went out"
    assert ApplicationMail.objects.spent_at(clock + timedelta(days=1, minutes=1)).count() == 4
    left = ApplicationMail.objects.filter(application=None)
    left.update(mailed_at=clock - timedelta(days=1))
    forget_all()
    assert not left.exists()
    assert ApplicationMail.objects.count() == 1


def test_the_database_writes_to_the_first_supervisor_alone(now: Any) -> None:
    application = sent(now)
    asked = application.mails.get()
    for change in ({"address": "a@politiet-no.example"}, {"asked_at": now - WAIT}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ApplicationMail.objects.filter(pk=asked.pk).update(**change)
    other = confirmed(now, supervisor_email="b@politiet-no.example").application
    for what, address in ((application, "a@politiet-no.example"), (other, other.supervisor_email)):
        with pytest.raises(DatabaseError), transaction.atomic():
            ApplicationMail.objects.create(application=what, address=address, asked_at=now)
