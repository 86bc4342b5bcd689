"""The proof by a published mailbox: one link, one answer, one end; opening it changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from portal.agencies.vetting.flows import refuse, vet
from portal.agencies.vetting.mailbox import flows
from portal.agencies.vetting.mailbox.tasks import mail, sweep
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, NotVisible, ProofNeeded, WrongState
from portal.models import Agency, AuditEvent, MailChallenge, Notice, VettingCheck
from portal.models.agency import AgencyStatus
from tests.people import House
from tests.portal.agencies.vettings import (
    DOMAIN,
    answered,
    in_vetting,
    linked,
    list_of,
    token_of,
    with_application,
)

pytestmark = pytest.mark.django_db
NOBODY = Actor.anonymous()
PAGE = f"https://www.{DOMAIN}/contact"


def page_of(token: str) -> str:
    return reverse("agencies-confirm", args=[token])


def rows_of(agency: Agency) -> list[VettingCheck]:
    return list(VettingCheck.objects.filter(round__agency=agency, kind="domain_mail"))


def test_the_button_behind_the_link_passes_the_check(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    assert mailoutbox[0].to == [f"press@{DOMAIN}"]
    browser = Browser()
    assert "Singapore Police Force" in browser.get(page_of(token)).text
    assert browser.post(page_of(token), {"answer": "confirmed"}).status_code == 200
    (row,) = rows_of(agency)
    assert (row.result, row.person, row.evidence["address"], row.evidence["source"]) == (
        "passed",
        None,
        f"press@{DOMAIN}",
        PAGE,
    )
    event = AuditEvent.objects.filter(event="agencies.checked").latest("seq")
    assert (event.actor_kind, event.data["result"]) == ("anonymous", "passed")
    assert f"press@{DOMAIN}" not in str(event.data)


def test_whoever_vets_is_told_of_the_answer_without_its_content(
    house: House, now: Any, mailoutbox: Any
) -> None:
    agency = in_vetting(house, now)
    answered(agency, house.reviewer, now, mailoutbox, "denied")
    notice = Notice.objects.get(kind="agency-checked")
    assert notice.person_id == house.reviewer.person_id
    assert "Singapore" not in str(notice)


def test_an_agency_that_did_not_apply_stops_it(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    assert "stopped" in Browser().post(page_of(token), {"answer": "denied"}).text
    assert [row.result for row in rows_of(agency)] == ["failed"]


def test_opening_the_link_changes_nothing(house: House, now: Any, mailoutbox: Any) -> None:
    """Mail scanners fetch every link, some of them ten times and with HEAD."""
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    browser = Browser()
    for _ in range(10):
        assert browser.get(page_of(token)).status_code == 200
        assert browser.head(page_of(token)).status_code == 200
    assert browser.options(page_of(token)).status_code == 405
    assert rows_of(agency) == []
    assert browser.post(page_of(token), {"answer": "confirmed"}).status_code == 200


def test_the_page_is_kept_nowhere(house: House, now: Any, mailoutbox: Any) -> None:
    token = token_of(linked(in_vetting(house, now), house.reviewer, now), mailoutbox)
    response = Browser().get(page_of(token))
    assert response["Cache-Control"] == "no-store"
    # Not "no-referrer": the button's form would then come from the origin "null", and be refused.
    assert response["Referrer-Policy"] == "same-origin"
    assert "noindex" in response["X-Robots-Tag"]


def test_a_form_from_elsewhere_answers_nothing(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    strict = Browser(enforce_csrf_checks=True)
    assert strict.post(page_of(token), {"answer": "confirmed"}).status_code == 403
    assert rows_of(agency) == []


@pytest.mark.parametrize("answer", ["", "yes", "CONFIRMED", "x" * 100_000])
def test_an_answer_that_is_none_uses_nothing_up(house: House, now: Any, mailoutbox: Any, answer: str) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    assert Browser().post(page_of(token), {"answer": answer}).status_code == 404
    assert rows_of(agency) == []
    assert Browser().post(page_of(token), {"answer": "confirmed"}).status_code == 200


def test_a_link_works_once(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    Browser().post(page_of(token), {"answer": "denied"})
    for verdict in ("confirmed", "denied"):
        assert Browser().post(page_of(token), {"answer": verdict}).status_code == 404
    assert Browser().get(page_of(token)).status_code == 404
    assert [row.result for row in rows_of(agency)] == ["failed"]


def test_a_link_ends_after_seven_days(house: House, now: Any, mailoutbox: Any) -> None:
    challenge = linked(in_vetting(house, now), house.reviewer, now)
    token = token_of(challenge, mailoutbox)
    end = now + timedelta(days=7)
    assert flows.asked_with(token, end - timedelta(seconds=1)) == challenge
    with pytest.raises(NotVisible):
        flows.answer(token, actor=NOBODY, now=end, verdict="confirmed")


def test_a_newer_link_ends_the_older_one(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    old = token_of(linked(agency, house.reviewer, now), mailoutbox)
    new = token_of(linked(agency, house.reviewer, now + timedelta(minutes=1)), mailoutbox)
    with pytest.raises(NotVisible):
        flows.answer(old, actor=NOBODY, now=now, verdict="confirmed")
    flows.answer(new, actor=NOBODY, now=now, verdict="confirmed")


def test_a_link_of_an_older_round_proves_nothing(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    from portal.agencies.vetting.checks.flows import vouch
    from portal.agencies.vetting.flows import approve
    from tests.people import SYSTEM

    rows = vouch(agency.pk, actor=SYSTEM, now=now)
    approve(agency.pk, actor=SYSTEM, now=now, why="Rehearsal.", seen=rows[-1].number)
    with pytest.raises(NotVisible):
        flows.asked_with(token, now)
    Agency.objects.filter(pk=agency.pk).update(status=AgencyStatus.LAPSED)
    vet(agency.pk, actor=house.lead, now=now)
    with pytest.raises(NotVisible):
        flows.answer(token, actor=NOBODY, now=now, verdict="confirmed")


def test_a_link_of_a_refused_agency_is_dead(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    refuse(agency.pk, actor=house.lead, now=now, reasons=["no_answer"], why="Nobody answers.")
    assert Browser().get(page_of(token)).status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44, "..%2f", "é" * 43, "A" * 5000, "%00" * 14 + "A"])
def test_whatever_is_no_token_is_unknown(db: None, token: str) -> None:
    assert Browser().get(f"/agencies/confirm/{token}/").status_code == 404


def test_the_token_itself_is_kept_nowhere(house: House, now: Any, mailoutbox: Any) -> None:
    challenge = linked(in_vetting(house, now), house.reviewer, now)
    assert challenge.token_sha256 is None
    token = token_of(challenge, mailoutbox)
    kept = str(MailChallenge.objects.values().get()) + str(list(AuditEvent.objects.values()))
    assert token not in kept
    assert flows.digest_of(token) in kept


def test_it_is_mailed_once_and_what_a_crash_left_is_swept(
    house: House, now: Any, mailoutbox: Any, monkeypatch: Any
) -> None:
    challenge = linked(in_vetting(house, timezone.now()), house.reviewer, timezone.now())
    sent: list[str] = []
    monkeypatch.setattr(mail, "delay", sent.append)
    sweep()
    assert sent == [], "its own task may still be on the way"
    MailChallenge.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    sweep()
    assert sent == [str(challenge.pk)]
    mail(str(challenge.pk))
    mail(str(challenge.pk))
    assert len(mailoutbox) == 1
    sweep()
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("address", "source_url", "field"),
    [
        ("press@gmail.example", PAGE, "address"),
        (f"press@mail.{DOMAIN}", PAGE, "address"),
        (f"press@{DOMAIN}.evil.example", PAGE, "address"),
        (f"press@evil{DOMAIN}", PAGE, "address"),
        ("press@\u0455pf.example", PAGE, "address"),
        (f"press@{DOMAIN}\r\nBcc: x@evil.example", PAGE, "address"),
        (f"a b@{DOMAIN}", PAGE, "address"),
        ("", PAGE, "address"),
        (f"press@{DOMAIN}", "", "source_url"),
        (f"press@{DOMAIN}", f"http://www.{DOMAIN}/contact", "source_url"),
        (f"press@{DOMAIN}", f"https://{DOMAIN}.evil.example/", "source_url"),
        (f"press@{DOMAIN}", f"https://evil.example/{DOMAIN}", "source_url"),
        (f"press@{DOMAIN}", f"https://{DOMAIN}@evil.example/", "source_url"),
        (f"press@{DOMAIN}", "https://[::1", "source_url"),
        (f"press@{DOMAIN}", "javascript:alert(1)", "source_url"),
        (f"press@{DOMAIN}", PAGE + "x" * 500, "source_url"),
    ],
)
def test_only_a_published_address_of_the_agency_is_asked(
    house: House, now: Any, address: str, source_url: str, field: str
) -> None:
    agency = in_vetting(house, now)
    with pytest.raises(Invalid) as refused:
        flows.challenge(agency.pk, actor=house.reviewer, now=now, address=address, source_url=source_url)
    assert field in refused.value.errors
    assert not MailChallenge.objects.exists()


def test_the_applicants_own_address_proves_nothing(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    with_application(agency, now, supervisor_email=f"rahim@{DOMAIN}")
    with pytest.raises(Invalid) as refused:
        linked(agency, house.reviewer, now, f"Rahim@{DOMAIN}")
    assert "address" in refused.value.errors


def test_nobodys_mailbox_is_flooded(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    for _ in range(flows.MOST_LINKS):
        linked(agency, house.reviewer, now)
    with pytest.raises(Invalid):
        linked(agency, house.reviewer, now)


def test_the_challenge_is_recorded(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    challenge = linked(agency, house.reviewer, now)
    event = AuditEvent.objects.get(event="agencies.challenged")
    assert (event.actor_id, event.subject_id, event.data["challenge"]) == (
        house.reviewer.id,
        str(agency.pk),
        str(challenge.pk),
    )


def test_strangers_wrong_roles_and_open_sessions_send_nothing(house: House, now: Any) -> None:
    from dataclasses import replace

    agency = in_vetting(house, now)
    for who, refusal in {
        "officer": NotVisible, "supervisor": NotVisible, "analyst": Forbidden, "auditor": Forbidden,
    }.items():  # fmt: skip
        with pytest.raises(refusal):
            linked(agency, getattr(house, who), now)
    with pytest.raises(ProofNeeded):
        linked(agency, replace(house.reviewer, is_fresh=False), now)
    with pytest.raises(WrongState):
        linked(house.ours, house.reviewer, now)


def test_a_later_answer_counts(house: House, now: Any, mailoutbox: Any) -> None:
    agency = in_vetting(house, now)
    answered(agency, house.reviewer, now, mailoutbox, "denied")
    answered(agency, house.reviewer, now + timedelta(minutes=1), mailoutbox, "confirmed")
    item = list_of(agency).item("domain_mail")
    assert item is not None
    assert item.is_settled


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts(house: House, now: Any, mailoutbox: Any, at_once: Any) -> None:
    agency = in_vetting(house, now)
    token = token_of(linked(agency, house.reviewer, now), mailoutbox)
    results = at_once(
        lambda: flows.answer(token, actor=NOBODY, now=now, verdict="confirmed"),
        lambda: flows.answer(token, actor=NOBODY, now=now, verdict="denied"),
    )
    assert sorted(type(each).__name__ for each in results) == ["MailChallenge", "NotVisible"]
    assert len(rows_of(agency)) == 1
