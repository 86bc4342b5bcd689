"""The pages people live in, on the narrowest phone, in both directions: axe, and nothing over the edge."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from campaigns.bulk import flows as bulk
from campaigns.models.publication import RecallReason
from campaigns.review.flows import recall
from campaigns.review.remarks import remark
from portal.agencies.vetting.flows import vet
from portal.demo import applications
from portal.models import AuditEvent
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted
from tests.journeys.person import Person
from tests.people import House
from tests.screenshots.looks import NARROWEST, mirror

SIZE = {"width": NARROWEST.width, "height": NARROWEST.height}


@pytest.fixture
def desk(house: House, now: Any) -> dict[str, Any]:
    """Whose eyes, and which pages: the impostor's, whose domain is long and spelt in A-labels."""
    agency = applications.confirmed(applications.IMPOSTOR, now)
    vet(agency.pk, actor=house.reviewer, now=now)
    newest = AuditEvent.objects.order_by("-seq").first()
    assert newest is not None
    pages = {
        house.lead: [
            reverse(name, args=[agency.pk])
            for name in ("agencies-view", "agencies-vetting", "agencies-call-back", "agencies-openid")
        ]
        + [reverse(name) for name in ("agencies-list", "roster-list", "roster-invite", "clients-list")],
        house.auditor: [
            reverse(name) for name in ("audit-list", "audit-verify", "audit-heads", "sessions-list")
        ]
        + [reverse("audit-view", args=[newest.seq])],
    }
    for who, addresses in campaign_pages(house, now).items():
        pages.setdefault(who, []).extend(addresses)
    return {
        "stranger": [
            reverse("agencies-apply"),
            reverse("agencies-apply-part", args=["contact"]),
            reverse("public-index"),
            reverse("public-page", args=["HK", "zh-hant"]),
        ],
        **pages,
    }


def campaign_pages(house: House, now: Any) -> dict[Any, list[str]]:
    """A draft with a long word, an address and a file; two texts in review; one live and one recalled."""
    draft = drafted(house, now, title="https://www.hongkongpolice.example/" + "investment" * 8)
    content, name = bulk.export_translation(draft.pk, actor=house.officer, now=now, language="en", kind="csv")
    rows = content.replace(b"Call the helpline.", b"Call=the-helpline-" + b"now" * 40)
    file = ContentFile(rows, name=name * 2)
    made = bulk.take_up(draft.pk, actor=house.officer, now=now, language="en", file=file)
    bulk.read(made.pk, now=now)
    live = published(house, now).campaign
    recalled = published(house, now, title="Recalled").campaign
    [ended] = recall(
        recalled.pk, actor=house.reviewer, now=now, code=RecallReason.values[0], why="x" * 90,
        seen={recalled.publications.get().pk},
    )  # fmt: skip
    waiting = submitted(house, now)
    approved = approved_by_agency(house, now, title="Before the exchange")
    for version, who in ((waiting, house.supervisor), (approved, house.reviewer)):
        remark(
            version.campaign_id, actor=who, now=now, version_id=version.pk, language="en",
            place="body", body="https://www.hongkongpolice.example/" + "figures" * 12,
        )  # fmt: skip
    review, remarks = (f"campaigns-{name}" for name in ("review", "remarks"))
    return {
        house.officer: [
            reverse("campaigns-library"),
            reverse("campaigns-template", args=["investment"]) + "?language=ar",
            reverse("campaigns-create"),
            reverse("campaigns-edit", args=[draft.pk]),
            reverse("campaigns-submit", args=[draft.pk]),
            reverse("campaigns-marks"),
            reverse("campaigns-take-in"),
            reverse("campaigns-translations", args=[draft.pk]),
            reverse("campaigns-translate", args=[draft.pk, "en"]),
            reverse("campaigns-take-up", args=[draft.pk, "en"]),
            reverse("campaigns-import", args=[made.pk]),
            reverse("campaigns-recalled", args=[recalled.pk, ended.pk]),
        ],
        house.supervisor: [
            reverse("campaigns-queue"),
            reverse(review, args=[waiting.campaign_id]) + "?language=en",
            reverse(remarks, args=[waiting.campaign_id]),
        ],
        house.reviewer: [
            reverse("campaigns-queue"),
            reverse(review, args=[approved.campaign_id]) + "?language=en&device=desktop",
            reverse("campaigns-view", args=[recalled.pk]),
            reverse("campaigns-recall", args=[live.pk]),
        ],
    }


def test_a_menu_opens_inside_the_narrowest_phone(chromium: Any, portal: Any) -> None:
    stranger = Person(chromium, portal.url, viewport=SIZE)
    stranger.goto("/")
    for _direction in ("left to right", "right to left"):
        stranger.page.click(".menu summary")
        sheet = stranger.page.locator(".menu[open] .menu-sheet").bounding_box()
        assert sheet is not None
        assert 0 <= sheet["x"] < sheet["x"] + sheet["width"] <= NARROWEST.width
        stranger.page.keyboard.press("Escape")
        mirror(stranger.page)


def test_nothing_is_wider_than_the_narrowest_phone_in_either_direction(
    chromium: Any, portal: Any, desk: dict[Any, list[str]]
) -> None:
    for who, pages in desk.items():
        person = Person(chromium, portal.url, None if who == "stranger" else who, viewport=SIZE)
        for page in pages:
            assert person.goto(page).status == 200, page
            mirror(person.page)
            person.judge()
        person.context.close()
