"""The web role: the delivery edge in front, Django behind it. `portal.wsgi:delivery` is the edge alone."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_django = get_wsgi_application()

from campaigns.delivery.edge import Edge  # noqa: E402 - needs the settings that Django has just loaded

application = Edge(behind=_django)
delivery = Edge(behind=None)
