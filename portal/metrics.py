"""/metrics for Prometheus, for whoever has the token of the settings; without one there is no such page.

What delivery processes say of themselves is read from where they say it: one answer tells of all processes on
all hosts, and one that is cut off shows as an age that grows.
"""

import hmac
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from portal import health
from portal.access import public

_collectors: list[Any] = []


def register(collect: Any) -> None:
    """`collect(registry)` adds its gauges to a registry that is made for each answer."""
    _collectors.append(collect)


@public("a monitor has a token of its own and no account")
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    registry = CollectorRegistry()
    ready = Gauge("portal_ready", "1 if this check of /readyz passes", ["check"], registry=registry)
    for name, state in health.report().items():
        ready.labels(name).set(state == "ok")
    with connection.cursor() as cursor:
        for collect in _collectors:
            collect(registry, cursor)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
