"""A compliance lead and a machine: a key is issued and seen once, rotated without a gap, and revoked."""

from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Portal
from tests.journeys.person import Person, within
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_key_is_seen_once_followed_without_a_gap_and_revoked_at_once(
    chromium: Any, portal: Portal, house: House
) -> None:
    def status(key: str) -> int:
        address = f"{portal.url}/api/v1/campaigns/active?region=HK"
        return httpx.get(address, headers={"Authorization": f"Bearer {key}"}).status_code

    lead = Person(chromium, portal.url, house.lead)
    page = lead.page
    page.on("dialog", lambda dialog: dialog.accept())

    lead.goto("/clients/")
    lead.click("main a:has-text('Register a client')")
    page.fill("[name=name]", "Withdrawal service, blue")
    page.fill("[name=contact]", "Payments on call")
    page.check("[name=scopes][value='campaigns:read']")
    page.fill("[name=networks]", "127.0.0.7/8")
    lead.click("button:has-text('Register')")
    assert "127.0.0.0/8 or 127.0.0.7/32" in lead.text()
    page.fill("[name=networks]", "127.0.0.0/8\n::1")
    lead.click("button:has-text('Register')")
    assert "No keys yet" in lead.text()
    client = page.url

    lead.click("a:has-text('Issue a key')")
    page.fill("[name=note]", "rack 4")
    lead.click("button:has-text('Issue the key')")
    first = page.inner_text("#key")
    assert within(2, lambda: status(first) == 204)
    page.reload()
    assert first not in page.content()
    lead.goto(client)
    assert first[:17] in lead.text()
    assert first not in page.content()

    lead.click("a:has-text('Rotate')")
    lead.click("button:has-text('Rotate')")
    second = page.inner_text("#key")
    assert within(2, lambda: status(second) == 204)
    assert status(first) == 204

    lead.goto(client)
    assert "Ending" in lead.text()
    lead.click(f"tr#{first[:17]} a:has-text('Revoke')")
    assert "One other key of this client goes on working." in lead.text()
    page.fill("[name=why]", "Every machine has the new one.")
    lead.click("button:has-text('Revoke')")
    assert within(1, lambda: status(first) == 401)
    assert status(second) == 204

    lead.click("main a:has-text('Edit')")
    page.fill("[name=networks]", "198.51.100.0/24")
    lead.click("button:has-text('Save')")
    assert within(1, lambda: status(second) == 403)

    lead.click("main a:has-text('Close')")
    assert second[:17] in lead.text()
    page.fill("[name=why]", "The service was switched off.")
    lead.click("button:has-text('Close')")
    assert within(1, lambda: status(second) == 401)
    assert "The service was switched off." in lead.text()
