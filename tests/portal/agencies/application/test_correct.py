"""The first supervisor is named anew before the confirmation: at the same domains, and with another link."""

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
from portal.agencies.application.mails import flows
from portal.agencies.vetting.mailbox.flows import applicants_of
from portal.kernel.errors import Invalid, NotVisible, WrongState
from portal.models import AgencyApplication, AuditEvent
from portal.models.application import CONFIRM_DAYS, ApplicationStatus
from tests.portal.agencies.application.applying import GIVEN, STRANGER, confirmed, linked, sent
from tests.portal.agencies.application.test_pages import _plain_static_files  # noqa: F401 - a fixture
from tests.portal.agencies.application.test_resend import mailed
from tests.portal.agencies.application.test_resend_pages import applied

pytestmark = pytest.mark.django_db
RIGHT = "ola.hanssen@politiet-no.example"
PAGE = "/agencies/apply/correct/"


def correct(application: AgencyApplication, now: datetime, **changes: str) -> AgencyApplication:
    given = {"supervisor_name": GIVEN.supervisor_name, "supervisor_email": RIGHT} | changes
    return flows.correct(application.pk, actor=STRANGER, now=now, **given)


def test_the_link_goes_to_the_right_address_and_the_old_one_is_dead_at_once(now: Any) -> None:
    application = sent(now)
    old = mailed(application)
    correct(application, now)
    with pytest.raises(NotVisible):
        applications.confirm(old, actor=STRANGER, now=now)
    new = mailed(application)
    assert outbox.outbox[-1].to == [RIGHT]
    agency = applications.confirm(new, actor=STRANGER, now=now)
    assert agency.application.supervisor_email == RIGHT


def test_a_mail_that_still_waits_for_the_wrong_address_is_never_written(now: Any) -> None:
    application = sent(now)
    correct(application, now)
    mailed(application)
    assert [message.to for message in outbox.outbox] == [[RIGHT]]
    assert mailed(application) == ""


def test_the_term_stays_as_it_was(now: Any) -> None:
    application = sent(now)
    later = now + timedelta(days=CONFIRM_DAYS) - timedelta(seconds=1)
    assert correct(application, later).expires_at == now + timedelta(days=CONFIRM_DAYS)
    with pytest.raises(NotVisible):
        correct(application, now + timedelta(days=CONFIRM_DAYS), supervisor_email="c@politiet-no.example")


def test_it_is_recorded_by_field_and_without_the_addresses(now: Any) -> None:
    application = sent(now)
    correct(application, now, supervisor_name="Ola Hanssen")
    event = AuditEvent.objects.get(event="applications.corrected")
    assert event.data == {"changed": ["supervisor_name", "supervisor_email"]}
    assert (event.subject_id, event.actor_kind, event.ip) == (str(application.pk), "anonymous", "192.0.2.7")


def test_the_same_once_more_changes_nothing(now: Any) -> None:
    application = sent(now)
    mailed(application)
    correct(application, now)
    correct(application, now, supervisor_email=f" {RIGHT.upper()} ")
    assert application.mails.count() == 2
    assert AuditEvent.objects.filter(event="applications.corrected").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("supervisor_email", ""),
        ("supervisor_email", "ola.hanssen@gmail.com"),
        ("supervisor_email", "ola.hanssen@evil.example"),
        ("supervisor_email", "ola.hanssen@mail.politiet-no.example"),
        ("supervisor_email", "ola.hanssen@polіtiet-no.example"),
        ("supervisor_email", f"{RIGHT}\r\nBcc: a@evil.example"),
        ("supervisor_email", f"a@evil.example,{RIGHT}"),
        ("supervisor_email", "ola.hansen+2@politiet-no.example"),
        ("supervisor_email", "x" * 100_000 + "@politiet-no.example"),
        ("supervisor_email", "\x00@politiet-no.example"),
        ("supervisor_name", ""),
        ("supervisor_name", "Ola \u202enesnaH"),
        ("supervisor_name", "x" * 121),
        ("supervisor_name", "\ud800"),
    ],
)
def test_what_does_not_do_is_refused_and_changes_nothing(now: Any, field: str, value: str) -> None:
    application = sent(now)
    token = mailed(application)
    with pytest.raises(Invalid) as refused:
        correct(application, now, **{field: value})
    assert list(refused.value.errors) == [field]
    assert applications.asked_with(token, now).supervisor_email == GIVEN.supervisor_email


def test_corrections_are_no_way_to_write_to_everybody(now: Any) -> None:
    application = sent(now)
    for number in range(1, flows.MOST_ASKED):
        correct(application, now, supervisor_email=f"a{number}@politiet-no.example")
    with pytest.raises(Invalid) as refused:
        correct(application, now, supervisor_email="b@politiet-no.example")
    assert "supervisor_email" in refused.value.errors


