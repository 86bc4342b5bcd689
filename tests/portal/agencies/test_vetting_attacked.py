"""Vetting under attack: two at once, answers that come late, pages and mailboxes that the applicant chose."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.agencies.application import flows as applications
from portal.agencies.lookalikes import findings
from portal.agencies.vetting import flows
from portal.agencies.vetting.checks import flows as checks
from portal.agencies.vetting.domains import flows as domains
from portal.agencies.vetting.site import is_own_page
from portal.kernel.actor import Actor
from portal.kernel.domains import canonical
from portal.kernel.errors import Invalid, NotVisible, Stale, WrongState
from portal.models import Agency
from portal.models.agency import AgencyStatus
from portal.models.vetting import CHALLENGE_DAYS, CheckKind
from tests.people import House, make_agency
from tests.portal.agencies.application.applying import confirmed as apply_and_confirm
from tests.portal.agencies.test_check import state
from tests.portal.agencies.test_pages import at
from tests.portal.agencies.vettings import (
    DOMAIN,
    FOUND,
    called,
    checked,
    in_vetting,
    linked,
    list_of,
    token_of,
    with_application,
)

pytestmark = pytest.mark.django_db


# What the page showed.


@pytest.mark.parametrize("off", [-1, 1, 99_000])
def test_a_number_that_no_page_showed_approves_nothing(
    house: House, now: Any, mailoutbox: Any, off: int
) -> None:
    agency = checked(house, now, mailoutbox)
    with pytest.raises(Stale):
        flows.approve(agency.pk, actor=house.lead, now=now, why="Read.", seen=list_of(agency).newest + off)


@pytest.mark.parametrize(
    "given",
    [
        {"seen": ""},
        {"seen": "-1"},
        {"seen": "1e3"},
        {"seen": "9" * 5000},
        {"seen": "\x00"},
        {"why": "a\x00b"},
        {"why": "a\u202eb"},
        {"why": "\u200b\u200b"},
        {"why": "x" * 100_000},
    ],
)
def test_a_hostile_decision_is_refused_beside_its_field(
    house: House, now: Any, mailoutbox: Any, sign_in: Any, given: dict[str, str]
) -> None:
    agency = checked(house, now, mailoutbox)
    form = {"seen": list_of(agency).newest, "why": "Read."} | given
    assert sign_in(house.lead).post(at("agencies-approve", agency), form).status_code == 422
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.IN_VETTING


@pytest.mark.parametrize("reasons", [["nonsense"], ["domain", "<b>"], ["domain\x00"], [""], ["x" * 100_000]])
def test_a_reason_that_is_not_on_the_list_refuses_nobody(
    house: House, now: Any, sign_in: Any, reasons: list[str]
) -> None:
    agency = in_vetting(house, now)
    page = sign_in(house.lead).post(at("agencies-refuse", agency), {"reasons": reasons, "why": "No."})
    assert page.status_code == 422
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.IN_VETTING
    with pytest.raises(Invalid):
        flows.refuse(agency.pk, actor=house.lead, now=now, reasons=reasons, why="No.")


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00", "now", "\x00"]
)
def test_a_call_of_no_day_is_refused(house: House, now: Any, sign_in: Any, moment: str) -> None:
    agency = in_vetting(house, timezone.now())
    given = {
        "number": agency.switchboard,
        "is_published": "on",
        "outcome": "confirmed",
        "spoke_to": "Sgt Lim",
        "called_at": moment,
        "note": "Put through.",
    }
    assert sign_in(house.reviewer).post(at("agencies-call-back", agency), given).status_code == 422
    assert state(agency, CheckKind.SWITCHBOARD) == "open"


def test_nobody_answered_by_an_unseen_name(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    with pytest.raises(Invalid) as refused:
        called(agency, house.reviewer, now, spoke_to="\u200b\u2800")
    assert "spoke_to" in refused.value.errors


@pytest.mark.parametrize("document", ["x", "\x00", "x" * 5000, "00000000-0000-0000-0000-000000000000"])
def test_a_document_that_did_not_come_is_not_judged(
    house: House, now: Any, sign_in: Any, document: str
) -> None:
    agency = in_vetting(house, now)
    page = sign_in(house.reviewer).get(at("agencies-judge", agency), {"document": document})
    assert page.status_code == 404
    with pytest.raises(NotVisible):
        checks.judge(agency.pk, actor=house.reviewer, now=now, subject=document, result="passed", note="x")


# Pages and mailboxes that the applicant chose.


@pytest.mark.parametrize(
    ("page", "own"),
    [
        (f"https://{DOMAIN}/contact", True),
        (f"https://www.{DOMAIN.upper()}./contact", True),
        (f"https://{DOMAIN}.evil.example/contact", False),
        (f"https://evil{DOMAIN}/contact", False),
        (f"https://evil.example/{DOMAIN}", False),
        ("https://sites.example/police", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_a_number_on_a_page_that_the_applicant_could_have_written_needs_another_source(
    house: House, now: Any, page: str, own: bool
) -> None:
    agency = in_vetting(house, now)
    Agency.objects.filter(pk=agency.pk).update(switchboard_source=page)
    assert is_own_page(page, agency) is own
    if own:
        assert called(agency, house.reviewer, now, note="").result == "passed"
        return
    with pytest.raises(Invalid) as refused:
        called(agency, house.reviewer, now, note="")
    assert list(refused.value.errors) == ["note"]
    assert called(agency, house.reviewer, now, note="In the government's directory.").result == "passed"


def test_whoever_calls_is_warned_of_such_a_page(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, now)
    client, warning = sign_in(house.reviewer), "The page is not on the agency"
    assert warning not in client.get(at("agencies-call-back", agency)).text
    assert "Not on its own site" not in client.get(at("agencies-vetting", agency)).text
    Agency.objects.filter(pk=agency.pk).update(switchboard_source="https://evil.example/spf")
    assert warning in client.get(at("agencies-call-back", agency)).text
    assert "Not on its own site" in client.get(at("agencies-vetting", agency)).text


@pytest.mark.parametrize("address", ["rahim+press@spf.example", "RAHIM+1@SPF.example", "rahim+@spf.example"])
def test_another_spelling_of_the_applicants_mailbox_proves_nothing(
    house: House, now: Any, address: str
) -> None:
    agency = in_vetting(house, now)
    with_application(agency, now, supervisor_email="rahim@spf.example")
    with pytest.raises(Invalid) as refused:
        linked(agency, house.reviewer, now, address)
    assert "address" in refused.value.errors


# The clock, to the second.


def test_a_value_in_the_dns_counts_to_its_last_second(house: House, now: Any) -> None:
    end, job = now + timedelta(days=CHALLENGE_DAYS), Actor.system("domains")
    late = in_vetting(house, now)
    challenge = domains.newest_of(list_of(late).round)[DOMAIN]
    assert domains.settle(challenge.pk, actor=job, now=end, answer=FOUND) is None
    assert state(late, CheckKind.DOMAIN_DNS, DOMAIN) == "open"
    just = domains.settle(challenge.pk, actor=job, now=end - timedelta(seconds=1), answer=FOUND)
    assert just is not None
    assert state(late, CheckKind.DOMAIN_DNS, DOMAIN) == "passed"


def test_a_link_to_the_mailbox_answers_nothing_at_its_end(house: House, now: Any, mailoutbox: Any) -> None:
    from portal.agencies.vetting.mailbox.flows import answer

    agency = in_vetting(house, now)
    asked = linked(agency, house.reviewer, now)
    token = token_of(asked, mailoutbox)
    with pytest.raises(NotVisible):
        answer(token, actor=Actor.anonymous(), now=asked.expires_at, verdict="denied")
    answer(token, actor=Actor.anonymous(), now=asked.expires_at - timedelta(seconds=1), verdict="denied")
    assert state(agency, CheckKind.DOMAIN_MAIL) == "failed"


# Domains in borrowed letters.


@pytest.mark.parametrize("written", ["\u0430\u0440\u0440\u04cf\u0435", "\u043e\u0455\u0456", "\u03bf\u03c1"])
def test_a_word_of_another_script_that_reads_as_latin_is_flagged(db: None, written: str) -> None:
    """Not mixed, and like no domain that we know: to the eye it is one of plain letters all the same."""
    found = [each for each in findings(canonical(f"{written}.example"), known={}) if each.is_serious]
    assert "disguised" in {each.code for each in found}, ascii(written)


@pytest.mark.parametrize(
    "written", ["полиция", "警察", "شرطة", "αστυνομία", "경찰", "polícia", "b\u00fccher"]
)
def test_an_honest_word_of_another_script_is_not(db: None, written: str) -> None:
    codes = {each.code for each in findings(canonical(f"{written}.example"), known={})}
    assert not codes & {"disguised", "mixed-scripts"}, written


# From the application to the decision.


def test_what_the_applicant_wrote_is_shown_to_who_vets_and_does_nothing_there(
    house: House, now: Any, sign_in: Any
) -> None:
    fake = "p\N{CYRILLIC SMALL LETTER O}litiet-no.example"
    agency = apply_and_confirm(
        now,
        name="<img src=x onerror=alert(1)> Police \u200f",
        head_name="<b>Kari</b>",
        purpose="<script>alert(1)</script>\n" * 50,
        domains=["politiet-no.example", fake],
        website=f"https://{fake}/",
        switchboard_source=f"https://{fake}/contact",
    )
    flows.vet(agency.pk, actor=house.reviewer, now=now)
    client = sign_in(house.reviewer)
    for name in ("agencies-view", "agencies-vetting", "agencies-call-back", "agencies-refuse"):
        page = client.get(at(name, agency)).text
        for text in ("<img src=x", "<b>Kari", "<script>alert(1)"):
            assert text not in page, name
        assert f'href="https://{fake}' not in page, "its letters show in the address"
    assert client.get(reverse("agencies-list")).status_code == 200


def test_a_training_agency_is_vetted_like_every_other_and_stays_one(
    house: House, now: Any, mailoutbox: Any
) -> None:
    agency = apply_and_confirm(now, is_training=True)
    assert agency.is_training
    flows.vet(agency.pk, actor=house.reviewer, now=now)
    with pytest.raises(Invalid):
        flows.approve(
            agency.pk, actor=house.lead, now=now, why="An exercise only.", seen=list_of(agency).newest
        )
    with pytest.raises(WrongState):
        applications.save(agency.application.pk, "agency", {"is_training": ""})


def test_a_training_agency_carries_its_badge(house: House, now: Any, sign_in: Any) -> None:
    agency = make_agency("drill", now=now, domain="drill.example", is_training=True)
    client = sign_in(house.lead)
    for page in (reverse("agencies-list"), at("agencies-view", agency), at("agencies-vetting", agency)):
        assert "Training" in client.get(page).text
