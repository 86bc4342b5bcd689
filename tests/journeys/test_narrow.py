"""The pages people live in, on the narrowest phone, in both directions: axe, and nothing over the edge."""

from typing import Any

import pytest
from django.urls import reverse

from portal.agencies.vetting.flows import vet
from portal.demo import applications
from portal.models import AuditEvent
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
        house.officer: [
            reverse("campaigns-library"),
            reverse("campaigns-template", args=["investment"]) + "?language=ar",
        ],
    }
    return {
        "stranger": [reverse("agencies-apply"), reverse("agencies-apply-part", args=["contact"])],
        **pages,
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
