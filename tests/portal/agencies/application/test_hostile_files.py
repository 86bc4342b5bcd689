"""Hostile files at the public door: what is kept is what it is named, and words typed beside it stay."""

import io
import zipfile
import zlib
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from portal.agencies.application import flows
from portal.models import ApplicationDocument
from tests.portal.agencies.application.applying import LETTER, upload
from tests.portal.agencies.application.test_pages import (
    _plain_static_files,  # noqa: F401 - a fixture
    at,
)

pytestmark = pytest.mark.django_db


def saved(change: Any) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        change(document)
        document.save(target)
    return target.getvalue()


def with_script(document: Any) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def archive(name: str = "word/document.xml", size: int = 100) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr(name, b" " * size)
    return target.getvalue()


def png_bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.pdf", b"MZ\x90\x00" + bytes(500)),
        ("letter.pdf", b"\x7fELF" + bytes(500)),
        ("letter.pdf", b"#!/bin/sh\nrm -rf /"),
        ("letter.pdf.exe", b"MZ\x90\x00" + bytes(500)),
        ("letter.pdf", b"MZ" + LETTER),
        ("letter.pdf", b"\n" + LETTER),
        ("letter.pdf", saved(with_script)),
        ("letter.docx", archive()),
        ("bomb.docx", archive(size=50_000_000)),
        ("letter.pdf", archive()),
        ("letter.png", png_bomb()),
        ("letter.jpg", b"GIF89a" + bytes(100)),
        ("letter.pdf", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"),
    ],
)
def test_a_hostile_file_stays_outside_and_the_words_inside(client: Browser, name: str, data: bytes) -> None:
    page = client.post(at("purpose"), {"purpose": "Kept words.", "document": upload(data, name)})
    assert page.status_code == 422
    assert page.context["form"].errors["document"]
    assert "Kept words." in page.text
    assert not ApplicationDocument.objects.exists()


def picture(form: str) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((40, 30), 80).save(target, form)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (LETTER + archive(), ".pdf"),
        (LETTER + b"\n<script>alert(1)</script>", ".pdf"),
        (picture("PNG") + archive(), ".png"),
        (picture("JPEG") + b"<script>alert(1)</script>", ".jpg"),
    ],
)
def test_a_file_of_two_kinds_is_the_first_of_them_or_nothing(
    client: Browser, data: bytes, ending: str
) -> None:
    """Whatever else it could be read as, it is named, kept and given out as what was judged."""
    file = SimpleUploadedFile("letter.html", data, "text/html")
    client.post(at("purpose"), {"purpose": "Fraud.", "document": file})
    for document in ApplicationDocument.objects.all():
        assert document.name == f"letter.html{ending}"
        assert document.content_type in ("application/pdf", "image/png", "image/jpeg")


def test_a_file_with_a_hostile_name_and_no_words_does_no_harm(client: Browser) -> None:
    for name in ("\u202efdp.exe", "../../../etc/passwd", "x" * 5000 + ".pdf", "CON", '"><img src=x>'):
        client.post(at("purpose"), {"purpose": "Fraud.", "document": upload(LETTER, name)})
    page = client.get(at("purpose")).text
    assert "\u202e" not in page
    assert "<img src=x" not in page
    assert ApplicationDocument.objects.count() == 5
    assert all(len(each.name) <= 120 for each in ApplicationDocument.objects.all())
    assert {each.name[-4:] for each in ApplicationDocument.objects.all()} == {".pdf"}


def test_the_same_file_twice_is_kept_twice_and_removed_once(client: Browser) -> None:
    for _number in range(2):
        client.post(at("purpose"), {"purpose": "Fraud.", "document": upload()})
    one, two = ApplicationDocument.objects.all()
    assert one.sha256 == two.sha256
    flows.detach(one.application_id, one.pk)
    assert ApplicationDocument.objects.get() == two
