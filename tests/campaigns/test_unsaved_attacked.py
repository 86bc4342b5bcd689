"""What is typed and not saved, tried as others, with hostile forms, and without the page's token."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from campaigns.authoring import unsaved
from campaigns.authoring.flows import archive
from campaigns.models import UnsavedText
from tests.campaigns.warnings import drafted
from tests.people import open_session

pytestmark = pytest.mark.django_db

TYPED = {"title": "Half a title", "languages": "en", "headline_en": "SECRET"}


def test_nobody_reads_what_another_typed_though_they_write_the_same_draft(
    house: Any, now: Any, browser_of: Any
) -> None:
    campaign = drafted(house, now)
    keep = reverse("campaigns-keep", args=[campaign.pk])
    assert browser_of(house.officer).post(keep, TYPED).status_code == 200
    page = reverse("campaigns-edit", args=[campaign.pk])
    for other in (house.second_officer, house.supervisor):
        assert "SECRET" not in browser_of(other).get(page, {"unsaved": "1"}).text
    browser_of(house.second_officer).post(reverse("campaigns-forget", args=[campaign.pk]))
    assert "SECRET" in browser_of(house.officer).get(page, {"unsaved": "1"}).text


def test_another_agency_keeps_looks_and_is_seen_nowhere(house: Any, now: Any, browser_of: Any) -> None:
    campaign = drafted(house, now)
    theirs, ours = browser_of(house.outsider), browser_of(house.officer)
    for name in ("keep", "forget", "look"):
        assert theirs.post(reverse(f"campaigns-{name}", args=[campaign.pk]), TYPED).status_code == 404
    answer = ours.post(reverse("campaigns-keep", args=[campaign.pk]))
    assert answer.json()["others"] == ""
    assert cache.get(f"campaigns:editing:{campaign.pk}").keys() == {house.officer.id}
    assert UnsavedText.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["campaigns-create-keep", "campaigns-create-forget", "campaigns-create-look"]
)
def test_a_foreign_form_or_a_link_keeps_nothing(house: Any, now: Any, name: str) -> None:
    browser = Browser(enforce_csrf_checks=True)
    open_session(browser, house.officer)
    assert browser.post(reverse(name), TYPED).status_code == 403
    assert browser.get(reverse(name), TYPED).status_code == 405
    assert UnsavedText.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"a\x00b": "x", "c": "d\x00e"}, 200), ({"\ud7ff": "\uffff"}, 200), ({"x": "y" * 390_000}, 200),
        ({"x": "y" * 400_001}, 422), ({f"n{number}": "" for number in range(2_001)}, 400),
        ({"tips-TOTAL_FORMS": "9" * 4_000, "tips-INITIAL_FORMS": "-1"}, 200),
        ({"regions": ["XX"] * 1_000, "languages": ["tlh", "en"] * 100}, 200),
    ],
)  # fmt: skip
def test_whatever_a_form_holds_the_answer_is_no_error_of_ours(
    house: Any, now: Any, sign_in: Any, sent: Any, status: int
) -> None:
    browser = sign_in(house.officer)
    assert browser.post(reverse("campaigns-create-keep"), TYPED | sent).status_code == status
    page = browser.get(reverse("campaigns-create"), {"unsaved": "1"})
    assert page.status_code == 200
    assert "\x00" not in page.text
    looked = browser.post(reverse("campaigns-create-look"), TYPED | sent)
    assert looked.status_code == (400 if status == 400 else 200)


def test_what_is_typed_for_an_archived_draft_changes_nothing_of_it(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    archive(campaign.pk, actor=house.officer, now=now)
    sign_in(house.officer).post(reverse("campaigns-keep", args=[campaign.pk]), TYPED)
    campaign.refresh_from_db()
    assert (campaign.revision, campaign.title) == (1, "Fake investment groups")
    unsaved.forget(house.officer, campaign.pk)
    assert UnsavedText.objects.count() == 0
