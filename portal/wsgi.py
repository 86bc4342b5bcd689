"""The web role: the delivery edge and a few streams in front, Django behind them."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_django = get_wsgi_application()

from campaigns.delivery.edge import Edge  # noqa: E402 - needs the settings that Django has just loaded
from campaigns.delivery.stream import Streams  # noqa: E402

# Of the threads that a process has (8 in the image's command), so many may be held by streams.
STREAMS = 3

application = Edge(behind=_django, streams=Streams(STREAMS))
