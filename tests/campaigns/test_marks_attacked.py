"""Pictures made to exhaust, deceive or carry something: pixels come through, or a reason."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from campaigns.marks.flows import PROBLEMS, add_mark
from campaigns.models import AgencyMark
from portal.kernel.errors import Invalid

pytestmark = pytest.mark.django_db


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


PLAIN = saved(Image.new("RGB", (60, 60), (10, 60, 120)))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunk(kind: bytes, content: bytes) -> bytes:
    return PLAIN[:33] + chunk(kind, content) + PLAIN[33:]


def unpacks_to(size: int) -> bytes:
    return zlib.compress(b"0" * size, 9)


def claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PLAIN[:8] + chunk(b"IHDR", header) + PLAIN[33:]


def moving(form: str) -> bytes:
    frames = [Image.new("RGB", (60, 60), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "text that unpacks to 200 MB": (lambda: with_chunk(b"zTXt", b"a\0\0" + unpacks_to(200_000_000)), "kind"),
    "a profile of 200 MB": (lambda: with_chunk(b"iCCP", b"a\0\0" + unpacks_to(200_000_000)), "kind"),
    "pixels of 300 MB": (lambda: with_chunk(b"IDAT", unpacks_to(300_000_000)), "kind"),
    "more pixels than there are": (lambda: claims(2**31 - 1, 2**31 - 1), "too-complex"),
    "1.6 thousand million pixels": (lambda: saved(Image.new("1", (40_000, 40_000))), "too-complex"),
    "a line": (lambda: saved(Image.new("L", (1, 100_000))), "small"),
    "a strip that would be drawn as a line": (lambda: saved(Image.new("L", (48, 100_000))), "narrow"),
    "a strip that lies": (lambda: saved(Image.new("L", (100_000, 48))), "narrow"),
    "a PNG that moves": (lambda: moving("PNG"), "moves"),
    "a WebP that moves": (lambda: moving("WEBP"), "moves"),
    "a GIF": (lambda: moving("GIF"), "kind"),
    "a TIFF": (lambda: saved(Image.new("L", (60, 60)), "TIFF"), "kind"),
    "an SVG with a script": (lambda: b"<svg><script>alert(1)</script></svg>", "kind"),
    "a GIF before a PNG": (lambda: b"GIF89a" + PLAIN, "kind"),
    "a PDF before a PNG": (lambda: b"%PDF-1.7\n" + PLAIN, "kind"),
    "the half of one": (lambda: PLAIN[:-30], "kind"),
}  # fmt: skip


def added(house: Any, now: Any, content: bytes) -> AgencyMark:
    return add_mark(actor=house.officer, now=now, picture=ContentFile(content, name="crest.png"))


def pixel(mark: AgencyMark, place: tuple[int, int]) -> Any:
    with Image.open(io.BytesIO(bytes(mark.picture))) as drawn:
        assert (drawn.format, drawn.info) == ("PNG", {})
        return drawn.convert("RGBA").getpixel(place)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_refused_with_its_reason(house: Any, now: Any, name: str) -> None:
    make, problem = HOSTILE[name]
    with pytest.raises(Invalid) as refused:
        added(house, now, make())
    assert refused.value.errors["picture"] == [PROBLEMS[problem]]
    assert AgencyMark.objects.count() == 0


def palette() -> Image.Image:
    made = Image.new("P", (60, 60), 1)
    made.putpalette([0, 0, 0, 255, 0, 0])
    return made


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (saved(Image.new("CMYK", (60, 60), (0, 255, 255, 0)), "JPEG"), (255, 0, 0, 255)),
        (saved(Image.new("I;16", (60, 60), 30_000)), (117, 117, 117, 255)),
        (saved(palette(), transparency=1), (255, 0, 0, 0)),
        (saved(Image.new("LA", (60, 60), (100, 50))), (100, 100, 100, 50)),
        (saved(Image.new("1", (60, 60), 1)), (255, 255, 255, 255)),
    ],
    ids=["of ink", "sixteen bits", "palette with a hole", "grey, half seen", "black and white"],
)
def test_every_kind_of_pixel_is_drawn_as_it_was_meant(
    house: Any, now: Any, content: bytes, seen: Any
) -> None:
    assert pixel(added(house, now, content), (30, 30)) == pytest.approx(seen, abs=2)


def test_a_photograph_stands_the_way_the_camera_held_it(house: Any, now: Any) -> None:
    lying = Image.new("RGB", (200, 100), (255, 0, 0))
    exif = lying.getexif()
    exif[0x0112] = 6
    mark = added(house, now, saved(lying, "JPEG", exif=exif, icc_profile=b"x" * 2000))
    assert (mark.width, mark.height) == (100, 200)


def test_nothing_of_a_polyglot_is_left(house: Any, now: Any) -> None:
    tail = b"<script>alert(1)</script>PK\x03\x04%PDF-1.7"
    kept = bytes(added(house, now, PLAIN + tail).picture)
    assert not any(each in kept for each in (b"script", b"PK\x03\x04", b"%PDF"))
    assert kept.endswith(b"IEND\xaeB`\x82")


def test_its_address_gives_the_picture_and_nothing_else_to_anybody(house: Any, now: Any, client: Any) -> None:
    mark = added(house, now, PLAIN)
    address = reverse("marks-view", args=[mark.sha256])
    answer = client.get(address)
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.cookies
    assert "Vary" not in answer
    assert client.head(address)["ETag"] == f'"{mark.sha256}"'
    assert client.get(address, headers={"If-None-Match": f'"{mark.sha256}"'}).status_code == 304
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)(address).status_code == 405
    for wrong in (mark.sha256.upper(), mark.sha256[:-1], "0" * 64, f"{mark.sha256}.png", "x' OR '1'='1"):
        answer = client.get(address.replace(mark.sha256, wrong))
        assert (answer.status_code, answer.get("Content-Type", "").startswith("image")) == (404, False)
