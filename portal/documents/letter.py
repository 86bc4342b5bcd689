"""Makes a one-page PDF letter, for the demonstration and tests: real, small, and fit for our own check."""

import io
import textwrap
from collections.abc import Sequence

import pikepdf

WIDTH, HEIGHT, MARGIN, LEADING = 595, 842, 72, 16
COLUMNS = 78


def letter(title: str, paragraphs: Sequence[str]) -> bytes:
    """An A4 page in Helvetica; signs outside Latin-1 are not in that font and become question marks."""
    lines = [title, ""]
    for paragraph in paragraphs:
        lines += [*textwrap.wrap(paragraph, COLUMNS), ""]
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, WIDTH, HEIGHT],
        Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font)),
        Contents=pdf.make_stream(_drawn(lines)),
    )
    pdf.pages.append(pikepdf.Page(page))
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = title
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _drawn(lines: Sequence[str]) -> bytes:
    """The page's content stream: one text object, a line each."""
    parts = [b"BT", b"/F1 11 Tf", f"{LEADING} TL {MARGIN} {HEIGHT - MARGIN} Td".encode()]
    for line in lines:
        text = line.encode("latin-1", "replace")
        for sign in (b"\\", b"(", b")"):
            text = text.replace(sign, b"\\" + sign)
        parts.append(b"(" + text + b") Tj T*")
    return b"\n".join([*parts, b"ET"])
