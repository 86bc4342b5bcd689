"""A warning is discussed, returned, approved by two houses, read by everybody, and recalled in one click."""

from typing import Any

import httpx
import pytest
from defusedxml import ElementTree
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Campaign, Publication, Remark
from campaigns.public import cap
from campaigns.review.claims import claim
from portal.kernel.actor import Role
from tests.campaigns.warnings import approved_by_agency, published, submitted, text
from tests.journeys.conftest import Portal
from tests.journeys.person import Person, within
from tests.people import House, make_person
from tests.screenshots.looks import mirror

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}
TIP = "#place-tips\\.0\\.text"
CHINESE = text().headline["zh-hant"]
ATOM, CAP = "{http://www.w3.org/2005/Atom}", "{urn:oasis:names:tc:emergency:cap:1.2}"


def served(portal: Portal) -> httpx.Response:
    return httpx.get(
        f"{portal.url}/api/v1/campaigns/active",
        params={"region": "HK", "language": "zh-Hant"},
        headers={"Authorization": f"Bearer {portal.key}"},
    )


def entries(portal: Portal) -> list[tuple[str, str]]:
    """(title, address of the CAP document) of each entry of the region's feed."""
    feed = ElementTree.fromstring(httpx.get(f"{portal.url}/warnings/HK/feed.atom").content)
    found = []
    for entry in feed.findall(f"{ATOM}entry"):
        [link] = [each.get("href", "") for each in entry.findall(f"{ATOM}link") if each.get("type")]
        found.append((entry.findtext(f"{ATOM}title", ""), link))
    return found


def document(address: str) -> dict[str, str]:
    """What stands at the top of a CAP document."""
    alert = ElementTree.fromstring(httpx.get(address).raise_for_status().content)
    return {each.tag.removeprefix(CAP): each.text or "" for each in alert}


