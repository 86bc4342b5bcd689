"""An agency is vetted in a browser: a worker asks the DNS and mails the link; a second person decides."""

import email
import re
from email import policy
from pathlib import Path
from typing import Any

from portal.demo import applications
from portal.models import Agency, DomainChallenge, Invitation, VettingCheck
from portal.models.agency import AgencyStatus
from tests.journeys.person import Person, within
from tests.people import House
from tests.portal.agencies.nameserver import NameServer, texts

FLAG = "#comparisons a[href*='/flags/']"
LINK = re.compile(r"http\S+/agencies/confirm/\S+")


def link_in(mail: Path, since: set[Path]) -> str | None:
    for file in set(mail.glob("*.log")) - since:
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        if found := LINK.search(message.get_body().get_content()):  # type: ignore[union-attr]
            return found.group(0)
    return None


def test_an_agency_is_vetted_and_let_in(
    chromium: Any, house: House, now: Any, dns: NameServer, portal: Any, server_environment: dict[str, str]
) -> None:
    agency = applications.confirmed(applications.NORWAY, now)
    mail = Path(server_environment["PORTAL_VAR_DIR"]) / "mail"
    mails = set(mail.glob("*.log"))
    vetter = Person(chromium, portal.url, house.reviewer)
    page = vetter.page
    vetter.goto(f"/agencies/?q={agency.domains[0]}")
    vetter.click("tbody th a")
    vetter.click("button:has-text('Begin vetting')")

    vetter.click("#domains button:has-text('Check now')")
    page.wait_for_selector("#domains :text('another value')", timeout=20_000)  # shown without a reload
    assert dns.asked[0] == f"_lepp-challenge.{agency.domains[0]}."
    dns.reply = texts(f'"{DomainChallenge.objects.get(round__agency=agency).value}"')
    page.wait_for_timeout(11_000)  # a second click within ten seconds asks nobody
    vetter.click("#domains button:has-text('Check now')")
    page.wait_for_selector("#domains :text('Passed')", timeout=20_000)
    vetter.judge()

    vetter.click("a:has-text('Send a link')")
    page.fill("[name=address]", "press@gmail.example")
    page.fill("[name=source_url]", f"https://www.{agency.domains[0]}/kontakt")
    vetter.click("main form button")
    assert page.locator("[data-error-summary] a[href='#id_address']").count() == 1
    page.fill("[name=address]", f"post@{agency.domains[0]}")
    vetter.click("main form button")
    assert within(20, lambda: link_in(mail, mails))
    mailbox = Person(chromium, portal.url, viewport={"width": 390, "height": 844})
    mailbox.goto(str(link_in(mail, mails)))
    assert not VettingCheck.objects.filter(round__agency=agency, kind="domain_mail").exists()
    mailbox.click("button:has-text('Yes, our agency applied')")
    assert "Your answer is noted" in mailbox.text()

    vetter.goto(f"/agencies/{agency.pk}/vetting/")
    vetter.click("a:has-text('Log a call to')")
    page.check("[name=is_published]")
    page.check("[name=outcome][value=confirmed]")
    page.fill("[name=spoke_to]", "Duty officer")
    vetter.click("main form button")

    vetter.click("#documents a")
    with page.expect_download() as download:
        page.click("a:has-text('Open it')")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.check("[name=result][value=passed]")
    vetter.click("main form button")
    while page.locator(
        "#comparisons a:has-text('Look-alike'), #comparisons a:has-text('Duplicates')"
    ).count():
        vetter.click("#comparisons a:has-text('Look-alike'), #comparisons a:has-text('Duplicates')")
        page.check("[name=result][value=acknowledged]")
        page.fill("[name=note]", "Compared by hand.")
        vetter.click("main form button")
    assert "somebody else decides" in vetter.text()
    assert page.locator("a:has-text('Approve')").count() == 0

    decider = Person(chromium, portal.url, house.lead)
    decider.click(f"a[href='/agencies/{agency.pk}/approve/']")
    decider.page.fill("[name=why]", "Read every check.")
    decider.click("main form button")
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.APPROVED
    assert Invitation.objects.get(agency=agency).email == applications.NORWAY.supervisor_email
    assert "first supervisor is invited" in decider.text()
