"""A warning is written: from the library, seen and kept as it is typed, by two people at once, submitted."""

import io
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect

from campaigns.models import AgencyMark, Campaign, UnsavedText
from campaigns.models.campaign import CampaignStatus
from tests.campaigns.warnings import drafted
from tests.journeys.conftest import Portal
from tests.journeys.person import Person, within
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)

HEADLINE = "Did a “teacher” in a chat group give you this address?"
KEPT = "[data-draft-kept]"
LOOK = "[data-draft-look]"


def mark() -> bytes:
    """A shield, as a force might have one."""
    picture = Image.new("RGBA", (300, 200), (255, 255, 255, 0))
    ImageDraw.Draw(picture).polygon([(60, 20), (240, 20), (240, 110), (150, 190), (60, 110)], fill="#0e5560")
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def rows(person: Person, prefix: str) -> Locator:
    return person.page.locator(f"[data-formset={prefix}] [data-formset-rows] > :not([hidden])")


def typed_rows(person: Person, prefix: str, part: str) -> list[str]:
    boxes = rows(person, prefix).locator(f"[name$='-{part}']").all()
    return [text for text in (box.input_value() for box in boxes) if text]


def look_tips(person: Person) -> Locator:
    return person.page.locator(f"{LOOK} .warning-tips li")


def focused(person: Person) -> str:
    return str(person.page.evaluate("document.activeElement.outerHTML"))


def test_a_draft_begins_with_a_text_of_the_library_and_is_seen_and_kept_as_it_is_typed(
    chromium: Any, portal: Portal, house: House
) -> None:
    officer = Person(chromium, portal.url, house.officer)
    officer.goto("/campaigns/new/")
    expect(officer.page.locator(f"{LOOK} .warning-headline")).to_have_text("…")
    officer.judge()  # with the preview of a draft that says nothing yet
    officer.click("a:has-text('Open the library')")
    officer.click(".panel:has-text('Online investment') a:has-text('Read the warning')")
    officer.click("button:has-text('Begin with this')")
    page = officer.page
    draft = page.url

    look = page.locator(LOOK)
    expect(look.locator(".warning")).to_have_attribute("lang", "zh-Hant")
    look.get_by_label("Language").select_option("en")
    expect(look.locator(".warning")).to_have_attribute("lang", "en")
    example = look.locator(".warning-example:not(.warning-answer)").first
    example.locator("summary").click()  # the first stands open until somebody folds it
    page.fill("[name=headline_en]", "Beware of scams")
    expect(look.locator(".warning-headline")).to_have_text("Beware of scams")
    expect(example).to_have_js_property("open", False)
    expect(look.locator(".task-list")).to_contain_text("could stand over any warning")
    page.fill("[name=headline_en]", HEADLINE)
    expect(look.locator(".warning-headline")).to_have_text(HEADLINE)
    expect(look.locator(".task-list")).not_to_contain_text("could stand over any warning")
    look.get_by_label("Device").select_option("desktop")
    expect(look.locator(".device-desktop")).to_be_visible()
    look.get_by_label("Colours").focus()
    look.get_by_label("Colours").select_option("dark")
    expect(look.locator("[data-bs-theme=dark]")).to_be_visible()
    assert 'name="look-theme"' in focused(officer), "the focus stays on what was chosen"
    officer.judge()

    expect(page.locator(KEPT)).to_contain_text("Kept at")
    page.close()
    officer.open_tab()
    officer.goto(draft)
    assert officer.page.input_value("[name=headline_en]") != HEADLINE
    officer.click("a:has-text('Go on with it')")
    assert officer.page.input_value("[name=headline_en]") == HEADLINE
    assert officer.page.locator("[data-error-summary]").count() == 0
    officer.goto(draft)
    officer.click("button:has-text('Throw it away')")
    assert "You typed something" not in officer.text()
    assert not UnsavedText.objects.exists()
    assert Campaign.objects.get().headline_en != HEADLINE


