"""The two pages of a recall: what it would end, and where it has taken effect."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign, DeliveryAcknowledgement, DeliveryProcess, Publication
from campaigns.outcomes.ingest import ingest
from campaigns.review import flows
from portal.kernel.actor import Actor
from portal.models import AuditEvent
from tests.campaigns.test_events_api import event
from tests.campaigns.test_recall import second_version
from tests.campaigns.warnings import approved_by_agency, published
from tests.clients import make_client
from tests.people import House

pytestmark = pytest.mark.django_db
WHY = "The helpline moved."


def page(publication: Publication) -> str:
    return reverse("campaigns-recalled", args=[publication.campaign_id, publication.pk])


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def form(version: Any, **changes: Any) -> dict[str, Any]:
    return {"publication": [str(version.publication.pk)], "code": "contact", "why": WHY, **changes}


def acknowledged(publication: Publication, milliseconds: float | None = 4.0, **given: Any) -> DeliveryProcess:
    at = publication.recall_announced_at
    assert at is not None
    assert publication.recall_revision is not None
    process = DeliveryProcess.objects.create(
        **{
            "id": uuid4(), "host": "edge-1", "pid": 41, "first_revision": 0, "revision": 0,
            "started_at": at - timedelta(days=1), "confirmed_at": at,
        } | given
    )  # fmt: skip
    if milliseconds is not None:
        stopped_at = at + timedelta(milliseconds=milliseconds)
        DeliveryAcknowledgement.objects.create(
            process=process, revision=publication.recall_revision, stopped_at=stopped_at, served_at=stopped_at
        )
    return process


def reported(version: Any, now: Any, count: int, name: str, **changes: Any) -> None:
    """So many exposures by one client, each 40 minutes before the last; the first was reviewed."""
    key, _ = make_client(name, ["events:write"], now=now)
    events = [
        event(
            version,
            now - timedelta(minutes=40 * number),
            reference=f"withdrawal-{name}-{number:04}",
            **changes,
        )
        for number in range(count)
    ]
    events.append(event(version, now, "reviewed", reference=f"withdrawal-{name}-0000", **changes))
    client = Actor(kind="client", id=str(key.client_id), label=name, scopes=frozenset({"events:write"}))
    receipt = ingest(events, actor=client, now=now)
    assert receipt.accepted == count + 1, receipt


@pytest.fixture
def recalled(house: House, now: Any) -> Publication:
    version = published(house, now)
    flows.recall(version.campaign_id, actor=house.supervisor, now=now, why=WHY, code="contact")
    return Publication.objects.get()


def test_before_it_the_page_says_whom_it_reaches_and_what_is_left(
    house: House, now: Any, browser_of: Any
) -> None:
    version = published(house, now, only_new_address=True)
    published(house, now, regions=["HK"], title="The other")
    published(house, now, regions=["HK"], title="Ahead", starts_at=now + timedelta(days=1))
    reported(version, now, 3, "one")
    url = reverse("campaigns-recall", args=[version.campaign_id])
    response = browser_of(house.supervisor).get(url)
    text = words(response)
    for said in ("Hong Kong", "繁體中文", "Live", "Only the first withdrawal", "not called back"):
        assert said in text
    assert response.context["shown"].recent == 2
    assert response.context["shown"].total == 3
    [left] = response.context["left"]
    assert (left.region, len(left.warnings)) == ("HK", 1)


def test_one_click_recalls_and_leads_to_where_it_took_effect(house: House, now: Any, browser_of: Any) -> None:
    version = published(house, now)
    url = reverse("campaigns-recall", args=[version.campaign_id])
    browser = browser_of(house.supervisor)
    response = browser.post(url, form(version))
    publication = Publication.objects.get()
    assert (response.status_code, response["Location"]) == (302, page(publication))
    assert (publication.recall_code, publication.recall_reason) == ("contact", WHY)
    acknowledged(publication)
    text = words(browser.get(page(publication)))
    for said in (
        "Supervisor",
        WHY,
        "A number, address or contact is wrong",
        "4.0 ms",
        "No process serves it any",
    ):
        assert said in text
    again = browser.post(url, form(version))
    assert again.status_code == 409
    assert "It was recalled already, by" in words(again)
    assert AuditEvent.objects.filter(event="campaigns.recalled").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"), [({"code": ""}, "code"), ({"code": "x"}, "code"), ({"why": " "}, "why")]
)
def test_a_recall_without_its_reason_keeps_what_was_typed(
    house: House, now: Any, browser_of: Any, changes: Any, field: str
) -> None:
    version = published(house, now)
    url = reverse("campaigns-recall", args=[version.campaign_id])
    response = browser_of(house.supervisor).post(url, form(version, **changes))
    assert response.status_code == 422
    assert set(response.context["field_errors"]) == {field}
    assert (WHY in response.content.decode()) is (field == "code")
    assert Publication.objects.get().recalled_at is None


@pytest.mark.parametrize("named", [[], ["nonsense"], [str(uuid4())]])
def test_a_form_that_named_something_else_is_shown_again(
    house: House, now: Any, browser_of: Any, named: list[str]
) -> None:
    version = published(house, now)
    url = reverse("campaigns-recall", args=[version.campaign_id])
    response = browser_of(house.supervisor).post(url, form(version, publication=named))
    assert response.status_code == 409
    assert "Another version was published since" in words(response)
    assert WHY in response.content.decode()
    assert str(version.publication.pk) in response.content.decode()
    assert Publication.objects.get().recalled_at is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 200), ("supervisor", 200), ("reviewer", 200), ("lead", 200), ("auditor", 200),
        ("outsider", 404), ("other_supervisor", 404), ("analyst", 403),
    ],
)  # fmt: skip
def test_both_houses_and_the_auditor_read_it(
    house: House, recalled: Publication, browser_of: Any, who: str, status: int
) -> None:
    assert browser_of(getattr(house, who)).get(page(recalled)).status_code == status


def test_only_a_recalled_publication_of_this_campaign_has_the_page(
    house: House, now: Any, recalled: Publication, browser_of: Any
) -> None:
    live = published(house, now).publication
    browser = browser_of(house.reviewer)
    assert browser.get(page(live)).status_code == 404
    assert browser.get(reverse("campaigns-recalled", args=[live.campaign_id, recalled.pk])).status_code == 404


def test_a_silent_process_is_named_and_the_page_looks_again(
    house: House, recalled: Publication, browser_of: Any
) -> None:
    browser = browser_of(house.auditor)
    acknowledged(recalled, host="edge-1")
    assert "every 1s" not in browser.get(page(recalled)).content.decode()
    at = recalled.recall_announced_at
    assert at is not None
    acknowledged(recalled, None, host="edge-2", pid=99, confirmed_at=at - timedelta(seconds=20))
    response = browser.get(page(recalled))
    assert "every 1s" in response.content.decode()
    text = words(response)
    for said in (
        "Not every process has answered",
        "edge-2 · 99",
        "Silent",
        "No word since",
        "after 3 seconds",
    ):
        assert said in text


def test_names_of_machines_are_for_those_who_keep_them(
    house: House, now: Any, recalled: Publication, browser_of: Any
) -> None:
    acknowledged(recalled)
    reported(recalled.version, now, 1, "withdrawals")
    for who, knows in (("lead", True), ("auditor", True), ("supervisor", False), ("reviewer", False)):
        text = words(browser_of(getattr(house, who)).get(page(recalled)))
        assert ("edge-1" in text, "withdrawals" in re.sub("Withdrawals", "", text)) == (knows, knows), who
        assert ("Process 1" in text) is not knows
        assert ("Client 1" in text) is not knows


def test_it_counts_to_whom_the_text_was_shown(
    house: House, now: Any, recalled: Publication, browser_of: Any
) -> None:
    reported(recalled.version, now, 3, "one")
    reported(recalled.version, now + timedelta(minutes=2), 2, "two", language="en")
    counts = browser_of(house.lead).get(page(recalled)).context["shown"]
    assert (counts.total, counts.reviewed, counts.proceeded, counts.unreported) == (5, 2, 0, 3)
    assert counts.after == 1
    assert counts.regions == [("HK", 5)]
    assert [count for _, count in counts.clients] == [3, 2]
    assert counts.languages == [("zh-Hant", 3), ("en", 2)]


def test_the_correction_says_what_it_corrects(
    house: House, now: Any, recalled: Publication, browser_of: Any
) -> None:
    assert "Write the correction" in words(browser_of(house.officer).get(page(recalled)))
    assert "Write the correction" not in words(browser_of(house.auditor).get(page(recalled)))
    correction = approved_by_agency(house, now, second_version(recalled.version, house, now))
    review = words(browser_of(house.reviewer).get(reverse("campaigns-review", args=[recalled.campaign_id])))
    assert "It corrects version 1, which was recalled" in review
    assert WHY in review
    flows.approve(
        recalled.campaign_id,
        actor=house.reviewer,
        now=now + timedelta(minutes=1),
        version_id=correction.pk,
        sha256=correction.sha256,
    )
    assert Campaign.objects.get().status == "approved"
    assert "Write the correction" not in words(browser_of(house.officer).get(page(recalled)))


@pytest.mark.parametrize("who", ["officer", "lead", "auditor"])
def test_it_takes_few_queries_however_many_answered(
    house: House, now: Any, recalled: Publication, browser_of: Any, who: str
) -> None:
    browser = browser_of(getattr(house, who))
    reported(recalled.version, now, 2, "one")
    browser.get(page(recalled))
    with CaptureQueriesContext(connection) as few:
        browser.get(page(recalled))
    for number in range(20):
        acknowledged(recalled, pid=number)
    reported(recalled.version, now, 3, "two")
    with CaptureQueriesContext(connection) as many:
        browser.get(page(recalled))
    assert len(many) == len(few) <= 12


def test_a_recall_from_before_anybody_said_so_has_its_page(
    house: House, recalled: Publication, browser_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.review.recallviews.stopping", lambda publication: None)
    assert "before delivery processes said" in words(browser_of(house.officer).get(page(recalled)))


def test_whoever_opens_the_next_version_is_told_what_users_see_meanwhile(
    house: House, now: Any, browser_of: Any
) -> None:
    campaign = published(house, now).campaign
    url = reverse("campaigns-revise", args=[campaign.pk])
    assert "stays live until this one" in browser_of(house.officer).post(url, follow=True).text


def test_whoever_corrects_what_was_recalled_is_told_that_nothing_is_served(
    house: House, recalled: Publication, browser_of: Any
) -> None:
    url = reverse("campaigns-revise", args=[recalled.campaign_id])
    answer = browser_of(house.officer).post(url, follow=True).text
    assert "Nothing of this campaign is served" in answer
    assert "stays live until this one" not in answer
