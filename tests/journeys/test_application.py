"""An agency applies in a real browser; the worker mails the link; the first supervisor confirms.

The applicant mistyped an address first, and then the mail was lost.
"""

import email
import re
from email import policy
from pathlib import Path
from typing import Any

from portal.models import Agency, AgencyApplication
from tests.journeys.person import Person, within
from tests.portal.agencies.application.applying import ANSWERS, GIVEN, LETTER

LINK = re.compile(r"http\S+/agencies/apply/confirm/\S+")
MISTYPED = "ola.hanssen@politiet-no.example"


def links_in(mail: Path, address: str) -> list[str]:
    """Of every message that the worker wrote to the address, oldest first."""
    found = []
    for file in sorted(mail.glob("*.log"), key=lambda file: file.stat().st_mtime_ns):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        if message["To"] == address:
            found += LINK.findall(message.get_body().get_content())
    return found


def test_an_agency_applies_and_its_first_supervisor_confirms(
    chromium: Any, portal: Any, server_environment: dict[str, str], tmp_path: Path, as_owner: Any
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
    page.fill("[name=supervisor_email]", MISTYPED)
    applicant.click("main form button")
    page.set_input_files("[name=document]", str(letter))
    applicant.click("main form button:has-text('Save and go on')")  # the purpose is missing
    assert "letter.pdf" in applicant.text()
    page.fill("[name=purpose]", GIVEN.purpose)
    applicant.click("main form button:has-text('Save and go on')")
    assert MISTYPED in applicant.text()
    applicant.click("button:has-text('Send the application')")
    status = page.get_attribute("#status-link", "href")
    assert AgencyApplication.objects.get().status == "unconfirmed"

    mail = Path(server_environment["PORTAL_VAR_DIR"]) / "mail"
    assert within(20, lambda: links_in(mail, MISTYPED))
    applicant.click("a:has-text('Correct the first supervisor')")
    page.fill("[name=supervisor_email]", "ola.hansen@evil.example")
    applicant.click("main form button")
    assert page.locator("[data-error-summary] a[href='#id_supervisor_email']").count() == 1
    page.fill("[name=supervisor_email]", GIVEN.supervisor_email)
    applicant.click("main form button")
    assert f"The newest link goes to {GIVEN.supervisor_email}" in applicant.text()
    assert within(20, lambda: links_in(mail, GIVEN.supervisor_email))

    assert page.locator("button:has-text('Send the link again')").count() == 0
    assert "It can be sent again from" in applicant.text()
    as_owner("UPDATE portal_applicationmail SET asked_at = asked_at - interval '6 minutes'")
    applicant.goto("/agencies/apply/sent/")
    applicant.click("button:has-text('Send the link again')")
    assert f"The newest link goes to {GIVEN.supervisor_email}" in applicant.text()
    assert within(20, lambda: len(links_in(mail, GIVEN.supervisor_email)) == 2)
    later = Person(chromium, portal.url)  # in another browser, with nothing but the link that was kept
    later.goto(str(status))
    assert "It can be sent again from" in later.text()
    as_owner("UPDATE portal_applicationmail SET asked_at = asked_at - interval '6 minutes'")
    later.goto(str(status))
    later.click("button:has-text('Send the link again')")
    assert GIVEN.supervisor_email not in later.text()
    assert within(20, lambda: len(links_in(mail, GIVEN.supervisor_email)) == 3)

    supervisor = Person(chromium, portal.url)
    *dead, link = links_in(mail, GIVEN.supervisor_email)
    for old in (*links_in(mail, MISTYPED), *dead):
        supervisor.goto(old)
        assert "This link does not work" in supervisor.text()
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
