"""The delivery roles, without Django's apps: `application` (WSGI) is the hot path, `stream` (ASGI) the
streams.

Of Django they need its settings alone: no models, no sessions, no templates. With PORTAL_ROLE=delivery they
need no secret either but the key with which they sign snapshots (portal.settings).
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

from campaigns.delivery.edge import Edge
from campaigns.delivery.stream import AsyncStreams, Streams
from portal.logs import configure

configure(settings.LOGGING)

# One thread serves the hot path, and no stream may hold it.
application = Edge(behind=None, streams=Streams(0))
stream = AsyncStreams(Edge(behind=None))
