"""Out and back without loss, of any text that a draft can hold, as XLSX and as CSV."""

import csv
import io

import openpyxl
import pytest
import tablib
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.bulk.parse import SHEET, from_csv, from_xlsx
from campaigns.bulk.resource import HEADER, as_file
from portal.kernel.words import NOT_TEXT
from portal.ui.sheet import FORMULA, UNSEEN, cell, is_calculated

# What spreadsheets, their formats and their readers trip over, and then anything at all.
NASTY = st.sampled_from(
    [*FORMULA, *UNSEEN, "'", "''", '"', ",", ";", "\t", "\n", "_x000D_", "_x0041_", "&#10;", "&amp;", "<t>",
     "]]>", "#N/A", "#REF!", "TRUE", "1e5", "007", "2026-01-01", "sep=;", "\u202b", "\u0301", "مرحبا", "請"]
)  # fmt: skip
TEXT = (
    st.lists(NASTY | st.text(max_size=4), max_size=8)
    .map("".join)
    # As every flow keeps a text: no character that is none, no blanks around, one kind of line end.
    .map(lambda text: NOT_TEXT.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip())
)


def out(texts: list[str], kind: str) -> bytes:
    rows = tablib.Dataset(headers=list(HEADER))
    for number, text in enumerate(texts):
        rows.append([cell(each) for each in (f"tips.{number}.text", "0" * 64, "", "300", "source", text)])
    return as_file(rows, kind)


def cells_of(content: bytes, kind: str) -> list[str]:
    if kind == "csv":
        return [each for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for each in row]
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]
    assert {each.data_type for row in sheet.iter_rows() for each in row if each.value} <= {"s"}
    return [str(each.value or "") for row in sheet.iter_rows() for each in row]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=6))
def test_any_text_comes_back_as_it_went_out_and_never_as_a_formula(kind: str, texts: list[str]) -> None:
    content = out(texts, kind)
    assert not [each for each in cells_of(content, kind) if is_calculated(each)]
    _header, rows = from_csv(content) if kind == "csv" else from_xlsx(content)
    assert [problems for _number, _cells, problems in rows] == [{}] * len(texts)
    assert [[*cells, ""][5] for _number, cells, _problems in rows] == texts
