"""The whole way: an officer's draft, two approvals, the withdrawal, its outcome; and one case request."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from campaigns.models import Campaign, Decision
from portal.demo import campaigns as demo
from portal.demo.campaigns import Cast
from portal.models import AuditEvent, Notice
from tests.journeys.person import Person, within
from tests.people import House

HEADLINE = "Is somebody you only know online telling you to send this?"


@pytest.fixture
def house(transactional_db: None, house: House) -> House:
    return house


@pytest.fixture
def draft(house: House, now: Any) -> Campaign:
    """The pilot's warning, as the demonstration has it, written by our officer."""
    cast = {"hong-kong": Cast(house.officer, house.supervisor, house.reviewer)}
    window = (now - timedelta(hours=1), now + timedelta(days=30))
    return demo.Stage("hk-pilot", cast, now - timedelta(days=1), window).campaign


def ask(portal: Any, **headers: str) -> httpx.Response:
    return httpx.get(
        f"{portal.url}/api/v1/campaigns/active",
        params={"region": "HK", "language": "zh-Hant"},
        headers={"Authorization": f"Bearer {portal.key}", **headers},
    )


def test_a_warning_travels_from_the_draft_to_the_withdrawal_and_back(chromium, portal, house, draft):
    officer = Person(chromium, portal.url, house.officer)
    page = officer.page
    officer.click(f"a:has-text('{draft.title}')")
    officer.click("a:has-text('Edit')")
    page.fill("[name=headline_en]", HEADLINE)
    officer.click("button:has-text('Save and preview')")
    officer.click(".preview-tools a:has-text('English')")
    officer.click(".preview-tools a:has-text('Phone')")
    assert HEADLINE in page.inner_text(".device-phone .warning")
    officer.goto(f"/campaigns/{draft.pk}/submit/")
    officer.click("button:has-text('Submit for approval')")
    assert "In agency review" in officer.text()
    assert ask(portal).status_code == 204

    assert officer.goto(f"/campaigns/{draft.pk}/review/").status == 403

    supervisor = Person(chromium, portal.url, house.supervisor)
    supervisor.click(f"a:has-text('{draft.title}')")
    supervisor.click(".language-tabs a:has-text('English')")
    assert HEADLINE in supervisor.text()
    supervisor.click("button:has-text('Approve this text')")
    assert "In compliance review" in supervisor.text()
    assert ask(portal).status_code == 204

    reviewer = Person(chromium, portal.url, house.reviewer)
    reviewer.click(f"a:has-text('{draft.title}')")
    with reviewer.page.expect_navigation():
        reviewer.page.click("button:has-text('Approve this text')")
    assert within(1.0, lambda: ask(portal).status_code == 200)
    version = Campaign.objects.get(pk=draft.pk).versions.get()
    [served] = ask(portal).json()["campaigns"]
    assert served["warning"] == version.content["texts"]["zh-Hant"]
    assert served["publication"]["version"]["sha256"] == version.sha256
    assert {decision.sha256 for decision in Decision.objects.all()} == {version.sha256}
    answer = ask(portal)
    assert ask(portal, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304

    user = Person(chromium, portal.url, viewport={"width": 390, "height": 844})
    for did in ("proceed", "proceed", "reconsider"):
        withdraw(user, did)
    user.page.screenshot()
    withdraw(user, "review")
    user.click("[name=did][value=proceed]")
    assert "The withdrawal was sent" in user.text()

    officer.goto(f"/campaigns/{draft.pk}/")
    assert officer.page.inner_text("#figure-exposures") == "4"
    tile = officer.page.inner_text("#figure-either")
    assert "50.0%" in tile
    assert "2 of 4" in tile
    assert "15.0% – 85.0%" in tile  # Wilson's interval for 2 of 4

    assert within(10, lambda: Notice.objects.filter(mailed_at=None).count() == 0), (
        "the worker mails every notice"
    )
    auditor = Person(chromium, portal.url, house.auditor)
    auditor.goto("/audit/verify/")
    auditor.click("button[value=whole]")
    assert "The audit trail is whole" in auditor.text()
    events = list(
        AuditEvent.objects.filter(subject_id=draft.pk).order_by("seq").values_list("event", flat=True)
    )
    assert events == [
        "campaigns.created",
        "campaigns.edited",
        "campaigns.submitted",
        "campaigns.approved",
        "campaigns.approved",
        "campaigns.published",
        "campaigns.outcomes_received",
    ]
    assert AuditEvent.objects.filter(event="people.signed_in").count() == 4


def withdraw(user: Person, did: str) -> None:
    user.goto("/demo/withdrawal")
    user.page.select_option("select[name=region]", "HK")
    user.page.select_option("select[name=language]", "zh-Hant")
    user.click("form:has(select[name=region]) button[type=submit]")
    assert user.page.get_attribute(".warning", "lang") == "zh-Hant"
    user.click(f"[name=did][value={did}]")


def test_a_region_without_a_campaign_lets_the_withdrawal_go(chromium, portal, house):
    user = Person(chromium, portal.url)
    user.goto("/demo/withdrawal")
    user.page.select_option("select[name=region]", "SE")
    user.click("form:has(select[name=region]) button[type=submit]")
    assert "No warning is live for this region" in user.text()


def test_whoever_loses_the_role_finds_the_door_shut_at_the_next_click(chromium, portal, house):
    from portal.models import Membership

    officer = Person(chromium, portal.url, house.officer)
    Membership.objects.filter(user_id=house.officer.person_id).update(ended_at="2026-01-01T00:00:00Z")
    officer.goto("/campaigns/")
    assert "You are locked out" in officer.page.content()
    assert "Your access has ended" in officer.page.inner_text("body")
