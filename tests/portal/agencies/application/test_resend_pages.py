"""The link is sent again from the applicant's pages: one button, one answer, and nothing told by it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.agencies.application import flows as applications
from portal.agencies.application import limits
from portal.agencies.application.mails import asking
from portal.agencies.application.mails.asking import WAIT
from portal.agencies.application.status import status_path
from portal.models import AgencyApplication, ApplicationMail
from tests.portal.agencies.application.applying import GIVEN, STRANGER, linked, sent
from tests.portal.agencies.application.test_pages import (
    _plain_static_files,  # noqa: F401 - a fixture
    answer,
)
from tests.portal.agencies.application.test_resend import SECOND, another, mailed

pytestmark = pytest.mark.django_db


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
