"""A warning is translated in the browser and by spreadsheet; each status of it is seen by its readers."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.authoring.flows import create
from campaigns.models import Campaign, TranslationImport
from campaigns.translating.flows import translate
from tests.campaigns.warnings import audience, text
from tests.journeys.conftest import Portal
from tests.journeys.person import Person
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)

HEADLINE = "Who gave you the address you are sending to?"
STATE = "#import-state"


@pytest.fixture
def draft(house: House, now: Any) -> Campaign:
    """Nobody has translated its headline."""
    words = text()
    words.headline["en"] = ""
    return create(actor=house.officer, now=now, audience=audience(now), text=words)


def status(person: Person, campaign: Campaign) -> str:
    person.goto(f"/campaigns/{campaign.pk}/translations/")
    return str(person.page.inner_text("tbody td[data-label=Status]"))


def test_a_translation_is_written_read_by_another_and_outdated_by_a_new_source(
    chromium: Any, portal: Portal, house: House, draft: Campaign
) -> None:
    officer = Person(chromium, portal.url, house.officer)
    other = Person(chromium, portal.url, house.second_officer)
    assert status(officer, draft) == "Missing"
    officer.click("tbody th a")
    page = officer.page
    pair = page.locator(".translation").first
    expect(pair).to_contain_text("請停一停：是群組叫你轉帳嗎？")
    expect(pair).to_contain_text("Missing")
    page.fill("[name=headline]", HEADLINE)
    officer.click("button:has-text('Save the translation')")
    assert page.input_value("[name=headline]") == HEADLINE
    assert page.locator("button:has-text('I have read it')").count() == 0, "these are the officer's own words"
    assert status(officer, draft) == "Translated"
    at_once(officer, house, draft)

    other.goto(f"/campaigns/{draft.pk}/translate/en/")
    other.click("button:has-text('I have read it and it is right')")
    assert "Read by" in other.text()
    assert status(officer, draft) == "Reviewed"

    officer.goto(f"/campaigns/{draft.pk}/edit/")
    page.fill("[name=headline_zh_hant]", "是群組叫你轉帳嗎？先停一停。")
    officer.click("button:has-text('Save the draft')")
    assert status(officer, draft) == "Outdated"
    officer.click("tbody th a")
    assert [each.inner_text() for each in page.locator(".translation .tag").all()].count("Outdated") == 1


def at_once(officer: Person, house: House, draft: Campaign) -> None:
    """What a colleague has saved meanwhile stands beside what was typed."""
    officer.click("tbody th a")
    draft.refresh_from_db()
    translate(
        draft.pk, actor=house.supervisor, now=timezone.now(), language="en",
        seen_revision=draft.revision, words={"body": "Ask the regulator first."},
    )  # fmt: skip
    page = officer.page
    page.fill("[name=body]", "Ask somebody you trust first.")
    with page.expect_navigation() as answer:
        page.click("button:has-text('Save the translation')")
    assert answer.value.status == 409
    officer.judge()
    assert page.locator(".difference").all_inner_texts() == ["Saved now: Ask the regulator first."]
    assert page.input_value("[name=body]") == "Ask somebody you trust first."
    officer.click("button:has-text('Save the translation')")


def test_a_translators_file_goes_out_comes_back_and_is_taken_in_or_refused(
    chromium: Any, portal: Portal, house: House, draft: Campaign, tmp_path: Path
) -> None:
    officer = Person(chromium, portal.url, house.officer)
    sheet = exported(officer, draft, tmp_path / "texts.xlsx")

    send(officer, draft, sheet, {"headline": HEADLINE, "tips.0.text": "Call the helpline now."})
    page = officer.page
    expect(page.locator(f"{STATE} caption")).to_contain_text("What the file changes", timeout=20_000)
    officer.judge()
    rows = page.locator(f"{STATE} tbody tr")
    assert rows.count() == 2
    assert rows.filter(has_text="Tip 1").locator("del, ins").all_inner_texts() == [" now"]
    draft.refresh_from_db()
    assert draft.headline_en == ""
    officer.click("button:has-text('Take it in')")
    draft.refresh_from_db()
    assert (draft.headline_en, draft.tips.get().text_en) == (HEADLINE, "Call the helpline now.")
    assert "Translated" in officer.text()

    officer.goto(f"/campaigns/{draft.pk}/edit/")
    page.fill("[name=body_zh_hant]", "假群組展示虛構利潤。先問家人。")
    officer.click("button:has-text('Save the draft')")
    saved = Campaign.objects.values().get(pk=draft.pk)
    send(officer, draft, sheet, {"headline": "=SUM(A1:A9)", "body": "Ask your family."})
    expect(page.locator(f"{STATE} .notice-bad")).to_contain_text("2 rows must be mended", timeout=20_000)
    officer.judge()
    wrong = page.locator(f"{STATE} .row-wrong")
    expect(wrong.filter(has_text="Headline")).to_contain_text("begins like a formula")
    expect(wrong.filter(has_text="Body")).to_contain_text("Its source has changed")
    assert wrong.filter(has_text="Body").locator("td").first.inner_text() == "3"
    assert page.locator("button:has-text('Take it in')").count() == 0
    officer.click("button:has-text('Drop it')")
    assert Campaign.objects.values().get(pk=draft.pk) == saved
    assert list(TranslationImport.objects.order_by("uploaded_at").values_list("status", flat=True)) == [
        "taken_in", "dropped",
    ]  # fmt: skip


def exported(officer: Person, campaign: Campaign, file: Path) -> Path:
    officer.goto(f"/campaigns/{campaign.pk}/translate/en/")
    officer.click("a:has-text('By spreadsheet')")
    with officer.page.expect_download() as download:
        officer.page.click("a:has-text('XLSX')")
    download.value.save_as(file)
    return file


def send(officer: Person, campaign: Campaign, sheet: Path, words: dict[str, str]) -> None:
    """The file with these translations in it, as a spreadsheet program saves it."""
    book = openpyxl.load_workbook(sheet)
    for row in book["Texts"].iter_rows(min_row=2):
        if row[0].value in words:
            row[5].value = words[row[0].value]
    changed = sheet.with_name("translated.xlsx")
    book.save(changed)
    officer.goto(f"/campaigns/{campaign.pk}/translate/en/file/")
    officer.page.set_input_files("[name=file]", changed)
    officer.click("button:has-text('Read the file')")
