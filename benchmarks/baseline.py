"""The yardstick for the edge: the same answer from a plain Django view, with full middleware and queries."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - needs the settings that have just been loaded
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns.models import Publication  # noqa: E402
from portal.access import public  # noqa: E402
from portal.clients.keys import key_digest  # noqa: E402
from portal.models import ClientKey  # noqa: E402

settings.ROOT_URLCONF = "benchmarks.baseline"


@public("a yardstick on the loopback address")
def active(request: HttpRequest) -> JsonResponse:
    now = timezone.now()
    digest = key_digest(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if not ClientKey.objects.usable_at(now).filter(key_sha256=digest).exists():
        return JsonResponse({"code": "key-unknown"}, status=401)
    live = Publication.objects.filter(
        campaign__regions__contains=[request.GET["region"]],
        recalled_at=None,
        starts_at__lte=now,
        ends_at__gt=now,
    ).select_related("version")
    found = []
    for publication in live.order_by("-campaign__priority"):
        version, language = publication.version, request.GET["language"]
        found.append({"version": version.sha256, "warning": version.content["texts"][language]})
    return JsonResponse({"region": request.GET["region"], "campaigns": found})


urlpatterns = [path("api/v1/campaigns/active", active)]
