"""CAP 1.2: valid by the schema, updates and cancels that name what they replace, the Atom feed."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, tostring

import pytest
import xmlschema
from defusedxml import ElementTree as xml
from django.urls import reverse

from campaigns.authoring.flows import create, edit, revise
from campaigns.models import Publication
from campaigns.public import cap
from campaigns.public.feed import entries
from campaigns.review.flows import recall
from tests.campaigns.warnings import audience, drafted, published, submitted, text
from tests.people import House

pytestmark = pytest.mark.django_db

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("cap12.xsd"))
NAMES = {"cap": cap.NAMESPACE, "atom": "http://www.w3.org/2005/Atom"}


def fetched(client: Any, publication: Publication, kind: str = "alert") -> Element:
    answer = client.get(reverse(f"cap-{kind}", args=[publication.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/cap+xml")
    SCHEMA.validate(answer.content.decode())
    return xml.fromstring(answer.content)


def said(alert: Element, path: str) -> str | None:
    return alert.findtext("/".join(f"cap:{step}" for step in path.split("/")), namespaces=NAMES)


def next_version(house: House, now: Any, publication: Publication, **changes: Any) -> Publication:
    campaign = revise(publication.campaign_id, actor=house.officer, now=now)
    campaign = edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision,
        audience=audience(now, **changes), text=text("A sharper headline"),
    )  # fmt: skip
    return published(house, now, submitted(house, now, campaign)).publication


def test_a_first_version_is_an_alert_with_one_info_a_language(house: House, now: Any, client: Any) -> None:
    version = published(house, now)
    alert = fetched(client, version.publication)
    assert said(alert, "identifier") == str(version.publication.pk)
    assert said(alert, "sender") == house.ours.domains[0]
    assert (said(alert, "status"), said(alert, "msgType"), said(alert, "scope")) == (
        "Actual",
        "Alert",
        "Public",
    )
    assert said(alert, "references") is None
    assert str(said(alert, "sent")).endswith("-00:00")
    infos = alert.findall("cap:info", NAMES)
    assert sorted(str(said(info, "language")) for info in infos) == sorted(version.content["texts"])
    english = next(info for info in infos if said(info, "language") == "en")
    assert said(english, "headline") == text().headline["en"]
    assert said(english, "instruction") == "Call the helpline."
    assert said(english, "area/geocode/value") == "HK"
    assert said(english, "area/geocode/valueName") == "ISO3166-1"
    digests = [
        each.findtext("cap:value", namespaces=NAMES) for each in english.findall("cap:parameter", NAMES)
    ]
    assert version.sha256 in digests


def test_the_next_version_updates_and_a_recall_cancels_what_they_name(
    house: House, now: Any, client: Any
) -> None:
    first = published(house, now).publication
    second = next_version(house, now + timedelta(hours=1), first)
    update = fetched(client, second)
    assert (said(update, "msgType"), said(update, "references")) == ("Update", cap.reference(first))
    recall(first.campaign_id, actor=house.supervisor, now=now + timedelta(hours=2), why="A secret reason.")
    second.refresh_from_db()
    cancelled = fetched(client, second, "cancel")
    assert (said(cancelled, "msgType"), said(cancelled, "references")) == ("Cancel", cap.reference(second))
    assert said(cancelled, "identifier") != said(update, "identifier")
    assert said(cancelled, "info/description") is None
    assert "secret" not in tostring(cancelled, encoding="unicode")
    assert client.get(reverse("cap-alert", args=[second.pk])).status_code == 410


def test_a_correction_updates_what_was_recalled_and_names_its_cancel(
    house: House, now: Any, client: Any
) -> None:
    first = published(house, now).publication
    recall(first.campaign_id, actor=house.supervisor, now=now + timedelta(hours=1), why="Moved.")
    first.refresh_from_db()
    correction = next_version(house, now + timedelta(hours=2), first)
    update = fetched(client, correction)
    assert said(update, "msgType") == "Update"
    references = str(said(update, "references")).split()
    assert references == [cap.reference(first), cap.reference(first, cap.CANCEL)]
    cancelled = fetched(client, first, "cancel")
    assert references[1] == ",".join(str(said(cancelled, name)) for name in ("sender", "identifier", "sent"))
    listed = [(each.kind, each.publication.pk) for each in entries("HK", now + timedelta(hours=3))]
    assert listed == [("alert", correction.pk), ("cancel", first.pk)]


def test_what_was_not_recalled_has_no_cancel_and_nothing_else_is_found(
    house: House, now: Any, client: Any
) -> None:
    version = published(house, now)
    assert client.get(reverse("cap-cancel", args=[version.publication.pk])).status_code == 404
    assert client.get(reverse("cap-alert", args=[version.pk])).status_code == 404


def test_an_exercise_is_marked_as_one_and_reaches_nobody(house: House, now: Any, client: Any) -> None:
    publication = published(house, now).publication
    house.ours.is_training = True
    publication.version.content["agency"]["training"] = True
    assert b"<status>Exercise</status>" in cap.document(publication, None)
    house.ours.save(update_fields=["is_training"])
    assert client.get(reverse("cap-alert", args=[publication.pk])).status_code == 404
    assert entries("HK", now) == []


def test_an_evergreen_warning_expires_never(house: House, now: Any, client: Any) -> None:
    publication = published(house, now, ends_at=None).publication
    assert said(fetched(client, publication), "info/expires") is None


@pytest.mark.parametrize("words", ["<b>&\"'</b>]]>", "\u200f marked", "line\u2028end", "😀 \U0001f6a8"])
def test_hostile_words_stay_words_and_valid(house: House, now: Any, client: Any, words: str) -> None:
    campaign = create(actor=house.officer, now=now, audience=audience(now), text=text(words))
    publication = published(house, now, submitted(house, now, campaign)).publication
    infos = fetched(client, publication).findall("cap:info", NAMES)
    assert words in [said(info, "headline") for info in infos]


def feed(client: Any, region: str = "HK") -> list[Element]:
    answer = client.get(reverse("cap-feed", args=[region]))
    assert answer["Content-Type"].startswith("application/atom+xml")
    return xml.fromstring(answer.content).findall("atom:entry", NAMES)


def test_the_feed_lists_what_is_published_and_links_its_document(house: House, now: Any, client: Any) -> None:
    assert feed(client) == []
    publication = published(house, now).publication
    [entry] = feed(client)
    links = {each.get("type"): each.get("href") for each in entry.findall("atom:link", NAMES)}
    assert str(links["application/cap+xml"]).endswith(reverse("cap-alert", args=[publication.pk]))
    assert feed(client, "SE") == []
    assert client.get("/warnings/XX/feed.atom").status_code == 404


def test_what_looks_like_markup_is_read_as_words_in_the_feed(house: House, now: Any, client: Any) -> None:
    """An entry's summary is HTML to its readers."""
    words = text()
    words.body["zh-hant"] = "先查證 <img src=x onerror=alert(1)> & 再轉出。"
    campaign = create(actor=house.officer, now=now, audience=audience(now), text=words)
    published(house, now, submitted(house, now, campaign))
    feed = xml.fromstring(client.get(reverse("cap-feed", args=["HK"])).content)
    summary = feed.find("atom:entry/atom:summary", NAMES)
    assert summary is not None
    assert summary.get("type") == "html"
    assert summary.text == "先查證 &lt;img src=x onerror=alert(1)&gt; &amp; 再轉出。"


