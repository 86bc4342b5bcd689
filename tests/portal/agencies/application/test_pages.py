"""The applicant's pages: nothing typed is lost, nothing is told, and an opened link does nothing yet."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from PIL import Image

from portal.models import Agency, AgencyApplication, ApplicationDocument
from tests.portal.agencies.application.applying import (
    ANSWERS,
    GIVEN,
    upload,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def at(code: str) -> str:
    return reverse("agencies-apply-part", args=[code])


def answer(browser: Browser, *, but: tuple[str, ...] = (), **changes: dict[str, Any]) -> Any:
    """Fill in every part; the last answer."""
    response = None
    for code, answers in ANSWERS.items():
        if code not in but:
            files = {"document": upload()} if code == "purpose" else {}
            response = browser.post(at(code), answers | changes.get(code, {}) | files)
            assert response.status_code == 302, (code, response.context["form"].errors)
    return response


def test_an_agency_applies_from_the_front_page_to_the_status(client: Browser) -> None:
    assert reverse("agencies-apply") in client.get("/").text
    assert client.get(reverse("agencies-apply")).status_code == 200
    assert "portal_session" not in client.cookies  # reading leaves no trace
    done = answer(client)
    assert done["Location"] == reverse("agencies-apply-check")
    check = client.get(done["Location"])
    assert GIVEN.name in check.text
    assert AgencyApplication.objects.get().documents.get().sha256 in check.text
    done = client.post(reverse("agencies-apply-check"))
    assert done["Location"] == reverse("agencies-apply-sent")
    page = client.get(done["Location"])
    status = re.findall(r"/agencies/apply/status/[^\"<]+", page.text)[0]
    assert GIVEN.supervisor_email in page.text
    stands = Browser().get(status)
    assert stands.status_code == 200
    assert GIVEN.name not in stands.text
    assert not Agency.objects.exists()


def test_each_part_leads_to_the_next_that_is_missing(client: Browser) -> None:
    for code, following in (("agency", "regions"), ("contact", "regions"), ("regions", "people")):
        assert client.post(at(code), ANSWERS[code])["Location"] == at(following)
    states = [part.state for part in client.get(reverse("agencies-apply")).context["draft"].parts]
    assert states == ["done", "done", "done", "todo", "todo"]


def test_what_is_typed_stays_right_or_wrong(client: Browser) -> None:
    wrong = ANSWERS["contact"] | {"domains": "gov.uk\npolitiet-no.example", "website": "javascript:alert(1)"}
    page = client.post(at("contact"), wrong)
    assert page.status_code == 422
    for shown in (page, client.get(at("contact"))):
        assert "gov.uk\npolitiet-no.example" in shown.text
        assert 'value="javascript:alert(1)"' in shown.text
        assert 'href="javascript' not in shown.text
        assert GIVEN.switchboard in shown.text
        assert 'href="#id_website"' in shown.text


def test_a_file_survives_an_error_beside_it(client: Browser) -> None:
    page = client.post(at("purpose"), {"purpose": "", "document": upload(name="letter.pdf")})
    assert page.status_code == 422
    assert ApplicationDocument.objects.get().name == "letter.pdf"
    again = client.get(at("purpose"))
    assert "letter.pdf" in again.text
    assert client.post(at("purpose"), {"purpose": "Fraud."}).status_code == 302


def test_words_survive_a_bad_file(client: Browser) -> None:
    page = client.post(
        at("purpose"), {"purpose": "Kept words.", "document": upload(b"MZ evil", "letter.pdf")}
    )
    assert page.status_code == 422
    assert "Kept words." in page.text
    assert "Kept words." in client.get(at("purpose")).text
    assert not ApplicationDocument.objects.exists()


def picture() -> bytes:
    target = io.BytesIO()
    Image.effect_noise((40, 30), 80).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.pdf", b""),
        ("letter.pdf", b"%PDF-1.7\n%%EOF"),
        ("letter.pdf", b"<html><script>alert(1)</script>"),
        ("letter.pdf", b"PK\x03\x04" + b"\x00" * 100),
        ("letter.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("letter.png", picture()[:200]),
    ],
)
def test_a_hostile_file_is_refused_with_a_reason(client: Browser, name: str, data: bytes) -> None:
    page = client.post(at("purpose"), {"purpose": "Fraud.", "document": upload(data, name)})
    assert page.status_code == 422
    assert page.context["form"].errors["document"]
    assert not ApplicationDocument.objects.exists()


def test_a_file_is_shown_by_a_harmless_name(client: Browser) -> None:
    named = SimpleUploadedFile("../..\\<b>\u202efdp.exe", picture(), "image/png")
    client.post(at("purpose"), {"purpose": "Fraud.", "document": named})
    assert ApplicationDocument.objects.get().name == "_b_fdp.exe.png"
    assert "<b>" not in client.get(at("purpose")).text.split("version-row")[1]


def test_another_document_can_be_added_and_removed(client: Browser) -> None:
    first = client.post(at("purpose"), ANSWERS["purpose"] | {"document": upload(), "then": "stay"})
    assert first["Location"] == at("purpose")
    client.post(at("purpose"), ANSWERS["purpose"] | {"document": upload(picture(), "seal.png")})
    document = ApplicationDocument.objects.get(name="seal.png")
    assert Browser().post(reverse("agencies-apply-detach", args=[document.pk])).status_code == 404
    client.post(reverse("agencies-apply-detach", args=[document.pk]))
    assert ApplicationDocument.objects.get().name == "letter.pdf"


def test_a_draft_is_its_own_browsers_alone(client: Browser) -> None:
    client.post(at("agency"), ANSWERS["agency"])
    stranger = Browser()
    assert GIVEN.name in client.get(at("agency")).text
    assert GIVEN.name not in stranger.get(at("agency")).text
    assert stranger.get(reverse("agencies-apply-check"))["Location"] == reverse("agencies-apply")
    stranger.post(at("agency"), ANSWERS["agency"] | {"name": "Theirs"})
    assert AgencyApplication.objects.count() == 2
    assert GIVEN.name in client.get(at("agency")).text


def test_a_country_changed_later_asks_for_its_regions_again(client: Browser) -> None:
    answer(client, but=("purpose",))
    client.post(at("agency"), ANSWERS["agency"] | {"country": "SE"})
    states = {part.code: part.state for part in client.get(reverse("agencies-apply")).context["draft"].parts}
    assert states["regions"] == "wrong"
    assert "SE-AB" in client.get(at("regions")).text


def test_a_domain_taken_away_asks_for_the_address_again(client: Browser) -> None:
    answer(client, but=("purpose",))
    client.post(at("contact"), ANSWERS["contact"] | {"domains": "other.example"})
    states = {part.code: part.state for part in client.get(reverse("agencies-apply")).context["draft"].parts}
    assert states["people"] == "wrong"
