"""The portal as it would be had somebody forgotten every filter of case support: a server for one test."""

from typing import Any

from django.apps import apps

from portal import wsgi


def unfiltered(self: Any, actor: Any) -> Any:
    return self


application = wsgi.application
type(apps.get_model("casesupport", "CaseRequest").objects.all()).visible_to = unfiltered
