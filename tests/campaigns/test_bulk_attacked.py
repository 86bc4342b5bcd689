"""Translators' files made to exhaust, deceive or lose: each is refused with its reason, or named by row."""

import io
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.conf import settings

from campaigns.bulk.flows import PROBLEMS, parsed
from campaigns.bulk.parse import MAX_ROWS, MAX_TEXT
from campaigns.bulk.resource import HEADER
from campaigns.bulk.resource import PROBLEMS as OF_ROWS

SHEET_XML = "xl/worksheets/sheet1.xml"
ROW = ["headline", "0" * 64, "Headline", "90", "source", "translation"]
CSV = ",".join(HEADER)
OOXML = "http://schemas.openxmlformats.org/"
BEYOND = '<row r="99999999999999"/>'
CORNER = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'


def book(*rows: list[Any], title: str = "Texts") -> bytes:
    made, content = openpyxl.Workbook(), io.BytesIO()
    made.active.title = title
    for row in [list(HEADER), *rows]:
        made.active.append(row)
    made.save(content)
    return content.getvalue()


def changed(content: bytes, name: str = SHEET_XML, change: Any = None, **added: bytes) -> bytes:
    """The workbook with one part of it rewritten, and others put beside it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            words = old.read(each)
            new.writestr(each, change(words) if change and each == name else words)
        for each, words in added.items():
            new.writestr(each.replace("__", "/"), words)
    return made.getvalue()


def with_xml(cells: str, *, before: str = "") -> bytes:
    """A good workbook with these rows after its own, and this before its first element."""

    def change(words: bytes) -> bytes:
        return before.encode() + words.replace(b"</sheetData>", cells.encode() + b"</sheetData>")

    return changed(book(ROW), change=change)


def renamed_part(content: bytes) -> bytes:
    """The sheet under a name that does not look like XML."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for each in old.namelist():
            new.writestr(
                each.replace("sheet1.xml", "sheet1.dat"), old.read(each).replace(b"sheet1.xml", b"sheet1.dat")
            )
    return made.getvalue()


def in_two_bytes(words: bytes) -> bytes:
    entity = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]>'
    return (entity + words.decode().replace('<?xml version="1.0"?>', "")).encode("utf-16")