def test_the_wrong_address_was_written_to_and_counts_for_it(now: Any) -> None:
    clock = timezone.now()
    application = sent(clock)
    mailed(application)
    for number in range(2):
        correct(application, clock, supervisor_email=f"a{number}@politiet-no.example")
        correct(application, clock, supervisor_email=GIVEN.supervisor_email)
        assert mailed(application)
    correct(application, clock, supervisor_email="a3@politiet-no.example")
    correct(application, clock, supervisor_email=GIVEN.supervisor_email)
    assert mailed(application) == ""


def test_no_address_that_the_applicant_ever_named_proves_the_agency(now: Any) -> None:
    application = sent(now)
    token = mailed(correct(application, now))
    agency = applications.confirm(token, actor=STRANGER, now=now)
    assert applicants_of(agency) == {GIVEN.supervisor_email, RIGHT}


def test_only_what_waits_for_its_confirmation_is_corrected(now: Any) -> None:
    with pytest.raises(WrongState):
        correct(confirmed(now).application, now)
    with pytest.raises(WrongState):
        correct(applications.begin(now=now, language="en"), now)


@pytest.mark.django_db(transaction=True)
def test_a_correction_and_a_confirmation_at_once_do_not_mix(now: Any, at_once: Any) -> None:
    """The old address confirms the old application, or nobody confirms it: never somebody else's."""
    application = sent(now)
    token = linked(application)
    done, corrected = at_once(
        lambda: applications.confirm(token, actor=STRANGER, now=now), lambda: correct(application, now)
    )
    application.refresh_from_db()
    if application.status == ApplicationStatus.CONFIRMED:
        assert isinstance(corrected, WrongState)
        assert application.supervisor_email == GIVEN.supervisor_email
    else:
        assert isinstance(done, NotVisible)
        assert (application.supervisor_email, application.token_sha256) == (RIGHT, None)


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_leave_one_address_and_one_link(now: Any, at_once: Any) -> None:
    application = sent(now)
    at_once(
        *[
            lambda each=each: correct(application, now, supervisor_email=f"{each}@politiet-no.example")
            for each in "ab"
        ]
    )
    application.refresh_from_db()
    assert mailed(application)
    assert outbox.outbox[-1].to == [application.supervisor_email]
    assert mailed(application) == ""


def test_the_database_takes_no_other_supervisor_with_the_same_link(now: Any) -> None:
    application = sent(now)
    rows = AgencyApplication.objects.filter(pk=application.pk)
    rows.update(supervisor_email=RIGHT)  # no link is out
    linked(application)
    for change in ({"supervisor_email": "b@politiet-no.example"}, {"supervisor_name": "Another"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change, token_sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(supervisor_email="b@evil.example", token_sha256=None)
    done = AgencyApplication.objects.filter(pk=confirmed(now).application.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        done.update(supervisor_email="b@politiet-no.example", token_sha256=None)


# The page.


def test_the_applicant_corrects_it_and_sees_where_the_link_goes(client: Browser) -> None:
    application = applied(client)
    tasks.mail(str(application.pk))
    page = client.get(PAGE)
    assert f'value="{GIVEN.supervisor_email}"' in page.text
    done = client.post(
        PAGE, {"supervisor_name": GIVEN.supervisor_name, "supervisor_email": RIGHT}, follow=True
    )
    assert done.redirect_chain == [(reverse("agencies-apply-sent"), 302)]
    assert f"The newest link goes to {RIGHT}" in done.text
    assert GIVEN.supervisor_email not in done.text


def test_what_was_typed_stays_beside_its_error(client: Browser) -> None:
    applied(client)
    page = client.post(PAGE, {"supervisor_name": "<b>Ola</b>", "supervisor_email": "ola@evil.example"})
    assert page.status_code == 422
    assert 'value="ola@evil.example"' in page.text
    assert "<b>Ola" not in page.text
    assert 'href="#id_supervisor_email"' in page.text


def test_nobody_but_the_session_that_sent_it_corrects_it(client: Browser) -> None:
    application = applied(client)
    stranger = Browser()
    given = {"supervisor_name": "Eve", "supervisor_email": "eve@politiet-no.example"}
    for way in (stranger.get(PAGE), stranger.post(PAGE, given)):
        assert way.status_code == 302
    application.refresh_from_db()
    assert application.supervisor_email == GIVEN.supervisor_email


def test_after_the_confirmation_the_page_leads_to_where_it_stands(client: Browser) -> None:
    application = applied(client)
    applications.confirm(linked(application), actor=STRANGER, now=timezone.now())
    given = {"supervisor_name": "Eve", "supervisor_email": "eve@politiet-no.example"}
    for done in (client.get(PAGE, follow=True), client.post(PAGE, given, follow=True)):
        assert "Received" in done.text


def test_one_network_corrects_so_often_and_no_more(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "correct", "1/h/ip")
    applied(client)
    given = {"supervisor_name": GIVEN.supervisor_name, "supervisor_email": RIGHT}
    assert [client.post(PAGE, given).status_code for _number in range(2)] == [302, 429]
