"""A mailbox was taken over: compliance stops the agency, and lets it in again, in a real browser."""

from django.urls import reverse

from casesupport.models import CaseRequest
from tests.campaigns.warnings import drafted, published
from tests.casesupport import cases
from tests.journeys.person import Person, within


def test_an_agency_is_stopped_looked_at_and_let_in_again(chromium, portal, house, now):
    published(house, now)
    drafted(house, now)
    request = cases.submitted(house, now)
    officer = Person(chromium, portal.url, house.officer)
    reviewer = Person(chromium, portal.url, house.reviewer)

    reviewer.goto(reverse("agencies-view", args=[house.ours.pk]))
    reviewer.click("a:has-text('Suspend')")
    reviewer.page.check("[name=reason][value=mailbox]")
    reviewer.page.fill("[name=why]", "The head of unit rang: the mailbox was opened from abroad.")
    reviewer.click("button[value=check]")
    assert "Live warnings that stop at once" in reviewer.text()
    reviewer.click("button[value=confirm]")
    assert "What was done" in reviewer.text()

    officer.goto("/campaigns/")
    assert officer.page.url.endswith("/account/login/?next=/campaigns/")

    lead = Person(chromium, portal.url, house.lead)
    lead.goto("/quarantine/?kind=requests")
    lead.click(f"a:has-text('{request.reference}')")
    assert "In quarantine" in lead.text()
    lead.goto(reverse("agencies-reinstate", args=[house.ours.pk]))
    lead.page.fill("[name=why]", "Called the switchboard; new passwords and keys for everyone.")
    lead.click("main form button[type=submit]")
    assert "How it ended" in lead.text()

    lead.goto("/quarantine/?kind=requests")
    lead.page.check(f"[name=chosen][value='{request.pk}']")
    lead.page.fill("[name=why]", "Read it, and the officer confirmed it by telephone.")
    lead.click("main form[action$='/release/'] button[type=submit]")
    assert within(2, lambda: CaseRequest.objects.get(pk=request.pk).quarantined_at is None)