def test_rows_are_kept_in_order_by_the_keyboard_and_the_draft_is_checked_and_submitted(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    campaign = drafted(house, now)
    officer = Person(chromium, portal.url, house.officer)
    officer.goto("/campaigns/marks/")
    shield = {"name": "shield.png", "mimeType": "image/png", "buffer": mark()}
    officer.page.set_input_files("[name=picture]", shield)
    officer.click("button:has-text('Add the mark')")
    assert officer.page.evaluate("document.querySelector('.marks img').naturalWidth") > 48

    officer.goto(f"/campaigns/{campaign.pk}/edit/")
    page = officer.page
    page.select_option("[name=mark]", str(AgencyMark.objects.get().pk))
    add_tips(officer)
    expect(look_tips(officer)).to_have_text(["先致電親友。", "致電熱線。"])

    page.locator("summary:has-text('Conditions')").focus()
    officer.press("Enter")
    page.fill("[name=min_amount]", "1000.50")
    page.select_option("[name=min_amount_currency]", "HKD")
    page.fill("[name=assets]", "usdt, btc")
    page.check("[name=networks][value=TRON]")
    page.check("[name=only_new_address]")
    page.fill("[name=show_at_most]", "3")
    page.fill("[name=show_per_days]", "")
    page.check("[name=is_evergreen]")
    page.fill("[name=ends_at]", "")
    officer.judge()
    officer.click("button:has-text('Save and check')")
    assert officer.page.locator("[data-error-summary] a[href='#id_show_at_most']").count() == 1
    assert typed_rows(officer, "tips", "text_en") == ["Call a friend first.", "Call the helpline."]
    page.fill("[name=show_per_days]", "7")
    officer.click("button:has-text('Save and check')")

    said = officer.text()
    for words in ("1,000.50 HKD", "USDT, BTC", "At most 3 times in 7 days", "Only the first withdrawal"):
        assert words in said
    assert page.locator(".warning-mark").count() == 2, "in each language"
    officer.click("button:has-text('Submit for approval')")
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.AGENCY_REVIEW
    content = campaign.versions.get().content
    assert content["texts"]["en"]["tips"] == ["Call a friend first.", "Call the helpline."]
    assert content["window"]["ends_at"] is None


def add_tips(officer: Person) -> None:
    """Two more by the keyboard, one of them moved to the top, one taken out again."""
    page = officer.page
    for chinese, english in (("先致電親友。", "Call a friend first."), ("多餘的。", "One too many.")):
        page.locator("[data-formset=tips] [data-formset-add]").focus()
        officer.press("Enter")
        page.keyboard.type(chinese)
        officer.press("Tab")
        page.keyboard.type(english)
    officer.press("Tab", "Tab")
    assert "data-formset-remove" in focused(officer)
    officer.press("Enter")
    assert "先致電親友。" in page.evaluate("document.activeElement.value"), "the row before it"
    officer.press("Tab", "Tab")
    assert "data-formset-up" in focused(officer)
    officer.press("Space", "Space")
    assert "先致電親友。" in page.evaluate("document.activeElement.value"), "it cannot go further up"
    assert rows(officer, "tips").first.get_by_role("textbox").count() == 2
    assert (
        page.get_by_role("group", name="Tip 1", exact=True).locator("textarea").first.input_value()[:1]
        == "先"
    )
    assert typed_rows(officer, "tips", "text_en") == ["Call a friend first.", "Call the helpline."]


def test_two_at_one_draft_are_told_of_each_other_and_neither_loses_a_word(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    campaign = drafted(house, now)
    address = f"/campaigns/{campaign.pk}/edit/"
    first = Person(chromium, portal.url, house.officer)
    second = Person(chromium, portal.url, house.second_officer)
    first.goto(address)
    second.goto(address)
    assert "Also writing here now: Officer" in second.page.inner_text("[data-draft-others]")
    first.page.fill("[name=headline_en]", HEADLINE)
    expect(first.page.locator("[data-draft-others]")).to_contain_text("Second")
    first.judge()
    first.click("button:has-text('Save the draft')")

    page = second.page
    page.fill("[name=priority]", "60")
    page.fill("[name=body_en]", "Nobody gives away a sure profit. Check first.")
    add_tips(second)
    expect(page.locator("[data-draft-overtaken]")).to_contain_text("Saving will show you both texts")
    second.judge()
    with page.expect_navigation() as answer:
        page.click("button:has-text('Save the draft')")
    assert answer.value.status == 409
    second.judge()
    differ = {each.inner_text().split(" ·")[0] for each in page.locator("#theirs .sides-label").all()}
    assert differ == {"Headline", "Body", "Tip 1"}
    assert HEADLINE in page.inner_text("#theirs")
    assert "was 50" in page.inner_text("#theirs"), "the priority"
    assert page.input_value("[name=body_en]") == "Nobody gives away a sure profit. Check first."
    assert typed_rows(second, "tips", "text_en") == ["Call a friend first.", "Call the helpline."]
    page.fill("[name=headline_en]", HEADLINE)
    second.click("button:has-text('Save the draft')")

    campaign.refresh_from_db()
    assert (campaign.headline_en, campaign.body_en) == (
        HEADLINE, "Nobody gives away a sure profit. Check first.",
    )  # fmt: skip
    assert [each.text_en for each in campaign.tips.all()] == ["Call a friend first.", "Call the helpline."]
    assert within(5, lambda: not UnsavedText.objects.exists())
