"""Is this process alive, and is the whole portal ready? /livez and /readyz answer for load balancers.

Ready means proven, not configured: the database with every migration, the cache, the broker, and a task
that the scheduler sent and a worker ran within the last seconds. Features add what they need (the delivery
snapshot does) with `register(name, check)`; a check returns None or a reason that strangers may read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from celery import current_app, shared_task
from celery.signals import beat_init
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.access import public
from portal.database.walls import faults

Check = Callable[[], str | None]

HEARTBEAT_KEY = "health.heartbeat"
# Four beats of five seconds: one late beat does not take a portal out of service.
HEARTBEAT_SECONDS = 20

log = structlog.get_logger(__name__)
_checks: dict[str, Check] = {}
_migrated: set[str] = set()
_confined: set[str] = set()


def register(name: str, check: Check) -> None:
    """Make readiness depend on one more thing; a second registration of a name replaces the first."""
    _checks[name] = check


@shared_task(name="portal.health.heartbeat")
def heartbeat() -> None:
    """Only the scheduler sends this and only a worker runs it, so the key proves both. It expires by the
    cache's own clock: machines need not agree on the time."""
    cache.set(HEARTBEAT_KEY, 1, timeout=HEARTBEAT_SECONDS)


@beat_init.connect
def first_heartbeat(**_kwargs: Any) -> None:
    """The first beat comes at the scheduler's start, so that a start need not wait for an interval."""
    heartbeat.apply_async(expires=HEARTBEAT_SECONDS)


def database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    # The code's migrations do not change while it runs: once applied is applied, and reading them is slow.
    name = connection.settings_dict["NAME"]
    if name not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are not applied"
        _migrated.add(name)
    return None


def database_role() -> str | None:
    # What a role may do changes by hands that restart processes; the answer is for strangers, so no detail.
    if settings.DATABASE_URL not in _confined:
        if found := faults(settings.DATABASE_URL):
            log.error("the database role is not confined", faults=found)
            return "is not confined: see manage.py check --database default"
        _confined.add(settings.DATABASE_URL)
    return None


def cached() -> str | None:
    cache.set("health.cache", "here", timeout=60)
    return None if cache.get("health.cache") == "here" else "does not keep what it is given"


def broker() -> str | None:
    # The very application that this process sends its tasks with, in the thread that would send them.
    with current_app.connection_for_write() as link:
        link.connect()
        link.default_channel.client.ping()
    return None


def worker() -> str | None:
    if cache.get(HEARTBEAT_KEY) is None:
        return f"no scheduled task has been run for {HEARTBEAT_SECONDS} seconds"
    return None


register("database", database)
register("database role", database_role)
register("cache", cached)
register("broker", broker)
register("worker", worker)


def report() -> dict[str, str]:
    """Every check's name with "ok" or the reason why not."""
    found = {}
    for name, check in _checks.items():
        try:
            found[name] = check() or "ok"
        except Exception as problem:
            # Whatever broke, its message may name hosts or accounts: it goes to the log alone.
            log.warning("health check failed", check=name, problem=f"{type(problem).__name__}: {problem}")
            found[name] = "does not answer"
    return found


@public("a load balancer asks whether this process still answers")
@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


@public("a load balancer asks whether all that a request needs is up")
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    checks = report()
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
