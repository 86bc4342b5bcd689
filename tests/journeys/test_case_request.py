"""An officer files a case request with a wallet address and a PDF; an analyst asks, is answered, decides."""

from typing import Any

import pytest

from casesupport.models import CaseRequest
from portal.documents.letter import letter
from portal.models import AuditEvent
from tests.casesupport.cases import BITCOIN
from tests.journeys.person import Person
from tests.people import House


@pytest.fixture
def house(transactional_db: None, house: House) -> House:
    return house


@pytest.fixture
def order(tmp_path: Any) -> str:
    file = tmp_path / "order.pdf"
    file.write_bytes(
        letter("Court order", ["Produce the records of the account that holds the address named."])
    )
    return str(file)


def test_a_case_request_is_filed_questioned_answered_and_decided(chromium, portal, house, order, tmp_path):
    officer = Person(chromium, portal.url, house.officer)
    page = officer.page
    officer.goto("/requests/")
    officer.click("a:has-text('New case request')")
    officer.click("a[href='?type=information']")
    page.fill("[name=offence]", "Fraud, Theft Ordinance s. 16A")
    page.fill("[name=facts]", "The victim sent 2.1 BTC to the address below on 3 May.")
    page.fill("[name=necessity]", "No other record names who controls the address.")
    page.check("[name=data_categories][value=subscriber]")
    page.fill("[name=wanted_from]", "2026-01-01")
    page.fill("[name=wanted_until]", "2026-03-31")
    page.select_option("[name=targets-0-kind]", "wallet_address")
    page.select_option("[name=targets-0-chain]", "BTC")
    page.fill("[name=targets-0-value]", BITCOIN[:-1] + "5")
    page.select_option("[name=process-instrument]", "court_order")
    page.fill("[name=process-authority]", "Eastern Magistrates’ Court")
    page.fill("[name=process-issued_on]", "2026-04-02")

    broken = tmp_path / "not-a.pdf"
    broken.write_bytes(b"<html>not a pdf</html>")
    page.set_input_files("[name=document]", str(broken))
    officer.click("button:has-text('Save and check')")
    assert CaseRequest.objects.count() == 0
    assert page.input_value("[name=facts]").startswith("The victim")
    assert page.locator("[data-error-summary] li").count() >= 2  # the address and the file

    page.fill("[name=targets-0-value]", BITCOIN)
    page.set_input_files("[name=document]", order)
    officer.click("button:has-text('Save and check')")
    assert BITCOIN in officer.text()
    officer.click("button:has-text('Submit to the exchange')")
    request = CaseRequest.objects.get()
    assert request.reference in page.inner_text("body")

    analyst = Person(chromium, portal.url, house.analyst)
    analyst.click(f"a:has-text('{request.reference}')")
    analyst.click("button:has-text('Take into triage')")
    analyst.click("a:has-text('Ask the agency')")
    analyst.page.fill("[name=body]", "Which of the two transfers is meant? <b>Both?</b>")
    analyst.click("main form button[type=submit]")

    officer.goto(f"/requests/{request.pk}/")
    assert "<b>Both?</b>" in officer.text()
    officer.click("a.btn:has-text('Answer')")
    page.fill("[name=body]", "The second one, of 3 May.")
    officer.click("main form button[type=submit]")

    analyst.goto(f"/requests/{request.pk}/")
    assert "The second one, of 3 May." in analyst.text()
    with analyst.page.expect_download() as download:
        analyst.page.click("a[href*='/documents/']")
    assert download.value.suggested_filename.endswith(".pdf")
    analyst.click("a.btn:has-text('Decide')")
    target = request.targets.get()
    analyst.page.check(f"[name=target-{target.pk}-decision][value=produced]")
    analyst.click("button:has-text('Check the decisions')")
    analyst.click("button:has-text('Decide and close')")
    assert "Closed" in analyst.text()

    officer.goto(f"/requests/{request.pk}/")
    assert "Produced" in officer.text()
    outsider = Person(chromium, portal.url, house.outsider)
    assert outsider.goto(f"/requests/{request.pk}/").status == 404

    events = set(AuditEvent.objects.filter(subject_agency_id=house.ours.pk).values_list("event", flat=True))
    assert {
        "requests.created",
        "requests.submitted",
        "requests.claimed",
        "requests.asked",
        "requests.answered",
        "requests.decided",
        "documents.read",
    } <= events
