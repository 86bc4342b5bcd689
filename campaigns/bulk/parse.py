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

SHEET = "Texts"
MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 12
MAX_CELL = 10_000
MAX_ENTRIES = 200
MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 200  # text compresses to a twentieth, a bomb to a thousandth
DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# As portal.ui.sheet writes them: an apostrophe stands before what would be calculated.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

Row = list[Any]


def from_csv(content: bytes) -> tuple[list[str], list[Row]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("encoding") from None
    if "\x00" in text:
        raise Refused("encoding")
    csv.field_size_limit(MAX_CELL)
    first = text.partition("\n")[0]
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
    return _gathered(_cells(book[SHEET]))


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
            elif isinstance(value, str):
                line.append(value)
            else:
                problems[place] = "number"
                line.append(str(value)[:100])
        yield number, line, problems


def _ensure_harmless(content: bytes) -> None:
    """Before anything is unpacked: how much it would be, and whether it declares or runs anything."""
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
            if name.endswith(("vbaproject.bin", ".exe", ".dll")) or "externallinks/" in name:
                raise Refused("active")
            if name.endswith((".xml", ".rels")):
                words = archive.read(entry)
                if DECLARATIONS.search(words):
                    raise Refused("entities")
                if name.startswith("xl/worksheets/") and b"<mergeCell " in words:
                    raise Refused("merged")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError):
        raise Refused("damaged") from None


def _gathered(lines: Any) -> tuple[list[str], list[Row]]:
    """The header and the rows with anything in them; a cell that begins like a formula is named."""
    header: list[str] | None = None
    rows: list[Row] = []
    for number, line, problems in lines:
        while line and not line[-1]:
            line = line[:-1]
        if not line:
            continue
        if len(line) > MAX_COLUMNS:
            raise Refused("columns")
        if header is None:
            header = [str(each).strip() for each in line]
            continue
        if len(rows) == MAX_ROWS:
            raise Refused("too-many-rows")
        cells = []
        for place, text in enumerate(line):
            if len(text) > MAX_CELL:
                problems[place] = "long"
            plain, is_formula = _plain(text)
            if is_formula and place not in problems:
                problems[place] = "formula"
            cells.append(plain[:MAX_CELL])
        rows.append([number, cells, {str(place): problem for place, problem in problems.items()}])
    if header is None:
        raise Refused("empty")
    return header, rows


def _plain(text: str) -> tuple[str, bool]:
    """The text without the apostrophe that keeps it from being calculated; whether it lacks one."""
    if text.startswith("'") and text[1:].lstrip(" \u00a0\ufeff").startswith(FORMULA):
        return text[1:], False
    return text, text.lstrip(" \u00a0\ufeff").startswith(FORMULA) or text[:1] in FORMULA


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
