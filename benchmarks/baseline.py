"""The yardsticks beside nginx: the edge's answer from plain Django views, with the middleware of every page.

`held` answers with bytes that this process holds, `queried` asks the database once for what it then composes.
Both judge the caller's key by what they read when they began.
"""

import hashlib
import os
import time
from functools import lru_cache

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402 - needs the settings that have just been loaded
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns.client.publication import TYP  # noqa: E402
from campaigns.delivery import load  # noqa: E402
from campaigns.delivery.publish import signed_content  # noqa: E402
from campaigns.delivery.snapshot import EVENT_KINDS, Snapshot  # noqa: E402
from campaigns.models import PublicationSignature  # noqa: E402
from portal.access import public  # noqa: E402

settings.ROOT_URLCONF = "benchmarks.baseline"
ON_LOOPBACK = "a yardstick on the loopback address"


@lru_cache(maxsize=1)
def _snapshot() -> Snapshot:
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as connection:
        return load.load(connection)[0]


def _is_known(request: HttpRequest) -> bool:
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hashlib.sha256(key.encode()).hexdigest() in _snapshot().keys


@public(ON_LOOPBACK)
def held(request: HttpRequest) -> HttpResponse:
    if not _is_known(request):
        return JsonResponse({"code": "key-unknown"}, status=401)
    region = request.GET["region"]
    live = _snapshot().selection.live(region, request.GET["language"], time.time())
    answer = _snapshot().answer(region, live)
    return HttpResponse(answer.body, content_type="application/json")


@public(ON_LOOPBACK)
def queried(request: HttpRequest) -> HttpResponse:
    if not _is_known(request):
        return JsonResponse({"code": "key-unknown"}, status=401)
    now = timezone.now()
    region, language = request.GET["region"], request.GET["language"]
    live = PublicationSignature.objects.filter(
        publication__campaign__regions__contains=[region],
        publication__campaign__agency__status="approved",
        publication__recalled_at=None,
        publication__starts_at__lte=now,
        publication__ends_at__gt=now,
    ).select_related("publication__version")
    found = []
    for each in live.order_by("-publication__campaign__priority"):
        content = each.publication.version.content
        found.append(
            {
                "publication": signed_content(each.publication) | {"typ": TYP, "key": each.key},
                "signature": each.signature,
                "language": language,
                "agency": content["agency"]["name"][language],
                "warning": content["texts"][language],
                "variant": None,
                "events": EVENT_KINDS,
            }
        )
    return JsonResponse({"region": region, "campaigns": found}, json_dumps_params={"ensure_ascii": False})


urlpatterns = [path("held", held), path("queried", queried)]