def test_a_remark_sends_a_text_back_and_the_mended_one_is_approved_with_a_fresh_proof(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    campaign = submitted(house, now).campaign
    review = f"/campaigns/{campaign.pk}/review/"
    supervisor = Person(chromium, portal.url, house.supervisor, viewport=PHONE)
    page = supervisor.page
    supervisor.goto("/campaigns/queue/")
    supervisor.click("button:has-text('Claim')")
    assert "Claimed by you" in supervisor.text()
    page.click(f"{TIP} summary")
    page.fill(f"{TIP} textarea", "Which helpline? Name its number.")
    supervisor.click(f"{TIP} button:has-text('Make the remark')")
    expect(page.locator(f"{TIP} .thread")).to_be_in_viewport()
    mirror(page)
    supervisor.judge()
    page.check("[name=reasons][value=resource]")
    page.fill("[name=comment]", "See the remark on the tip.")
    supervisor.click("button:has-text('Return to its authors')")
    assert "Returned" in supervisor.text()

    officer = Person(chromium, portal.url, house.officer)
    officer.goto(f"/campaigns/{campaign.pk}/edit/")
    officer.page.click("a:has-text('Go to: Tip 1')")
    assert officer.page.evaluate("document.activeElement.id") == "id_tips-0-text_zh_hant"
    officer.page.click("#remarks .thread-act summary")
    officer.page.fill("#remarks textarea", "18222. It is named now.")
    officer.click("button:has-text('Send the answer')")
    assert "18222. It is named now." in officer.page.inner_text("#remarks .thread-answer")
    officer.click("#remarks button:has-text('Settle')")
    assert officer.page.locator("#remarks").count() == 0
    officer.page.fill("[name=tips-0-text_zh_hant]", "致電防騙易 18222。")
    officer.page.fill("[name=tips-0-text_en]", "Call the helpline, 18222.")
    officer.click("button:has-text('Save and check')")
    officer.click("button:has-text('Submit for approval')")
    assert Remark.objects.get(answers_to=None).settled_at is not None

    supervisor.outlast_proof()
    supervisor.goto(review)
    assert "Settled by" in page.inner_text(f"{TIP} .thread")
    assert "致電防騙易 18222。" in page.inner_text(TIP)
    with page.expect_navigation(url="**/account/2fa/reauthenticate/**"):
        page.click("button:has-text('Approve this text')")
    supervisor.judge()
    campaign.refresh_from_db()
    assert campaign.status == "agency_review"
    supervisor.give_code()
    supervisor.judge()
    assert "In compliance review" in supervisor.text()
    assert "Approved: exactly the text you saw." in page.inner_text("body")


def test_an_approved_warning_is_read_by_everybody_until_one_click_recalls_it(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    version = approved_by_agency(house, now)
    campaign = version.campaign
    colleague = make_person("colleague", Role.COMPLIANCE_REVIEWER, None, now=now)
    claim(campaign.pk, actor=colleague, now=now, version_id=version.pk)
    reviewer = Person(chromium, portal.url, house.reviewer)
    page = reviewer.page
    reviewer.goto("/campaigns/queue/")
    reviewer.click("tbody th a")
    assert page.locator("button:has-text('Approve this text')").count() == 0
    reviewer.click("button:has-text('Take it over')")
    reviewer.click("button:has-text('Approve this text')")

    assert within(1, lambda: served(portal).status_code == 200)
    [answer] = served(portal).json()["campaigns"]
    assert answer["warning"]["headline"] == CHINESE
    user = Person(chromium, portal.url, locale="zh-HK", viewport=PHONE)
    user.goto("/warnings/")
    user.click("a[href='/warnings/HK/zh-hant/']")
    assert CHINESE in user.text()
    [(title, alert)] = entries(portal)
    assert title == CHINESE
    assert document(alert)["msgType"] == "Alert"

    reviewer.goto(f"/campaigns/{campaign.pk}/")
    reviewer.click("a:has-text('Recall')")
    assert "None: users there see no warning." in reviewer.text()
    reviewer.click("button:has-text('Recall now')")
    assert page.locator("[data-error-summary]").count() == 1, "a reason is asked for"
    page.check("[name=code] >> nth=0")
    page.fill("[name=why]", "The helpline's number is wrong.")
    reviewer.click("button:has-text('Recall now')")
    assert within(1, lambda: served(portal).status_code == 204)
    expect(page.locator("#stopping .notice-good")).to_contain_text("ms after the recall", timeout=10_000)
    assert page.locator("#stopping tr[data-state=answered]").count() == 1
    reviewer.judge()

    user.page.reload()
    user.judge()
    assert CHINESE not in user.text()
    publication = Publication.objects.get()
    [(title, cancel)] = entries(portal)
    assert title == f"Cancelled: {CHINESE}"
    said = document(cancel)
    assert (said["msgType"], said["references"]) == ("Cancel", cap.reference(publication))
    assert httpx.get(alert).status_code == 410

    correct(chromium, portal, house, campaign)
    [answer] = served(portal).json()["campaigns"]
    assert (answer["publication"]["version"]["number"], answer["warning"]["headline"]) == (
        2,
        "請停一停：致電 18222。",
    )
    update, *_cancel = [address for _title, address in entries(portal)]
    assert document(update)["msgType"] == "Update"


def correct(chromium: Any, portal: Portal, house: House, campaign: Campaign) -> None:
    """The officer writes it from the recall's page; both houses approve it, and see what it corrects."""
    officer = Person(chromium, portal.url, house.officer)
    officer.goto(f"/campaigns/{campaign.pk}/recalled/{Publication.objects.get().pk}/")
    officer.click("button:has-text('Write the correction')")
    officer.page.fill("[name=headline_zh_hant]", "請停一停：致電 18222。")
    officer.click("button:has-text('Save and check')")
    officer.click("button:has-text('Submit for approval')")
    campaign.refresh_from_db()
    assert campaign.in_review is not None
    supervisor = Person(chromium, portal.url, house.supervisor)
    supervisor.goto(f"/campaigns/{campaign.pk}/review/")
    assert "The helpline's number is wrong." in supervisor.page.inner_text(".notice:has-text('A correction')")
    published(house, timezone.now(), campaign.in_review)
    assert within(1, lambda: served(portal).status_code == 200)
