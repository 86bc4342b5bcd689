"""An agency's mark: only pixels come through, named by their bytes, bound into what is approved."""

import hashlib
import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image, PngImagePlugin

from campaigns.authoring.flows import edit
from campaigns.marks.flows import MARKS_MAX, UPLOAD_MAX_BYTES, add_mark
from campaigns.models import AgencyMark
from portal.kernel.errors import Forbidden, Invalid, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import audience, drafted, submitted, text

pytestmark = pytest.mark.django_db


def picture(size: tuple[int, int] = (400, 200), form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB" if form == "JPEG" else "RGBA", size, (10, 60, 120)).save(out, form, **options)
    return out.getvalue()


def added(house: Any, now: Any, content: bytes | None = None, actor: Any = None) -> AgencyMark:
    file = ContentFile(picture() if content is None else content, name="crest.png")
    return add_mark(actor=actor or house.officer, now=now, picture=file)


def test_nothing_but_pixels_comes_through(house: Any, now: Any) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    mark = added(house, now, picture(pnginfo=info) + b"<html>after the end</html>")
    kept = bytes(mark.picture)
    assert b"script" not in kept
    assert b"html" not in kept
    assert mark.sha256 == hashlib.sha256(kept).hexdigest()
    with Image.open(io.BytesIO(kept)) as drawn:
        assert (drawn.format, drawn.size, drawn.info.get("Comment")) == ("PNG", (256, 128), None)
    assert (mark.width, mark.height) == (256, 128)
    assert AuditEvent.objects.filter(event="campaigns.mark_added", data__sha256=mark.sha256).count() == 1


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_the_usual_kinds_are_taken(house: Any, now: Any, form: str) -> None:
    assert added(house, now, picture(form=form)).width == 256


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGBA", (64, 64), (shade, 0, 0, 255)) for shade in (0, 255)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"MZ not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:200],
        picture((10, 400)), picture((9000, 9000)), moving(), b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        b"x" * (UPLOAD_MAX_BYTES + 1),
    ],
    ids=["empty", "program", "svg", "cut off", "narrow", "bomb", "moving", "header only", "large"],
)  # fmt: skip
def test_what_is_no_picture_of_ours_is_refused_with_a_reason(house: Any, now: Any, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        added(house, now, content)
    assert str(refused.value.errors["picture"][0])
    assert AgencyMark.objects.count() == 0


def test_the_same_picture_twice_is_one_mark(house: Any, now: Any) -> None:
    assert added(house, now) == added(house, now, actor=house.supervisor)
    assert AgencyMark.objects.count() == 1


def test_the_exchange_adds_none_and_an_agency_not_without_end(house: Any, now: Any) -> None:
    with pytest.raises(Forbidden):
        added(house, now, actor=house.reviewer)
    mark = added(house, now)
    for number in range(MARKS_MAX - 1):
        content = bytes([number])
        AgencyMark.objects.create(
            agency=house.ours, sha256=hashlib.sha256(content).hexdigest(), picture=content, width=1, height=1,
            uploaded_by_id=house.officer.person_id, uploaded_at=now,
        )  # fmt: skip
    with pytest.raises(WrongState):
        added(house, now, picture((300, 300)))
    assert added(house, now) == mark


def test_the_database_keeps_a_mark_as_it_was_named(house: Any, now: Any) -> None:
    mark = added(house, now)
    wrong = {
        "agency": house.ours, "sha256": "0" * 64, "picture": b"x", "width": 1, "height": 1,
        "uploaded_by_id": house.officer.person_id, "uploaded_at": now,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        AgencyMark.objects.create(**wrong)
    with pytest.raises(Exception, match=r"(?i)protect|permission|denied"), transaction.atomic():
        AgencyMark.objects.filter(pk=mark.pk).update(width=5)


def test_it_is_frozen_with_the_text_and_served_to_everybody(house: Any, now: Any, client: Any) -> None:
    mark = added(house, now)
    version = submitted(house, now, mark=mark.pk)
    assert version.content["agency"]["mark"] == {"sha256": mark.sha256, "width": 256, "height": 128}
    answer = client.get(reverse("marks-view", args=[mark.sha256]))
    assert answer.content == bytes(mark.picture)
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Type"] == "image/png"


def test_another_agencys_mark_heads_no_warning_of_ours(house: Any, now: Any) -> None:
    theirs = added(house, now, actor=house.outsider)
    campaign = drafted(house, now)
    with pytest.raises(Invalid) as refused:
        edit(
            campaign.pk, actor=house.officer, now=now, seen_revision=1, text=text(),
            audience=audience(now, mark=theirs.pk),
        )  # fmt: skip
    assert list(refused.value.errors) == ["mark"]


def test_the_page_shows_the_own_marks_and_says_what_is_wrong(house: Any, now: Any, sign_in: Any) -> None:
    mark, theirs = added(house, now), added(house, now, picture((300, 300)), actor=house.outsider)
    browser = sign_in(house.officer)
    page = browser.get(reverse("campaigns-marks")).text
    assert mark.sha256 in page
    assert theirs.sha256 not in page
    refused = browser.post(reverse("campaigns-marks"), {"picture": ContentFile(b"MZ", name="a.png")})
    assert refused.status_code == 422
    assert "none of them" in refused.text
