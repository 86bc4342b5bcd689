"""A CSV file that opens in a spreadsheet as what it is: text, never a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# A cell that begins with one of these is calculated; so is one whose first character is skipped as blank.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: str) -> str:
    """With an apostrophe in front where a spreadsheet would calculate it (OWASP, CSV injection)."""
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA) or text[:1] in FORMULA else text


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with its mark, so that every spreadsheet reads names in their own script."""
    sheet = StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL)
    writer.writerow([cell(each) for each in header])
    for row in rows:
        writer.writerow([cell(each) for each in row])
    return f"\ufeff{sheet.getvalue()}".encode()
