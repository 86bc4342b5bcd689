"""The link is sent again: within the limits, telling nothing, and losing nothing that was asked for."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.agencies.application import flows as applications
from portal.agencies.application import limits, tasks
from portal.agencies.application.forgetting.flows import forget
from portal.agencies.application.mails import asking, flows
from portal.agencies.application.mails.asking import WAIT, next_at
from portal.agencies.application.status import status_path
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState
from portal.kernel.identifiers import new_id
from portal.models import AgencyApplication, ApplicationMail, AuditEvent
from portal.models.application import CONFIRM_DAYS
from tests.portal.agencies.application.applying import GIVEN, STRANGER, confirmed, linked, sent
from tests.portal.agencies.application.test_pages import (
    _plain_static_files,  # noqa: F401 - a fixture
    answer,
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


def test_the_applicant_is_told_the_same_whether_or_not_there_is_room(now: Any) -> None:
    """That others named the same address would say who else applies, and when."""
    clock = timezone.now()
    for _number in range(3):
        mailed(another(clock))
    shown = []
    for address in (GIVEN.supervisor_email, "x.y@politiet-no.example"):
        browser = Browser()
        answer(browser, people={"supervisor_email": address})
        shown.append(browser.post(reverse("agencies-apply-check")).status_code)
        application = AgencyApplication.objects.get(pk=browser.session["agencies-apply-sent"])
        mailed(application)
        ApplicationMail.objects.filter(application=application).delete()  # as if half an hour had passed
        ApplicationMail.objects.create(
            application=application, address=address, asked_at=clock - timedelta(minutes=30)
        )
        pages = [
            browser.get(reverse("agencies-apply-sent")),
            browser.post(resend_path(application), follow=True),
            browser.get(reverse("agencies-apply-sent")),
        ]
        shown += [_told(page, application) for page in pages]
    assert shown[:4] == shown[4:]
    assert "Send the link again" in shown[1]
    assert "Send the link again" not in shown[3]


def _told(page: Any, application: AgencyApplication) -> str:
    """The page without what differs between any two applications."""
    text = str(page.text).partition("<main")[2].partition("</main")[0]
    text = text.replace(application.supervisor_email, "ADDRESS")
    text = re.sub(r"/agencies/apply/status/[^/]+/", "/STATUS/", text)
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    return re.sub(r"<time [^>]+>[^<]+</time>", "TIME", text)


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


def test_mails_go_with_their_application(now: Any) -> None:
    application = sent(now)
    mailed(application)
    forget(application.pk, actor=Actor.system("test"), now=now + timedelta(days=CONFIRM_DAYS))
    assert not ApplicationMail.objects.exists()


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


# The pages.


def resend_path(application: AgencyApplication) -> str:
    token = status_path(application.pk).split("/")[-2]
    return reverse("agencies-apply-resend", args=[token])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "WAIT", timedelta(0))


def applied(browser: Browser) -> AgencyApplication:
    answer(browser)
    browser.post(reverse("agencies-apply-check"), follow=True)
    return AgencyApplication.objects.get()


def test_the_page_says_where_it_went_and_when_again(client: Browser) -> None:
    application = applied(client)
    page = client.get(reverse("agencies-apply-sent"))
    assert page.text.count(GIVEN.supervisor_email) == 2
    assert "It can be sent again from" in page.text
    assert page.context["next_at"] == application.mails.get().asked_at + WAIT
    assert resend_path(application).split("/")[-2] not in page.text.partition('action="')[2][:200]


def test_the_button_is_a_plain_form(client: Browser, impatient: None) -> None:
    application = applied(client)
    page = client.get(reverse("agencies-apply-sent"))
    path = re.findall(r'action="([^"]+/resend/)"', page.text)[0]
    done = client.post(path, follow=True)
    assert done.redirect_chain == [(reverse("agencies-apply-sent"), 302)]
    assert f"The newest link goes to {GIVEN.supervisor_email}" in done.text
    assert application.mails.count() == 2
    assert client.get(path).status_code == 405
    assert Browser(enforce_csrf_checks=True).post(path).status_code == 403


def test_whoever_kept_the_link_of_the_status_sends_it_again_and_sees_no_address(
    now: Any, impatient: None
) -> None:
    """The session ends with the browser; that a mail is lost is noticed the next day."""
    application = sent(timezone.now())
    browser = Browser()
    page = browser.get(status_path(application.pk))
    path = re.findall(r'action="([^"]+/resend/)"', page.text)[0]
    done = browser.post(path, follow=True)
    assert done.status_code == 200
    assert "The newest link goes to the first supervisor" in done.text
    assert application.mails.count() == 2
    for text in ("politiet-no", GIVEN.supervisor_name, GIVEN.name):
        assert text not in page.text + done.text


def test_the_same_answer_comes_too_early_and_too_often(client: Browser) -> None:
    application = applied(client)
    path = resend_path(application)
    answers = [client.post(path, follow=True) for _number in range(3)]
    assert {each.status_code for each in answers} == {200}
    assert len({_told(each, application) for each in answers}) == 1
    assert application.mails.count() == 1


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00" * 10, "x" * 5000, "../" * 9])
def test_a_link_that_is_not_ours_sends_nothing(now: Any, token: str) -> None:
    application = sent(timezone.now())
    assert Browser().post(f"/agencies/apply/status/{token}/resend/").status_code == 404
    assert application.mails.count() == 1


def test_after_the_confirmation_the_pages_lead_to_where_it_stands(client: Browser, impatient: None) -> None:
    application = applied(client)
    applications.confirm(linked(application), actor=STRANGER, now=timezone.now())
    done = client.post(resend_path(application), follow=True)
    assert "Received" in done.text
    assert "Send the link again" not in done.text
    assert "Received" in client.get(reverse("agencies-apply-sent"), follow=True).text
    assert application.mails.count() == 1


def test_what_has_run_out_is_gone_to_the_second(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    application = applied(client)
    end = application.expires_at
    assert end is not None
    for moment, status in ((end - SECOND, 200), (end, 404)):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert Browser().get(status_path(application.pk)).status_code == status
        assert Browser().post(resend_path(application), follow=True).status_code == status
        assert client.get(reverse("agencies-apply-sent"), follow=True).status_code == status


def test_one_network_asks_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch, now: Any) -> None:
    monkeypatch.setitem(limits.LIMITS, "resend", "2/h/ip")
    application = sent(timezone.now())
    codes = [Browser().post(resend_path(application)).status_code for _number in range(3)]
    assert codes == [302, 302, 429]
