"""Whoever waits for a file to be read sees how far it is; nobody needs to."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisConnectionError

from campaigns.bulk import flows
from campaigns.bulk.progress import EVERY, Progress, note, progress
from campaigns.models.translationimport import ImportStatus
from tests.campaigns.test_bulk import out, rows_of, written
from tests.campaigns.warnings import drafted

pytestmark = pytest.mark.django_db


def test_the_page_says_how_far_the_worker_is(house: Any, now: Any, browser_of: Any) -> None:
    campaign = drafted(house, now)
    made = flows.take_up(
        campaign.pk, actor=house.officer, now=now, language="en",
        file=ContentFile(out(house, now, campaign), name="en.csv"),
    )  # fmt: skip
    page, browser = reverse("campaigns-import", args=[made.pk]), browser_of(house.officer)
    assert "waits for a worker" in browser.get(page).text
    note(made.pk)
    assert "being unpacked" in browser.get(page).text
    note(made.pk, 1200, 5000)
    shown = browser.get(page).text
    assert "1200 of 5000 rows" in shown.replace(",", "")
    assert 'value="1200" max="5000"' in shown
    flows.read(made.pk, now=now)
    assert "<progress" not in browser.get(page).text


def test_rows_are_counted_while_they_are_compared(house: Any, now: Any, monkeypatch: Any) -> None:
    campaign = drafted(house, now)
    rows = rows_of(out(house, now, campaign)) * 20
    heard: list[tuple[Any, ...]] = []
    monkeypatch.setattr(flows, "note", lambda *given: heard.append(given[1:]))
    made = flows.take_up(
        campaign.pk, actor=house.officer, now=now, language="en",
        file=ContentFile(written(rows), name="en.csv"),
    )  # fmt: skip
    flows.read(made.pk, now=now)
    assert heard == [(), *((done, len(rows)) for done in range(0, len(rows), EVERY))]


def test_without_the_cache_the_file_is_read_all_the_same(house: Any, now: Any, monkeypatch: Any) -> None:
    def gone(*args: Any, **options: Any) -> None:
        raise RedisConnectionError

    campaign = drafted(house, now)
    made = flows.take_up(
        campaign.pk, actor=house.officer, now=now, language="en",
        file=ContentFile(out(house, now, campaign), name="en.csv"),
    )  # fmt: skip
    with monkeypatch.context() as away:
        away.setattr(cache, "set", gone)
        away.setattr(cache, "get", gone)
        assert progress(made.pk) is None
        read = flows.read(made.pk, now=now)
    assert read is not None
    assert read.status == ImportStatus.READ
    note(made.pk, 1, 2)
    assert progress(made.pk) == Progress(1, 2)
