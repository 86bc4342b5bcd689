"""Hostile files at the door: the content decides, and the refusal says why."""

import io
import os
import time
import zlib

import pikepdf
import pytest
from PIL import Image

from portal.documents.accept import accept, display_name
from portal.kernel.errors import Invalid
from tests.casesupport.cases import LETTER, upload


def picture(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    target = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(target, form)
    return target.getvalue()


def pdf(change=None, **options) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        if change:
            change(document)
        document.save(target, **options)
    return target.getvalue()


def with_script(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def with_script_deep_down(document):
    act = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x")
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 1, 1], AA=pikepdf.Dictionary(E=act)
    )
    document.pages[0].Annots = pikepdf.Array([link])


def with_launch(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")


def with_file_inside(document):
    document.attachments["secret.txt"] = b"hidden"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Dear exchange, this is no PDF.", "kind"),
        (b"MZ\x90\x00" + bytes(100), "kind"),
        (b"<html><script>alert(1)</script></html>", "kind"),
        (b"PK\x03\x04" + bytes(100), "kind"),
        (b" %PDF-1.7 not at the start", "kind"),
        (b"%PDF-1.7\nonly the first line is one", "damaged"),
        (b"%PDF-1.7\n" + os.urandom(5000), "damaged"),
        (LETTER[: len(LETTER) // 2], "damaged"),
        (LETTER[:-10], "damaged"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "encrypted"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="")), "encrypted"),
        (pdf(with_script), "active"),
        (pdf(with_script_deep_down), "active"),
        (pdf(with_script_deep_down, object_stream_mode=pikepdf.ObjectStreamMode.generate), "active"),
        (pdf(with_launch), "active"),
        (pdf(with_file_inside), "embedded"),
        (picture("JPEG")[:400], "damaged"),
        (picture("PNG")[:-30], "damaged"),
        (b"\xff\xd8\xff" + bytes(1000), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_the_content_decides_and_the_refusal_says_why(data, code):
    with pytest.raises(Invalid) as refused:
        accept(upload(data))
    assert refused.value.code == f"document-{code}"
    assert "document" in refused.value.errors


def test_a_picture_made_to_fill_the_memory_is_refused():
    header = b"\x89PNG\r\n\x1a\n"
    size = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    data = header + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    with pytest.raises(Invalid) as refused:
        accept(upload(data))
    assert refused.value.code == "document-too-complex"


def test_a_pdf_made_to_fill_the_memory_is_refused_and_the_portal_lives():
    # An object stream of 3 GB of spaces in 3 MB; whoever looks for object 4 unpacks it.
    packer = zlib.compressobj(9)
    packed = b"".join(
        [packer.compress(b"4 0 "), *[packer.compress(b" " * 2**24) for _ in range(192)], packer.flush()]
    )
    body = b"%PDF-1.7\n"
    offsets = {}
    for number, text in (
        (1, b"<</Type/Catalog/Pages 2 0 R/X 4 0 R>>"),
        (2, b"<</Type/Pages/Count 1/Kids[3 0 R]>>"),
        (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
    ):
        offsets[number] = len(body)
        body += b"%d 0 obj%sendobj\n" % (number, text)
    offsets[5] = len(body)
    body += b"5 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    body += packed + b"\nendstream endobj\n"
    offsets[6] = len(body)
    plain = {number: (1, where, 0) for number, where in offsets.items()}
    rows = [(0, 0, 255), *[plain.get(number, (2, 5, 0)) for number in range(1, 7)]]
    table = b"".join(bytes([kind]) + where.to_bytes(4, "big") + bytes([last]) for kind, where, last in rows)
    body += b"6 0 obj<</Type/XRef/Size 7/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    body += table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % offsets[6]
    began = time.monotonic()
    with pytest.raises(Invalid) as refused:
        accept(upload(body))
    assert refused.value.code == "document-too-complex"
    assert time.monotonic() - began < 35


def test_an_empty_file_is_refused():
    with pytest.raises(Invalid, match="empty"):
        accept(upload(b""))


def test_a_file_above_the_limit_is_refused_unread(settings):
    settings.DOCUMENT_MAX_BYTES = len(LETTER)
    assert accept(upload(LETTER))
    settings.DOCUMENT_MAX_BYTES = len(LETTER) - 1
    with pytest.raises(Invalid, match="larger"):
        accept(upload(LETTER))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("order.pdf", "order.pdf"),
        ("ORDER.PDF", "ORDER.pdf"),
        ("命令書.pdf", "命令書.pdf"),
        ("order.docx", "order.docx.pdf"),
        ("order.pdf.exe", "order.pdf.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\order.pdf", "order.pdf"),
        ("..", "document.pdf"),
        ("", "document.pdf"),
        (".pdf", "pdf.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("inv\u200bisible\x00\r\nX-Header: 1.pdf", "invisibleX-Header_ 1.pdf"),
        ('a"b;<c>.pdf', "a_b;_c_.pdf"),
    ],
)
def test_a_file_name_is_never_trusted(given, shown):
    assert display_name(given, "application/pdf") == shown


def test_a_long_name_keeps_its_extension():
    name = display_name("x" * 400 + ".pdf", "application/pdf")
    assert len(name) == 120 and name.endswith(".pdf")
