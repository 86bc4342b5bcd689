"""A CSV file that opens in a spreadsheet as what it is: text, never a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

# A cell that begins with one of these is calculated; so is one whose first characters are drawn as nothing.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UNSEEN = (
    " \u00a0\u00ad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e"
    "\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
)
NEVER = re.compile("[\x00\ufffe\uffff]")  # in no file of a spreadsheet


def is_calculated(text: str) -> bool:
    return text.lstrip(UNSEEN).startswith(FORMULA)


def cell(value: str) -> str:
    """With an apostrophe in front where a spreadsheet would calculate it (OWASP, CSV injection).

    One that stands there already gets another, so that `plain` gives back exactly what was written.
    """
    text = NEVER.sub("", str(value))
    return f"'{text}" if is_calculated(text.lstrip("'")) else text


def plain(text: str) -> tuple[str, bool]:
    """The other way round: the text without that apostrophe, and whether it lacked one."""
    if text.startswith("'") and is_calculated(text.lstrip("'")):
        return text[1:], False
    return text, is_calculated(text)


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with its mark, so that every spreadsheet reads names in their own script."""
    sheet = StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL)
    writer.writerow([cell(each) for each in header])
    for row in rows:
        writer.writerow([cell(each) for each in row])
    return f"\ufeff{sheet.getvalue()}".encode()