def test_a_draft_is_in_no_feed(house: House, now: Any, client: Any) -> None:
    drafted(house, now)
    submitted(house, now)
    assert feed(client) == []


def test_a_cancel_stays_for_two_days(house: House, now: Any) -> None:
    publication = published(house, now).publication
    recall(publication.campaign_id, actor=house.supervisor, now=now, why="Moved.")
    for hours, kinds in ((0, ["cancel"]), (47, ["cancel"]), (48, []), (49, [])):
        assert [entry.kind for entry in entries("HK", now + timedelta(hours=hours))] == kinds


def test_a_cancel_stays_although_a_successor_would_have_begun_or_its_window_ended(
    house: House, now: Any
) -> None:
    first = published(house, now, ends_at=now + timedelta(hours=6)).publication
    next_version(house, now, first, starts_at=now + timedelta(hours=3))
    assert len(recall(first.campaign_id, actor=house.supervisor, now=now, why="Moved.")) == 2
    for hours in (1, 4, 7, 47):
        found = entries("HK", now + timedelta(hours=hours))
        assert [entry.kind for entry in found] == ["cancel", "cancel"], hours


def test_a_replaced_version_gives_way_to_its_update(house: House, now: Any) -> None:
    first = published(house, now).publication
    second = next_version(house, now + timedelta(hours=1), first)
    assert [each.publication.pk for each in entries("HK", now + timedelta(hours=2))] == [second.pk]
