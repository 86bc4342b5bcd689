"""The client against a real portal: what it shows, how soon a recall reaches it, what it does without."""

import json
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from campaigns.client import Shown, Situation
from campaigns.models import DeliveryAcknowledgement
from campaigns.review import flows as review
from tests.campaigns.client.conftest import within
from tests.campaigns.warnings import published

pytestmark = pytest.mark.django_db(transaction=True)


def headlines(client: Any, *asked: Any, **more: Any) -> list[str]:
    return [each.text["headline"] for each in client.warnings(*asked or ("HK", "en"), **more)]


def test_it_shows_what_the_portal_would_answer(served, house, now, client_of):
    version = published(house, now)
    client = client_of(served)
    client.start(wait=5)
    [warning] = client.warnings("hk", "zh-HK")
    [answered] = served.get("active?region=HK&language=zh-HK").json()["campaigns"]
    assert dict(warning.publication.document) == answered["publication"]
    assert dict(warning.text) == answered["warning"] == version.content["texts"]["zh-Hant"]
    assert (warning.language, warning.agency) == (answered["language"], answered["agency"])
    assert client.warnings("SE") == ()
    status = client.status()
    assert (status.is_confirmed, status.problem) == (True, "")


def test_a_publication_and_a_recall_reach_it_by_the_stream(served, house, now, client_of):
    client = client_of(served, poll=60)
    client.start(wait=5)
    assert headlines(client) == []
    version = published(house, now)
    assert within(2, lambda: headlines(client))
    recalled_at = time.monotonic()
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    assert within(2, lambda: not headlines(client))
    assert time.monotonic() - recalled_at < 1.0


def test_it_tells_the_portal_which_revision_it_answers_with(served, house, now, client_of):
    client = client_of(served)
    client.start(wait=5)
    version = published(house, now)
    assert within(2, lambda: headlines(client))
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    version.publication.refresh_from_db()
    said = DeliveryAcknowledgement.objects.filter(
        process__client__isnull=False, revision__gte=version.publication.recall_revision
    )
    assert within(3, said.exists)
    assert said.get().stopped_at >= version.publication.recall_announced_at


def test_conditions_and_windows_are_judged_here(served, house, now, client_of):
    published(house, now, assets=["USDT"])
    published(house, now, title="Tomorrow", starts_at=now + timedelta(days=1))
    client = client_of(served)
    client.start(wait=5)
    assert len(headlines(client, "HK", "en")) == 1
    assert len(headlines(client, "HK", "en", Situation(asset="USDT"))) == 1
    assert headlines(client, "HK", "en", Situation(asset="BTC")) == []


def test_a_showing_rule_counts_what_was_reported(served, house, now, client_of):
    published(house, now, show_at_most=2, show_per_days=7)
    client = client_of(served)
    client.start(wait=5)
    for number in range(2):
        [warning] = client.warnings("HK", "en", subject="u-1")
        client.report(warning, "shown", region="HK", reference=f"w-00000{number}", subject="u-1")
    assert client.warnings("HK", "en", subject="u-1") == ()
    assert len(client.warnings("HK", "en", subject="u-2")) == 1
    # Without a subject the rule is the caller's to keep.
    assert len(client.warnings("HK", "en")) == 1


def test_it_starts_without_the_portal_with_what_it_kept(served, house, now, client_of):
    published(house, now, unconfirmed_seconds=3600)
    first = client_of(served)
    first.start(wait=5)
    assert headlines(first)
    first.close()
    away = type("Away", (), {"url": "http://127.0.0.1:9", "key": served.key})
    second = client_of(away)
    began = time.monotonic()
    assert headlines(second)
    assert time.monotonic() - began < 0.5
    assert not second.status().is_confirmed
    assert second.status().age < 60


def test_what_may_not_be_shown_unconfirmed_is_not_shown_from_disk(served, house, now, client_of):
    published(house, now)
    first = client_of(served)
    first.start(wait=5)
    assert headlines(first)
    first.close()
    away = type("Away", (), {"url": "http://127.0.0.1:9", "key": served.key})
    assert headlines(client_of(away)) == []


def test_a_bootstrap_is_for_the_very_first_start(
    served, house, now, client_of, tmp_path, monkeypatch, capsys
):
    from campaigns.client.__main__ import main

    published(house, now, unconfirmed_seconds=3600)
    assert within(3, lambda: served.get("active?region=HK").status_code == 200)
    monkeypatch.setenv("CAMPAIGNS_KEY", served.key)
    file = tmp_path / "bootstrap.json"
    assert main(["fetch", served.url, "--out", str(file), "--regions", "HK"]) == 0
    assert main(["show", str(file), "--region", "HK", "--language", "en"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["language"] == "en"
    away = type("Away", (), {"url": "http://127.0.0.1:9", "key": served.key})
    assert headlines(client_of(away, bootstrap=file, directory=tmp_path / "new"))


def test_events_reach_the_portal_once(served, house, now, client_of):
    from campaigns.models import OutcomeEvent

    published(house, now)
    client = client_of(served)
    client.start(wait=5)
    [warning] = client.warnings("HK", "en")
    ids = {client.report(warning, "shown", region="HK", reference="w-5f0c2d9a71")}
    ids.add(client.report(warning, "reviewed", region="HK", reference="w-5f0c2d9a71", part="resource"))
    ids.add(client.report(warning, "reconsidered", region="HK", reference="w-5f0c2d9a71"))
    assert within(5, lambda: OutcomeEvent.objects.count() == 3)
    assert {str(each) for each in OutcomeEvent.objects.values_list("pk", flat=True)} == ids
    assert within(2, lambda: client.status().outcomes.get("accepted") == 3)
    # It is counted before its file is removed.
    assert within(2, lambda: list(client._spool._directory.glob("*.jsonl")) == [])


def test_a_later_step_is_reported_by_another_process_and_after_a_recall(
    served, house, now, client_of, tmp_path
):
    from campaigns.models import OutcomeEvent

    version = published(house, now)
    first = client_of(served)
    first.start(wait=5)
    [warning] = first.warnings("HK", "en")
    kept = json.dumps(asdict(warning.shown))
    first.report(warning, "shown", region="HK", reference="w-5f0c2d9a71")
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    other = client_of(served, directory=tmp_path / "other")
    other.start(wait=5)
    assert within(2, lambda: headlines(other) == [])
    other.report(Shown(**json.loads(kept)), "proceeded", region="hk", reference="w-5f0c2d9a71")
    assert within(5, lambda: OutcomeEvent.objects.count() == 2)
    assert set(OutcomeEvent.objects.values_list("region", "language")) == {("HK", "en")}
