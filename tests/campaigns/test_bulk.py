"""Translations by spreadsheet: out and back without loss, in all at once, hostile files refused."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from campaigns.bulk import flows
from campaigns.bulk.parse import MAX_BYTES
from campaigns.bulk.resource import HEADER
from campaigns.models import Campaign, TranslationImport
from campaigns.models.translationimport import ImportStatus
from campaigns.translating.flows import translate
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent
from portal.ui.sheet import FORMULA
from tests.campaigns.warnings import drafted, submitted, text

pytestmark = pytest.mark.django_db


def out(house: Any, now: Any, campaign: Campaign, kind: str = "csv") -> bytes:
    content, name = flows.export_translation(
        campaign.pk, actor=house.officer, now=now, language="en", kind=kind
    )
    assert name.endswith(f"-en.{kind}")
    return content


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def written(rows: list[dict[str, str]]) -> bytes:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return sheet.getvalue().encode()


def book(rows: list[list[Any]], title: str = "Texts") -> Any:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    return made


def packed(made: Any) -> bytes:
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def taken_up(
    house: Any, now: Any, campaign: Campaign, content: bytes, name: str = "en.csv"
) -> TranslationImport:
    made = flows.take_up(
        campaign.pk, actor=house.officer, now=now, language="en", file=ContentFile(content, name=name)
    )
    return flows.read(made.pk, now=now) or made


def changed(rows: list[dict[str, str]], **translations: str) -> list[dict[str, str]]:
    return [row | {"translation": translations.get(row["id"], row["translation"])} for row in rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_comes_back_and_changes_nothing(house: Any, now: Any, kind: str) -> None:
    campaign = drafted(house, now)
    made = taken_up(house, now, campaign, out(house, now, campaign, kind), f"en.{kind}")
    assert (made.status, made.problem, made.rows) == (ImportStatus.READ, "", [])
    assert made.unchanged == len(list(text().units("en")))
    assert made.content is None


def test_translations_come_in_all_at_once(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = changed(
        rows_of(out(house, now, campaign)), headline="Who sent you this address?", body="Ask first."
    )
    made = taken_up(house, now, campaign, written(rows))
    assert [(row["key"], row["after"], row["problems"]) for row in made.rows] == [
        ("headline", "Who sent you this address?", []), ("body", "Ask first.", []),
    ]  # fmt: skip
    campaign.refresh_from_db()
    assert campaign.headline_en == text().headline["en"]
    flows.apply(made.pk, actor=house.officer, now=now)
    campaign.refresh_from_db()
    assert (campaign.headline_en, campaign.body_en) == ("Who sent you this address?", "Ask first.")
    assert campaign.headline_zh_hant == text().headline["zh-hant"]
    event = AuditEvent.objects.get(event="campaigns.translated")
    assert event.data["import"] == str(made.pk)


def test_one_wrong_row_keeps_all_of_them_out(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = changed(rows_of(out(house, now, campaign)), headline="Right", body="y" * 1201)
    made = taken_up(house, now, campaign, written(rows))
    assert [bool(row["problems"]) for row in made.rows] == [False, True]
    with pytest.raises(WrongState):
        flows.apply(made.pk, actor=house.officer, now=now)
    campaign.refresh_from_db()
    assert campaign.headline_en == text().headline["en"]


def test_a_row_whose_source_has_changed_is_refused(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = changed(rows_of(out(house, now, campaign)), headline="Late")
    rows[0]["source_hash"] = "0" * 64
    made = taken_up(house, now, campaign, written(rows))
    assert "source has changed" in made.rows[0]["problems"][0]


def test_what_was_read_before_somebody_saved_is_not_applied(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = changed(rows_of(out(house, now, campaign)), headline="From the file")
    made = taken_up(house, now, campaign, written(rows))
    translate(
        campaign.pk, actor=house.second_officer, now=now, language="en", seen_revision=1,
        words={"body": "Saved meanwhile."},
    )  # fmt: skip
    with pytest.raises(Stale):
        flows.apply(made.pk, actor=house.officer, now=now)
    campaign.refresh_from_db()
    assert (campaign.headline_en, campaign.body_en) == (text().headline["en"], "Saved meanwhile.")


def test_nothing_is_taken_into_what_is_in_review(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    made = taken_up(house, now, campaign, written(changed(rows_of(out(house, now, campaign)), headline="x")))
    submitted(house, now, campaign)
    with pytest.raises(WrongState):
        flows.apply(made.pk, actor=house.officer, now=now)


def test_a_file_is_applied_once_and_a_dropped_one_never(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = rows_of(out(house, now, campaign))
    made = taken_up(house, now, campaign, written(changed(rows, headline="Once")))
    flows.apply(made.pk, actor=house.officer, now=now)
    with pytest.raises(WrongState):
        flows.apply(made.pk, actor=house.officer, now=now)
    campaign.refresh_from_db()
    other = taken_up(house, now, campaign, written(changed(rows_of(out(house, now, campaign)), body="Never")))
    flows.drop(other.pk, actor=house.officer, now=now)
    with pytest.raises(WrongState):
        flows.apply(other.pk, actor=house.officer, now=now)
    assert flows.read(other.pk, now=now) is None


def test_nobody_else_takes_files_out_or_in(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    made = taken_up(house, now, campaign, out(house, now, campaign))
    for actor, refusal in (
        (house.outsider, NotVisible),
        (house.reviewer, NotVisible),
        (house.analyst, NotVisible),
    ):
        with pytest.raises((refusal, Forbidden)):
            flows.export_translation(campaign.pk, actor=actor, now=now, language="en", kind="csv")
        with pytest.raises((refusal, Forbidden)):
            flows.apply(made.pk, actor=actor, now=now)
    assert AuditEvent.objects.filter(event="campaigns.translation_exported").count() == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_that_goes_out_begins_a_formula_and_it_comes_back_as_it_was(
    house: Any, now: Any, kind: str
) -> None:
    campaign = drafted(house, now)
    hostile = {
        "headline": '=HYPERLINK("https://evil.example")', "body": "+852 18222", "question": "@SUM(1)",
        "tips.0.text": "-1 day", "examples.0.title": "==1", "answers.0.label": "\u00a0=1+1",
    }  # fmt: skip
    translate(campaign.pk, actor=house.officer, now=now, language="en", seen_revision=1, words=hostile)
    content = out(house, now, campaign, kind)
    if kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content))["Texts"]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
        cells = [str(cell.value or "") for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" \u00a0\ufeff").startswith(FORMULA)]
    made = taken_up(house, now, campaign, content, f"en.{kind}")
    assert (made.status, made.rows) == (ImportStatus.READ, [])


@pytest.mark.parametrize("typed", ["=1+1", "==1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_a_translation_that_begins_a_formula_is_refused(house: Any, now: Any, typed: str) -> None:
    campaign = drafted(house, now)
    made = taken_up(
        house, now, campaign, written(changed(rows_of(out(house, now, campaign)), headline=typed))
    )
    assert "formula" in made.rows[0]["problems"][0]
    assert not made.is_clean


def sheet_rows(house: Any, now: Any, campaign: Campaign) -> list[list[Any]]:
    return [list(HEADER), *[list(row.values()) for row in rows_of(out(house, now, campaign))]]


def test_numbers_dates_and_formulas_in_a_sheet_are_named_by_row(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = sheet_rows(house, now, campaign)
    rows[1][-1], rows[2][-1], rows[3][-1] = 18222, "=A1", now.replace(tzinfo=None)
    made = taken_up(house, now, campaign, packed(book(rows)), "en.xlsx")
    problems = {row["number"]: row["problems"][0] for row in made.rows}
    assert "number or a date" in problems[2]
    assert "formula" in problems[3]
    assert "number or a date" in problems[4]


def zipped(**entries: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, words in entries.items():
            archive.writestr(name.replace("__", "/"), words)
    return content.getvalue()


def rewritten(content: bytes, name: str, change: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            words = old.read(each)
            new.writestr(each, change(words) if each == name else words)
    return made.getvalue()


def merged(rows: list[list[Any]]) -> bytes:
    made = book(rows)
    made.active.merge_cells("A2:B3")
    return packed(made)


def test_hostile_files_are_refused_with_their_reason_and_cost_nothing(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = sheet_rows(house, now, campaign)
    good = packed(book(rows))
    sheet = "xl/worksheets/sheet1.xml"
    bombs = {
        "bomb.xlsx": (zipped(xl__worksheets__sheet1=b"0" * 60_000_000), "too-complex"),
        "many.xlsx": (packed(book([list(HEADER), *[["x"] * 6] * 5_001])), "too-many-rows"),
        "entities.xlsx": (
            rewritten(good, sheet, lambda words: b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + words), "entities",
        ),
        "macros.xlsx": (rewritten(good, "xl/workbook.xml", lambda words: words)[:-2], "damaged"),
        "merged.xlsx": (merged(rows), "merged"),
        "sheet.xlsx": (packed(book(rows, title="Other")), "sheet"),
        "columns.xlsx": (packed(book([["a", "b"], ["c", "d"]])), "columns"),
        "wide.xlsx": (packed(book([["x"] * 40])), "columns"),
        "pdf.xlsx": (b"%PDF-1.7", "damaged"),
        "latin.csv": ("id;ä".encode("latin-1"), "encoding"),
        "nul.csv": (b"id,\x00", "encoding"),
        "open.csv": (b'"id', "damaged"),
        "many.csv": (written([dict.fromkeys(HEADER, "x")] * 5_001), "too-many-rows"),
        "none.csv": (b"\r\n\r\n", "empty"),
    }  # fmt: skip
    for name, (content, problem) in bombs.items():
        made = taken_up(house, now, campaign, content, name)
        assert (name, made.status, made.problem) == (name, ImportStatus.REFUSED, problem)
        assert problem in flows.PROBLEMS
    campaign.refresh_from_db()
    assert campaign.revision == 1


@pytest.mark.parametrize(
    ("name", "content"), [("a.exe", b"x"), ("a", b"x"), ("a.csv", b""), ("a.csv", b"x" * (MAX_BYTES + 1))]
)
def test_what_is_refused_unread_leaves_no_row(house: Any, now: Any, name: str, content: bytes) -> None:
    campaign = drafted(house, now)
    with pytest.raises(Invalid):
        taken_up(house, now, campaign, content, name)
    assert TranslationImport.objects.count() == 0


def test_unknown_and_repeated_rows_are_named(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = changed(rows_of(out(house, now, campaign)), headline="New")
    rows += [rows[0], rows[0] | {"id": "tips.9.text"}, rows[0] | {"id": "<script>"}]
    made = taken_up(house, now, campaign, written(rows))
    assert [row["problems"][:1] != [] for row in made.rows] == [False, True, True, True]


def test_the_pages_lead_from_export_to_the_draft(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    browser = sign_in(house.officer)
    file = browser.get(reverse("campaigns-export-translation", args=[campaign.pk, "en", "xlsx"]))
    assert file["Content-Disposition"].startswith("attachment")
    assert (
        browser.get(reverse("campaigns-export-translation", args=[campaign.pk, "en", "ods"])).status_code
        == 404
    )
    page = reverse("campaigns-take-up", args=[campaign.pk, "en"])
    assert browser.post(page, {"file": ContentFile(b"x", name="a.exe")}).status_code == 422
    rows = changed(rows_of(out(house, now, campaign)), headline="Who <b>told</b> you?")
    sent = browser.post(page, {"file": ContentFile(written(rows), name="en.csv")})
    made = TranslationImport.objects.get()
    assert sent["Location"] == reverse("campaigns-import", args=[made.pk])
    assert "is being read" in browser.get(sent["Location"]).text
    flows.read(made.pk, now=now)
    shown = browser.get(sent["Location"]).text
    assert "Who" in shown
    assert "<b>told" not in shown
    part = browser.get(sent["Location"], headers={"HX-Request": "true"}).text
    assert part.startswith("\n<div") or part.lstrip().startswith("<div")
    browser.post(reverse("campaigns-import-apply", args=[made.pk]))
    campaign.refresh_from_db()
    assert campaign.headline_en == "Who <b>told</b> you?"
