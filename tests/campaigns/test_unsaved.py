"""What is typed and not saved: kept for the one who typed it, never part of the draft, never lost unasked."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisConnectionError

from campaigns.authoring import unsaved
from campaigns.models import Campaign, UnsavedText
from portal.kernel.errors import Forbidden, Invalid, NotVisible
from portal.models import AuditEvent
from tests.campaigns.warnings import drafted

pytestmark = pytest.mark.django_db


def typed(**fields: str) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in ({"title": "Half a title", "languages": "en"} | fields).items():
        found.setlist(name, [value])
    return found


def test_what_is_typed_is_kept_beside_the_draft_and_not_in_it(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    acts = AuditEvent.objects.count()
    unsaved.keep(campaign.pk, actor=house.officer, now=now, fields=typed())
    unsaved.keep(campaign.pk, actor=house.officer, now=now + timedelta(seconds=3), fields=typed(title="More"))
    kept = UnsavedText.objects.get()
    assert kept.fields == {"title": ["More"], "languages": ["en"]}
    campaign.refresh_from_db()
    assert (campaign.title, campaign.revision) == ("Fake investment groups", 1)
    assert AuditEvent.objects.count() == acts


def test_it_is_offered_taken_up_and_gone_with_the_save(house: Any, now: Any, sign_in: Any) -> None:
    browser = sign_in(house.officer)
    browser.post(reverse("campaigns-create-keep"), {"title": "Fake jobs at night", "languages": ["en", "ja"]})
    page = browser.get(reverse("campaigns-create"))
    assert "You typed something that is not saved" in page.text
    assert "Fake jobs at night" not in page.text
    taken_up = browser.get(reverse("campaigns-create"), {"unsaved": "1"})
    assert "Fake jobs at night" in taken_up.text
    assert 'name="headline_ja"' in taken_up.text
    assert UnsavedText.objects.count() == 1
    browser.post(reverse("campaigns-create-forget"))
    assert UnsavedText.objects.count() == 0


def test_text_that_was_kept_does_not_pass_over_a_later_save_unseen(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    browser = sign_in(house.officer)
    browser.post(reverse("campaigns-keep", args=[campaign.pk]), {"title": "Mine", "revision": "1"})
    Campaign.objects.filter(pk=campaign.pk).update(revision=2)  # another officer saved
    page = browser.get(reverse("campaigns-edit", args=[campaign.pk]), {"unsaved": "1"})
    assert 'name="revision" value="1"' in page.text


def test_nobody_keeps_text_for_what_is_not_the_own_agencys(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    with pytest.raises(NotVisible):
        unsaved.keep(campaign.pk, actor=house.outsider, now=now, fields=typed())
    with pytest.raises(Forbidden):
        unsaved.keep(None, actor=house.reviewer, now=now, fields=typed())
    assert UnsavedText.objects.count() == 0


def test_each_person_has_a_text_of_their_own(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    unsaved.keep(campaign.pk, actor=house.officer, now=now, fields=typed(title="One"))
    unsaved.keep(campaign.pk, actor=house.supervisor, now=now, fields=typed(title="Two"))
    kept = unsaved.kept_by(house.officer, campaign.pk)
    assert kept is not None
    assert kept.fields["title"] == ["One"]
    assert unsaved.kept_by(house.second_officer, campaign.pk) is None


def test_hostile_text_is_kept_or_refused_and_never_breaks(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    odd = "a\x00b\u202e<script>\ud7ff"
    unsaved.keep(campaign.pk, actor=house.officer, now=now, fields=typed(title=odd))
    assert UnsavedText.objects.get().fields["title"] == [odd.replace("\x00", "")]
    with pytest.raises(Invalid):
        unsaved.keep(campaign.pk, actor=house.officer, now=now, fields=typed(body_en="x" * 500_000))
    answer = sign_in(house.officer).get(reverse("campaigns-edit", args=[campaign.pk]), {"unsaved": "1"})
    assert answer.status_code == 200
    assert "<script>\ud7ff" not in answer.text


def test_two_at_one_draft_are_told_of_each_other(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    assert list(unsaved.also_here(campaign, house.officer)) == []
    assert list(unsaved.also_here(campaign, house.second_officer)) == [house.officer.label]
    assert list(unsaved.also_here(campaign, house.officer)) == [house.second_officer.label]


def test_who_has_left_is_no_longer_named(house: Any, now: Any, monkeypatch: Any) -> None:
    campaign = drafted(house, now)
    unsaved.also_here(campaign, house.officer)
    later = unsaved.time.time() + unsaved.SEEN_SECONDS + 1
    monkeypatch.setattr(unsaved.time, "time", lambda: later)
    assert list(unsaved.also_here(campaign, house.second_officer)) == []


def test_a_beat_tells_of_a_save_by_somebody_else(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    answer = sign_in(house.officer).post(reverse("campaigns-keep", args=[campaign.pk])).json()
    assert (answer["revision"], "kept" in answer) == (1, False)
    assert UnsavedText.objects.count() == 0


def test_a_draft_is_looked_at_as_it_is_typed(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    fields = {
        "title": "x", "languages": ["en"], "default_language": "en", "regions": ["HK"],
        "headline_en": "Be careful <b>now</b>", "body_en": "", "tips-TOTAL_FORMS": "1",
        "tips-INITIAL_FORMS": "0",
        "tips-0-text_en": "Hang up.", "resources-TOTAL_FORMS": "1", "resources-INITIAL_FORMS": "0",
        "resources-0-name_en": "Line", "resources-0-url": "not an address", "ends_at": "nonsense",
    }  # fmt: skip
    answer = sign_in(house.officer).post(reverse("campaigns-look", args=[campaign.pk]), fields)
    assert answer.status_code == 200
    assert "Be careful &lt;b&gt;now&lt;/b&gt;" in answer.text
    assert "Hang up." in answer.text
    assert "could stand over any warning" in answer.text
    assert "not an address is not https" in answer.text
    campaign.refresh_from_db()
    assert campaign.revision == 1


def test_without_the_cache_the_page_still_opens(house: Any, now: Any, sign_in: Any, monkeypatch: Any) -> None:
    campaign = drafted(house, now)
    browser = sign_in(house.officer)

    read = cache.get

    def gone(key: str, *args: Any, **options: Any) -> Any:
        if key.startswith("campaigns:editing:"):
            raise RedisConnectionError
        return read(key, *args, **options)

    monkeypatch.setattr(cache, "get", gone)
    assert browser.get(reverse("campaigns-edit", args=[campaign.pk])).status_code == 200
