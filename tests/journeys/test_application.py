"""An agency applies in a real browser; the worker mails the link; the first supervisor confirms."""

import email
import re
from email import policy
from pathlib import Path
from typing import Any

from portal.models import Agency, AgencyApplication
from tests.journeys.person import Person, within
from tests.portal.agencies.application.applying import ANSWERS, GIVEN, LETTER

LINK = re.compile(r"http\S+/agencies/apply/confirm/\S+")


def links_in(mail: Path) -> list[str]:
    """Of every message that the worker wrote."""
    found = []
    for file in sorted(mail.glob("*.log")):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        found += LINK.findall(message.get_body().get_content())
    return found


def test_an_agency_applies_and_its_first_supervisor_confirms(
    chromium: Any, portal: Any, server_environment: dict[str, str], tmp_path: Path
) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(LETTER)
    applicant = Person(chromium, portal.url, viewport={"width": 390, "height": 844})
    page = applicant.page
    applicant.goto("/")
    applicant.click("a:has-text('For law enforcement')")
    applicant.click("main a:has-text('Begin')")
    page.fill("[name=name]", GIVEN.name)
    page.select_option("[name=country]", "NO")
    applicant.click("main form button")
    page.check("[name=regions][value=NO]")
    page.check("[name=languages][value=en]")
    page.select_option("[name=time_zone]", "Europe/Oslo")
    applicant.click("main form button")
    for name, value in ANSWERS["contact"].items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=website]", "javascript:alert(1)")
    applicant.click("main form button")
    assert page.locator("[data-error-summary] a[href='#id_website']").count() == 1
    page.fill("[name=website]", GIVEN.website)
    applicant.click("main form button")
    for name, value in ANSWERS["people"].items():
        page.fill(f"[name={name}]", value)
    applicant.click("main form button")
    page.set_input_files("[name=document]", str(letter))
    applicant.click("main form button:has-text('Save and go on')")  # the purpose is missing
    assert "letter.pdf" in applicant.text()
    page.fill("[name=purpose]", GIVEN.purpose)
    applicant.click("main form button:has-text('Save and go on')")
    assert GIVEN.supervisor_email in applicant.text()
    applicant.click("button:has-text('Send the application')")
    status = page.get_attribute("#status-link", "href")
    assert AgencyApplication.objects.get().status == "unconfirmed"

    mail = Path(server_environment["PORTAL_VAR_DIR"]) / "mail"
    assert within(20, lambda: links_in(mail))
    (link,) = links_in(mail)
    supervisor = Person(chromium, portal.url)
    supervisor.goto(link)
    assert GIVEN.name in supervisor.text()
    assert not Agency.objects.exists()
    supervisor.click("button:has-text('Confirm the application')")
    assert Agency.objects.get().name_en == GIVEN.name
    assert "Received" in supervisor.text()
    supervisor.goto(link)  # a used link shows where it stands, and does nothing
    assert "Received" in supervisor.text()
    applicant.goto(str(status))
    assert GIVEN.name not in applicant.text()
