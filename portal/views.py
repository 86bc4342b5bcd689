"""The front page for a stranger, the home page for whoever signed in, and the error pages."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from portal.access import public, requires
from portal.models import Notice
from portal.ui.home import panels_for

AWAY = (InterfaceError, OperationalError, RedisError, BrokerError)


@public("tells a stranger what this is")
def front(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "portal/front.html")


@requires("portal.home")
def home(request: HttpRequest) -> HttpResponse:
    """What do I do now: each app contributes the panels that the person's role needs."""
    actor = request.actor  # type: ignore[attr-defined]
    notices = Notice.objects.filter(person_id=actor.person_id).order_by("-created_at")[:10]
    return render(request, "portal/home.html", {"panels": panels_for(actor), "notices": notices})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without a context: whatever broke may be what a context needs. 503 where a server of ours is away."""
    if isinstance(sys.exc_info()[1], AWAY):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "10"})
    return HttpResponse(render_to_string("500.html"), status=500)
