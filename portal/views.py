"""The front page for a stranger, the home page for whoever signed in, and the error pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.access import public, requires
from portal.models import Notice
from portal.ui.home import panels_for


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
    """Without a context: whatever broke may be what a context needs."""
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("500.html"), status=500)