def named_a_thousand_times() -> bytes:
    """Five thousand rows that name one text; nothing repeats enough for the ratio to tell."""
    noise = random.Random(4)
    rows = []
    for number in range(3, 4_900):
        cells = "".join(f'<c r="{column}{number}" t="s"><v>0</v></c>' for column in "ABCDEF")
        rows.append(f'<row r="{number}">{cells}</row><!--{noise.getrandbits(900):x}-->')
    shared = f'<sst xmlns="{OOXML}spreadsheetml/2006/main"><si><t>{"y" * 10_000}</t></si></sst>'
    relation = (
        '<Relationship Id="rId99" Target="sharedStrings.xml"'
        f' Type="{OOXML}officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    kind = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    content = with_xml("".join(rows))
    content = changed(
        content, "xl/_rels/workbook.xml.rels", lambda w: w.replace(b"</Relationships>", relation.encode())
    )
    content = changed(content, "[Content_Types].xml", lambda w: w.replace(b"</Types>", kind.encode()))
    return changed(content, **{"xl__sharedStrings.xml": shared.encode()})


def beside(name: str) -> bytes:
    return changed(book(ROW), **{name: b"<a/>"})


def encrypted() -> bytes:
    return OLE + "EncryptedPackage".encode("utf-16-le")


def merged_over_a_lines_end() -> bytes:
    cells = b'<mergeCells>\n<mergeCell\nref="A1:B2"/></mergeCells></worksheet>'
    return changed(book(ROW), change=lambda words: words.replace(b"</worksheet>", cells))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
DECLARED = '<!DOCTYPE a [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
HOSTILE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "one text, named thirty thousand times": (named_a_thousand_times, "xlsx", "too-complex"),
    "entities in entities": (lambda: with_xml("", before=DECLARED), "xlsx", "entities"),
    "an entity that is a file": (lambda: with_xml("", before=OUTSIDE), "xlsx", "entities"),
    "entities in UTF-16": (lambda: changed(book(ROW), change=in_two_bytes), "xlsx", "entities"),
    "entities in a part that is not called XML": (
        lambda: renamed_part(with_xml("", before=DECLARED)), "xlsx", "entities",
    ),
    "a cell in the last corner": (lambda: with_xml(CORNER), "xlsx", "too-many-rows"),
    "a row beyond all": (lambda: with_xml(BEYOND), "xlsx", "too-many-rows"),
    "macros": (lambda: beside("xl__vbaProject.bin"), "xlsx", "active"),
    "macros, renamed": (lambda: beside("custom__vbaProject2.bin"), "xlsx", "active"),
    "links to other files": (
        lambda: beside("xl__externalLinks__externalLink1.xml"), "xlsx", "active",
    ),
    "a query": (lambda: beside("xl__connections.xml"), "xlsx", "active"),
    "something embedded": (lambda: beside("xl__embeddings__a.bin"), "xlsx", "active"),
    "a way out of the folder": (lambda: beside("..__..__etc__passwd"), "xlsx", "damaged"),
    "merged over a line's end": (merged_over_a_lines_end, "xlsx", "merged"),
    "a password": (encrypted, "xlsx", "encrypted"),
    "the workbook of long ago": (lambda: OLE, "xlsx", "damaged"),
    "a text that is called a workbook": (lambda: f"{CSV}\r\n".encode(), "xlsx", "damaged"),
    "a workbook that is called a text": (lambda: book(ROW), "csv", "encoding"),
    "another sheet's name": (lambda: book(ROW, title="texts"), "xlsx", "sheet"),
    "two bytes a character": (lambda: CSV.encode("utf-16"), "csv", "encoding"),
    "half a pair": (lambda: CSV.encode() + b"\n\xed\xa0\x80", "csv", "encoding"),
    "zeros": (lambda: CSV.encode() + b"\n\x00", "csv", "encoding"),
    "one line": (lambda: b"x" * 5_000_000, "csv", "damaged"),
    "one quotation without an end": (lambda: b'"' + b"x" * 5_000_000, "csv", "damaged"),
    "commas": (lambda: b"," * 5_000_000, "csv", "empty"),
    "lines": (lambda: CSV.encode() + b"\n" * 5_000_000, "csv", "too-many-rows"),
    "nothing but marks of the encoding": (lambda: b"\xef\xbb\xbf" * 3, "csv", "empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason_within_seconds(name: str) -> None:
    make, kind, problem = HOSTILE[name]
    content, began = make(), time.monotonic()
    assert parsed(content, kind) == {"problem": problem}
    assert time.monotonic() - began < 20
    assert problem in PROBLEMS


def test_what_the_reader_says_is_bounded_whatever_it_was_given() -> None:
    """The worker holds the answer in memory: it is no greater than what the reader was given leave to say."""
    rows = [["x" * 390] * 6 for _row in range(MAX_TEXT // (390 * 6) - 1)]
    done = subprocess.run(
        [sys.executable, "-m", "campaigns.bulk.parse", "xlsx"], input=book(*rows), capture_output=True,
        cwd=settings.BASE_DIR, check=True,
    )  # fmt: skip
    assert MAX_TEXT * 0.9 < len(done.stdout) < MAX_TEXT * 1.1


@pytest.mark.parametrize("size", ["A1", "A1:A1", "A1:F1", "A1:XFD1048576"])
def test_a_sheet_that_lies_about_its_size_loses_no_row(size: str) -> None:
    def lie(words: bytes) -> bytes:
        return words.replace(b'<dimension ref="A1:F2"', f'<dimension ref="{size}"'.encode())

    answer = parsed(changed(book(ROW), change=lie), "xlsx")
    assert [row[1] for row in answer["rows"]] == [ROW]


def test_hidden_rows_columns_and_sheets_are_read_as_the_others_are_and_so_shown() -> None:
    made, content = openpyxl.Workbook(), io.BytesIO()
    made.active.title = "Seen"
    sheet = made.create_sheet("Texts")
    for row in (list(HEADER), ROW):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = sheet.column_dimensions["F"].hidden = True
    sheet.sheet_state = "veryHidden"
    made.save(content)
    assert [row[1] for row in parsed(content.getvalue(), "xlsx")["rows"]] == [ROW]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ('t="e"><v>#N/A</v>', "error"), ('t="b"><v>1</v>', "number"), ('t="d"><v>2026-01-01</v>', "number"),
        ('t="n"><v>1e5</v>', "number"), ('t="str"><v>=1</v>', "formula"), ("><f>1+1</f><v>2</v>", "formula"),
        ("><f t=\"array\" ref=\"A3\">NOW()</f>", "formula"),
    ],
)  # fmt: skip
def test_what_the_program_made_of_a_text_is_named(cell: str, problem: str) -> None:
    answer = parsed(with_xml(f'<row r="3"><c r="A3" {cell}</c></row>'), "xlsx")
    assert answer["rows"][-1][2] == {"0": problem}
    assert problem in OF_ROWS


BEGINNINGS = ["=", "==", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠"]
BEFORE = ["", " ", "   ", "\u00a0", "\u3000", "\u200b", "\u200e", "\ufeff", "\u2066"]


@pytest.mark.parametrize("before", BEFORE)
def test_every_beginning_of_a_formula_is_named_behind_whatever_is_not_seen(before: str) -> None:
    typed = [f"{before}{begins}1+1" for begins in BEGINNINGS]
    quoted = "".join('a,b,c,d,e,"' + each + '"\n' for each in typed)
    rows = parsed(f"{CSV}\n{quoted}".encode(), "csv")["rows"]
    assert [row[2] for row in rows] == [{"5": "formula"}] * len(BEGINNINGS)


def test_an_apostrophe_that_was_typed_into_a_program_counts() -> None:
    """Excel keeps it as a style of the cell; it would be asked for again and again."""
    made, content = openpyxl.Workbook(), io.BytesIO()
    made.active.title = "Texts"
    made.active.append(list(HEADER))
    for text in ("=1+1", "'=1+1", "plain"):
        cell = made.active.cell(made.active.max_row + 1, 1)
        cell.value, cell.data_type, cell.quotePrefix = text, "s", True
    made.save(content)
    rows = parsed(content.getvalue(), "xlsx")["rows"]
    assert [(row[1], row[2]) for row in rows] == [(["=1+1"], {}), (["'=1+1"], {}), (["plain"], {})]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf"])
def test_every_programs_spelling_of_a_text_file_is_read(delimiter: str, end: str, mark: bytes) -> None:
    text = "e;,;,\t\t;,"
    written = delimiter.join(HEADER) + end + delimiter.join([*"abcde", f'"{text}"']) + end
    assert parsed(mark + written.encode(), "csv")["rows"] == [[2, [*"abcde", text], {}]]


def test_a_text_that_was_cut_at_its_commas_is_named_and_not_shortened() -> None:
    answer = parsed(f"{CSV}\na,b,c,d,e,Stop, and ask first\n".encode(), "csv")
    assert answer["rows"][0][2] == {"0": "wide"}


@pytest.mark.parametrize(
    "header", [[*HEADER[1:], "id"], HEADER[:-1], [*HEADER, "more"], [each.upper() for each in HEADER]]
)
def test_columns_that_moved_went_or_came_are_no_header_of_ours(header: list[str]) -> None:
    answer = parsed(f"{','.join(header)}\na,b\n".encode(), "csv")
    assert tuple(answer["header"]) != HEADER  # the flow refuses it: "columns"


def test_a_workbook_of_as_many_rows_as_are_allowed_is_read_in_seconds() -> None:
    began = time.monotonic()
    assert len(parsed(book(*[ROW] * MAX_ROWS), "xlsx")["rows"]) == MAX_ROWS
    assert time.monotonic() - began < 20
