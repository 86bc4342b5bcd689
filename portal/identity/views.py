"""One's own sessions: the list, ending one, the others, “this was not me”, and the form that was kept."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import requires
from portal.identity import flows
from portal.identity.browsers import browser_of
from portal.identity.devices import DEVICE
from portal.identity.keeping import kept
from portal.identity.limits import KEPT, KEPT_SECONDS
from portal.identity.people import TRAIL
from portal.identity.proof import come_back
from portal.identity.renewal import renew
from portal.models.device import device_label
from portal.ui.typed import typed

SESSIONS_MAX = 100


@require_safe
@requires("sessions.list")
def list_sessions(request: HttpRequest) -> HttpResponse:
    """Those that still open something: within both limits, and not ended behind the list's back."""
    now = timezone.now()
    listed = UserSession.objects.filter(
        user_id=request.actor.person_id,  # type: ignore[attr-defined]
        last_seen_at__gt=now - timedelta(minutes=settings.SESSION_IDLE_MINUTES + 1),
        created_at__gt=now - timedelta(hours=settings.SESSION_HOURS),
    ).order_by("-last_seen_at")[:SESSIONS_MAX]
    keys = [each.session_key for each in listed]
    alive = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=now).values_list(
            "session_key", flat=True
        )
    )
    here = request.session.session_key
    rows = [
        {
            "trail": each.data.get(TRAIL, ""),
            "label": device_label(*browser_of(each.user_agent)),
            "ip": each.ip,
            "opened_at": each.created_at,
            "seen_at": each.last_seen_at,
            "is_here": each.session_key == here,
        }
        for each in listed
        if each.session_key in alive
    ]
    rows.sort(key=lambda row: not row["is_here"])
    context = {"rows": rows, "idle": settings.SESSION_IDLE_MINUTES, "hours": settings.SESSION_HOURS}
    return render(request, "identity/sessions/list.html", context)


@require_POST
@requires("sessions.end")
def end(request: HttpRequest, trail: str) -> HttpResponse:
    flows.end(trail, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("That session is signed out."))
    return redirect("sessions-list")


@require_POST
@requires("sessions.end_others")
def end_others(request: HttpRequest) -> HttpResponse:
    count = flows.end_others(actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(
        request,
        ngettext("%(count)d other session is signed out.", "%(count)d other sessions are signed out.", count)
        % {"count": count},
    )
    return redirect("sessions-list")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("sessions.disown")
def disown(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "identity/sessions/disown.html")
    now = timezone.now()
    flows.disown(actor=request.actor, now=now)  # type: ignore[attr-defined]
    # Whoever copied this very session holds nothing now; and this device is as new as any other.
    renew(request)
    until = now + timedelta(hours=settings.COOL_OFF_NEW_DEVICE_HOURS)
    request.session[DEVICE] = {"id": "", "cooling_until": until.timestamp()}
    messages.success(
        request,
        _("Every other session is signed out, and those who can help were told. Now choose a new password."),
    )
    return redirect("account_change_password")


@require_safe
@requires("sessions.list")
def alive(request: HttpRequest) -> HttpResponse:
    """Somebody is still there (WCAG 2.2.1): asking counts as activity, as any page does."""
    return HttpResponse(status=204)


@require_safe
@requires("sessions.list")
def waiting(request: HttpRequest, number: str) -> HttpResponse:
    """Where an act waits for its proof; opened again, it says what became of it."""
    return come_back(request, number)


@require_safe
@requires("sessions.list")
def kept_form(request: HttpRequest) -> HttpResponse:
    """What was being sent when the session ended: nothing is done with it until the person sends it again."""
    form = kept(
        request.session.get(KEPT, ""),
        person_id=request.actor.id,  # type: ignore[attr-defined]
        seconds=KEPT_SECONDS,
    )
    if form is None:
        request.session.pop(KEPT, None)
        return redirect("home")
    context = {"form": form, "fields": form.fields.lists(), "typed": typed(form.fields)}
    return render(request, "identity/sessions/kept.html", context)
