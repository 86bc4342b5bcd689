"""The applicant's pages under attack: hostile answers, repeated and foreign links, too many at once."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from portal.agencies.application import limits
from portal.agencies.application.status import status_path
from portal.models import Agency, AgencyApplication
from tests.people import House
from tests.portal.agencies.application.applying import (
    ANSWERS,
    GIVEN,
    STRANGER,
    confirmed,
    linked,
    sent,
    upload,
)
from tests.portal.agencies.application.test_pages import (
    _plain_static_files,  # noqa: F401 - a fixture
    answer,
    at,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("agency", "name", "x" * 100_000),
        ("agency", "name", "<script>alert(1)</script>\x00"),
        ("agency", "name", "Police \u202eecilop"),
        ("agency", "name", "Police\r\nBcc: a@b.example"),
        ("agency", "country", "../../etc"),
        ("regions", "regions", ["NO", "ZZ", "<b>"] * 200),
        ("regions", "time_zone", "../../etc/passwd"),
        ("contact", "domains", "a " * 40_000),
        ("people", "supervisor_email", "x" * 100_000),
        ("purpose", "purpose", "\U0001f4a9" * 50_000),
    ],
)
def test_hostile_answers_are_shown_again_and_never_run(
    client: Browser, code: str, name: str, value: Any
) -> None:
    client.post(at("agency"), ANSWERS["agency"])
    client.post(at("contact"), ANSWERS["contact"])
    page = client.post(at(code), ANSWERS[code] | {name: value})
    assert page.status_code == 422
    assert name in page.context["form"].errors
    assert "<script>alert" not in page.text
    assert client.get(at(code)).status_code == 200


def test_a_field_sent_twice_and_fields_unknown_do_no_harm(client: Browser) -> None:
    page = client.post(at("agency"), {"name": ["One", "Two"], "country": ["NO", "SE"], "status": "confirmed"})
    assert page.status_code == 302
    assert AgencyApplication.objects.get().status == "draft"


def test_a_body_too_large_is_refused_before_it_is_read(client: Browser, settings: Any) -> None:
    settings.DOCUMENT_MAX_BYTES = 1024
    big = SimpleUploadedFile("a.pdf", b"x" * (2 * 1024 * 1024))
    assert client.post(at("purpose"), {"document": big}).status_code == 413
    assert not AgencyApplication.objects.exists()


def test_an_unknown_part_is_no_page(client: Browser) -> None:
    assert client.get(at("status")).status_code == 404
    assert client.post(at("nothing"), {}).status_code == 404


def test_sending_twice_sends_once(client: Browser) -> None:
    answer(client)
    other_tab = reverse("agencies-apply-check")
    assert client.post(other_tab)["Location"] == reverse("agencies-apply-sent")
    assert client.post(other_tab)["Location"] == reverse("agencies-apply-sent")
    assert AgencyApplication.objects.count() == 1
    client.post(at("agency"), ANSWERS["agency"] | {"name": "A new one"})
    assert AgencyApplication.objects.filter(status="draft").count() == 1


def test_an_incomplete_draft_is_not_sent(client: Browser) -> None:
    answer(client, but=("people",))
    assert client.post(reverse("agencies-apply-check"))["Location"] == reverse("agencies-apply")
    assert AgencyApplication.objects.get().status == "draft"


def test_a_known_and_an_unknown_agency_see_the_same(house: House, client: Browser) -> None:
    domain = house.ours.domains[0]
    pages = []
    for name in (domain, "unknown.example"):
        browser = Browser()
        answer(browser, contact={"domains": name}, people={"supervisor_email": f"a@{name}"})
        done = browser.post(reverse("agencies-apply-check"))
        page = browser.get(done["Location"])
        link, resend = page.context["status_url"], page.context["resend_url"]
        shown = (
            page.text.replace(link, "LINK")
            .replace(resend, "RESEND")
            .replace(name, "DOMAIN")
            .partition("<main")[2]
            .partition("</main")[0]
        )
        pages.append((done.status_code, re.sub(r"datetime=\"[^\"]+\"", "", shown)))
    assert pages[0] == pages[1]


def test_a_scanner_that_opens_the_link_confirms_nothing(now: Any) -> None:
    url = reverse("agencies-apply-confirm", args=[linked(sent(now))])
    for _number in range(3):
        page = Browser().get(url)
        assert page.status_code == 200
        assert page["Cache-Control"].endswith("private")
        assert Browser().head(url).status_code == 200
    assert not Agency.objects.exists()
    done = Browser().post(url)
    assert done.status_code == 302
    assert Agency.objects.count() == 1
    # The link of the status page carries the second at which it was made.
    again = [Browser().post(url)["Location"], done["Location"], Browser().get(url)["Location"]]
    assert len({place.rsplit(":", 2)[0] for place in again}) == 1
    assert Agency.objects.count() == 1


def test_the_supervisor_reads_what_was_sent_before_confirming(now: Any) -> None:
    page = Browser().get(reverse("agencies-apply-confirm", args=[linked(sent(now))]))
    for text in (GIVEN.name, GIVEN.head_name, GIVEN.purpose, GIVEN.domains[0], "letter.pdf"):
        assert text in page.text


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00" * 10, "x" * 5000])
def test_a_link_that_is_not_ours_is_gone_for_everyone(token: str) -> None:
    for way in ("get", "post"):
        page = getattr(Browser(), way)(f"/agencies/apply/confirm/{token}/")
        assert page.status_code == 404
    assert Browser().get(f"/agencies/apply/status/{token}/").status_code == 404


def test_the_status_says_where_it_stands_and_nothing_else(house: House, now: Any) -> None:
    from portal.agencies.vetting.flows import refuse, vet
    from tests.people import SYSTEM

    application = sent(now)
    path = status_path(application.pk)

    def stands() -> str:
        page = Browser().get(path)
        assert GIVEN.name not in page.text
        assert "politiet" not in page.text
        return page.context["state"]

    assert stands() == "unconfirmed"
    from portal.agencies.application.flows import confirm

    agency = confirm(linked(application), actor=STRANGER, now=now)
    assert stands() == "received"
    vet(agency.pk, actor=SYSTEM, now=now)
    assert stands() == "in_vetting"
    refuse(agency.pk, actor=SYSTEM, now=now, reasons=["domain"], why="Not official.")
    assert stands() == "decided"


def test_a_status_link_of_another_make_opens_nothing(now: Any) -> None:
    from django.core import signing

    application = confirmed(now).application
    for token in (
        str(application.pk),
        signing.dumps(str(application.pk), salt="another"),
        status_path(application.pk).split("/")[-2][:-1] + "x",
    ):
        assert Browser().get(reverse("agencies-apply-status", args=[token])).status_code == 404


def test_one_address_writes_so_often_and_no_more(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "save", "3/h/ip")
    for _number in range(3):
        assert client.post(at("agency"), ANSWERS["agency"]).status_code == 302
    refused = client.post(at("agency"), ANSWERS["agency"])
    assert refused.status_code == 429
    assert client.get(at("agency")).status_code == 200  # reading goes on
    assert Browser(REMOTE_ADDR="192.0.2.99").post(at("agency"), ANSWERS["agency"]).status_code == 302


def test_new_browsers_of_one_address_begin_so_many_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "begin", "2/h/ip")
    codes = [Browser().post(at("agency"), ANSWERS["agency"]).status_code for _number in range(3)]
    assert codes == [302, 302, 429]
    assert AgencyApplication.objects.count() == 2


def test_files_of_everybody_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "attach", "9/h/ip,1/h/key")
    first = Browser(REMOTE_ADDR="192.0.2.1").post(at("purpose"), {"purpose": "x", "document": upload()})
    second = Browser(REMOTE_ADDR="192.0.2.2").post(at("purpose"), {"purpose": "x", "document": upload()})
    assert (first.status_code, second.status_code) == (302, 429)


def test_pages_ask_the_database_little(client: Browser, django_assert_max_num_queries: Any) -> None:
    answer(client)
    for name in ("agencies-apply", "agencies-apply-check"):
        with django_assert_max_num_queries(6):
            assert client.get(reverse(name)).status_code == 200
    for code in ANSWERS:
        with django_assert_max_num_queries(6):
            assert client.get(at(code)).status_code == 200


def test_whoever_is_signed_in_may_read_and_is_named_when_applying(house: House, sign_in: Any) -> None:
    from portal.models import AuditEvent

    browser = sign_in(house.officer)
    answer(browser)
    browser.post(reverse("agencies-apply-check"))
    assert AuditEvent.objects.get(event="applications.applied").actor_id == house.officer.id


def test_storage_never_holds_a_file_without_its_row(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.documents import store

    discarded: list[str] = []
    monkeypatch.setattr(store, "discard", discarded.append)
    answer(client)
    for _number in range(4):
        client.post(at("purpose"), ANSWERS["purpose"] | {"document": upload()})
    full = client.post(at("purpose"), ANSWERS["purpose"] | {"document": upload()})
    assert full.status_code == 422
    assert len(discarded) == 1
