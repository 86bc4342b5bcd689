"""Reads a translator's file, in a process of its own: `python -m campaigns.bulk.parse csv|xlsx < file`.

What a stranger's spreadsheet holds is unpacked here and nowhere else, under limits of memory and time, and
comes out as one line of JSON: {"problem": code} or {"header": […], "rows": [[number, [cells…], problems]…]}.
A cell is text or it is named: one that the program would calculate, or that it has turned into a number or a
date, is not what the translator typed. Knows no Django, so that it starts quickly.
"""

import csv
import io
import json
import re
import sys
import zipfile
from typing import Any

from portal.documents.inspect import Refused, limit
from portal.ui.sheet import is_calculated, plain

SHEET = "Texts"
MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 12
MAX_CELL = 10_000
MAX_ENTRIES = 200
MAX_UNPACKED = 64 * 1024 * 1024
# Characters in all: the longest warning has a tenth of it, in two languages. A workbook writes a text once
# and names it a thousand times, so that neither its bytes nor its cells say how much it holds.
MAX_TEXT = 2_000_000
MAX_NUMBER = 4 * MAX_ROWS  # of a row, empty ones counted
MAX_RATIO = 200  # text compresses to a twentieth, a bomb to a thousandth
DECLARATIONS = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell[\s/>]")
# What runs, or fetches something, when the workbook is opened.
ACTIVE = (
    "vbaproject", "xl/externallinks/", "xl/activex/", "xl/embeddings/", "xl/connections", "xl/querytables/",
    "xl/macrosheets/", "xl/dialogsheets/", "customui/", ".exe", ".dll",
)  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what a workbook with a password is packed in
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

Row = list[Any]


def from_csv(content: bytes) -> tuple[list[str], list[Row]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("encoding") from None
    if "\x00" in text:
        raise Refused("encoding")
    text = text.lstrip("\ufeff")
    if text.startswith("sep=") and len(first := text.splitlines()[0]) == len("sep=;"):
        # Some programs say the delimiter in a line of its own.
        text = text[len(first) :].lstrip("\r\n")
    csv.field_size_limit(MAX_CELL)
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return _gathered((number, line, {}) for number, line in enumerate(lines, 1))
    except csv.Error:
        raise Refused("damaged") from None


def from_xlsx(content: bytes) -> tuple[list[str], list[Row]]:
    _ensure_harmless(content)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    if SHEET not in book.sheetnames:
        raise Refused("sheet")
    sheet = book[SHEET]
    # What the sheet says of its own size is not believed: rows beyond it would be left out in silence.
    sheet.reset_dimensions()
    return _gathered(_cells(sheet))


def _cells(sheet: Any) -> Any:
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), 1):
        line, problems = [], {}
        for place, cell in enumerate(cells):
            value = cell.value
            kind = getattr(cell, "data_type", "n")
            if value is None:
                line.append("")
            elif kind == "f":
                problems[place] = "formula"
                line.append(str(value)[:100])
            elif kind == "e":
                problems[place] = "error"
                line.append(str(value)[:100])
            elif isinstance(value, str):
                # An apostrophe that was typed is no part of the text to the program: it is kept as a style.
                typed = is_calculated(value.lstrip("'")) and cell.style_array.quotePrefix
                line.append(f"'{value}" if typed else value)
            else:
                problems[place] = "number"
                line.append(str(value)[:100])
        yield number, line, problems


def _ensure_harmless(content: bytes) -> None:
    """Before anything is unpacked: how much it would be, and whether it declares or runs anything."""
    if content.startswith(OLE):
        raise Refused("encrypted" if ENCRYPTED in content else "damaged")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES or sum(each.file_size for each in entries) > MAX_UNPACKED:
            raise Refused("too-complex")
        for entry in entries:
            if entry.flag_bits & 1:
                raise Refused("encrypted")
            if entry.file_size > MAX_RATIO * max(entry.compress_size, 1024):
                raise Refused("too-complex")
            name = entry.filename.lower()
            if name.startswith("/") or ".." in name.split("/"):
                raise Refused("damaged")
            if any(name.startswith(each) or name.endswith(each) or f"/{each}" in name for each in ACTIVE):
                raise Refused("active")
            # Whatever the part is called, and in two bytes a character too.
            words = archive.read(entry).replace(b"\x00", b"")
            if DECLARATIONS.search(words):
                raise Refused("entities")
            if MERGED.search(words):
                raise Refused("merged")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError):
        raise Refused("damaged") from None


def _gathered(lines: Any) -> tuple[list[str], list[Row]]:
    """The header and the rows with anything in them; a cell that begins like a formula is named."""
    header: list[str] | None = None
    rows: list[Row] = []
    held = 0
    for number, line, problems in lines:
        if number > MAX_NUMBER:
            raise Refused("too-many-rows")
        end = len(line)
        while end and not line[end - 1]:
            end -= 1
        if not end:
            continue
        if end > MAX_COLUMNS:
            raise Refused("columns")
        line = line[:end]
        if header is None:
            header = [str(each).strip() for each in line]
            continue
        if len(rows) == MAX_ROWS:
            raise Refused("too-many-rows")
        if end > len(header):
            # A text with the delimiter in it and no quotation marks: the rest of it would be lost.
            problems[0] = "wide"
        cells = []
        for place, text in enumerate(line):
            if len(text) > MAX_CELL:
                problems[place] = "long"
            written, is_formula = plain(text)
            if is_formula and place not in problems:
                problems[place] = "formula"
            cells.append(written[:MAX_CELL])
            held += len(cells[-1])
        if held > MAX_TEXT:
            raise Refused("too-complex")
        rows.append([number, cells, {str(place): problem for place, problem in problems.items()}])
    if header is None:
        raise Refused("empty")
    return header, rows


def main() -> None:
    limit()
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise Refused("too-large")
        header, rows = (from_csv if sys.argv[1] == "csv" else from_xlsx)(content)
        answer: dict[str, Any] = {"header": header, "rows": rows}
    except Refused as refused:
        answer = {"problem": str(refused)}
    except (MemoryError, RecursionError):
        answer = {"problem": "too-complex"}
    except Exception:
        # Whatever else a reader raises on a stranger's file, the file is not usable.
        answer = {"problem": "damaged"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
