"""A review from the queue to the decision by keys alone, and the focus always to be seen."""

from typing import Any

import pytest

from campaigns.models import Campaign, Decision, Remark
from tests.campaigns.warnings import submitted
from tests.journeys.conftest import Portal
from tests.journeys.person import Person
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)

# What has the focus: whether it is what was asked for, and what is wrong with how it shows that.
FOCUS = """(wanted) => {
  const one = document.activeElement;
  if (!one || one === document.body) return { there: false, wrong: "" };
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const wrong = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("no outline");
  if (!box.width || !box.height) wrong.push("no size");
  if (box.bottom <= 0 || box.top >= innerHeight) wrong.push("out of the window");
  const at = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1));
  if (at && !one.contains(at) && !at.contains(one)) wrong.push(`under ${at.outerHTML.slice(0, 80)}`);
  const what = one.outerHTML.slice(0, 160);
  return { there: one.matches(wanted), wrong: wrong.length ? `${wrong} : ${what}` : "" };
}"""


def reach(person: Person, wanted: str, key: str = "Tab") -> None:
    """On to it with one key, and everything on the way shows that it has the focus."""
    for _step in range(240):
        person.press(key)
        focus = person.page.evaluate(FOCUS, wanted)
        assert not focus["wrong"], (person.page.url, focus["wrong"])
        if focus["there"]:
            return
    pytest.fail(f"{wanted} is not reached by {key} on {person.page.url}")


def follow(person: Person, *keys: str) -> None:
    """The last key leads to another page."""
    person.press(*keys[:-1])
    with person.page.expect_navigation():
        person.press(keys[-1])


def test_a_text_is_claimed_remarked_on_returned_and_approved_without_a_mouse(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    first = submitted(house, now, title="The first").campaign
    second = submitted(house, now, title="The second").campaign
    supervisor = Person(chromium, portal.url, house.supervisor, reduced_motion="reduce")
    page = supervisor.page

    supervisor.goto("/campaigns/queue/")
    reach(supervisor, f"form[action*='{first.pk}'] button")
    follow(supervisor, "Space")
    reach(supervisor, ".language-tab[href*='=en']")
    follow(supervisor, "Enter")
    reach(supervisor, "#place-body summary")
    supervisor.press("Enter")
    reach(supervisor, "#place-body textarea")
    page.keyboard.type("Say which groups.")
    reach(supervisor, "#place-body button")
    follow(supervisor, "Enter")
    assert (remark := Remark.objects.get()).place == "body"
    assert page.url.endswith(f"#remark-{remark.pk}")
    reach(supervisor, "#reason-generic")
    supervisor.press("Space")
    reach(supervisor, "#comment")
    page.keyboard.type("See the remark.")
    reach(supervisor, "button[formaction$='/return/']")
    follow(supervisor, "Enter")
    assert Decision.objects.get().verdict == "returned"
    assert Campaign.objects.get(pk=first.pk).status == "draft"

    supervisor.goto(f"/campaigns/{second.pk}/review/")
    reach(supervisor, ".btn-danger[formaction$='/reject/']")
    supervisor.press("Enter")
    assert page.evaluate("document.activeElement.matches('dialog button')")
    supervisor.judge()
    supervisor.press("Escape")
    assert page.evaluate("document.activeElement.matches('.btn-danger')"), "back to where it was asked"
    reach(supervisor, "form[action$='/approve/'] .btn-primary", "Shift+Tab")
    follow(supervisor, "Enter")
    assert Campaign.objects.get(pk=second.pk).status == "compliance_review"


def test_nothing_that_has_the_focus_is_hidden_while_a_text_is_written(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    campaign = submitted(house, now).campaign
    officer = Person(chromium, portal.url, house.officer, reduced_motion="reduce")
    officer.goto(f"/campaigns/{campaign.pk}/")
    reach(officer, "form[action$='/withdraw/'] button")
    follow(officer, "Enter")
    officer.goto(f"/campaigns/{campaign.pk}/edit/")
    reach(officer, "[name=default_language]")
    reach(officer, "button[name=then][value=submit]")
    follow(officer, "Enter")
    reach(officer, "main form .btn-primary")
    follow(officer, "Enter")
    assert Campaign.objects.get(pk=campaign.pk).status == "agency_review"
