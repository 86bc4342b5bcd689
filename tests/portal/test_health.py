"""/livez and /readyz: what they prove, and what they keep to themselves."""

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from portal import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_heartbeat():
    cache.delete(health.HEARTBEAT_KEY)


@pytest.fixture
def extra():
    """Registers checks that are forgotten after the test."""
    before = dict(health._checks)
    yield health.register
    health._checks.clear()
    health._checks.update(before)


def test_a_stranger_learns_that_the_process_answers(client):
    answer = client.get("/livez")
    assert answer.status_code == 200
    assert answer.json() == {"alive": True}
    assert "no-store" in answer["Cache-Control"]


def test_without_a_task_that_ran_the_portal_is_not_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    report = answer.json()
    assert report["ready"] is False
    assert report["checks"]["worker"] == "no scheduled task has been run for 20 seconds"
    assert {report["checks"][name] for name in ("database", "cache", "broker")} == {"ok"}


def test_the_heartbeat_makes_the_worker_ready_and_is_forgotten_by_the_cache_itself():
    health.heartbeat()
    assert health.report()["worker"] == "ok"
    with redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]) as valkey:
        assert 0 < valkey.ttl(cache.make_key(health.HEARTBEAT_KEY)) <= health.HEARTBEAT_SECONDS


def test_one_reason_makes_the_whole_portal_unready(client, extra):
    health.heartbeat()
    extra("snapshot", lambda: "not confirmed yet")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["snapshot"] == "not confirmed yet"


def test_what_an_exception_says_stays_in_the_log(client, extra):
    def broken():
        raise OSError("password=hunter2 refused by 10.0.0.7")

    extra("mail", broken)
    answer = client.get("/readyz")
    assert answer.json()["checks"]["mail"] == "does not answer"
    assert b"hunter2" not in answer.content


def test_an_unapplied_migration_is_named(monkeypatch):
    monkeypatch.setattr(health, "_migrated", set())
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    assert health.database() == "migrations are not applied"
