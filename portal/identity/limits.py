"""How long a session lives: half an hour without a page, twelve hours in all, and never in another browser.

The server judges, whatever the cookie says. “Last seen” is kept to the minute in the cache, and in the list
of sessions as often: a write at every page would cost more than the page. What was being sent when a session
was found to be over is kept for the person, who finds it after signing in again.
"""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.identity import events
from portal.identity.browsers import browser_of
from portal.identity.keeping import keep
from portal.identity.people import TRAIL, actor_for, address_of, session_of
from portal.kernel.actor import Actor
from portal.models import User
from portal.ui.errors import API_PREFIX
from portal.ui.typed import typed

SEEN_SECONDS = 60
OPENED = "opened_at"
KEPT = "kept_form"
KEPT_SECONDS = 60 * 60
SAFE = ("GET", "HEAD", "OPTIONS")


class SessionLimitMiddleware:
    """After CsrfViewMiddleware, whose process_view must judge a form before it is kept, and before
    LoginRequiredMiddleware, whose process_view would send the person to sign in without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session_over = None  # type: ignore[attr-defined]
        if request.user.is_authenticated and request.session.session_key:
            over = self._judge(request)
            if over:
                request.session_over = (over, str(request.user.pk))  # type: ignore[attr-defined]
                end_here(request, over)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        over = request.session_over  # type: ignore[attr-defined]
        if over:
            messages.info(request, why(over[0]))
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.method in SAFE or request.path.startswith(API_PREFIX):
            return None
        if over:
            request.session[KEPT] = keep(request, person_id=over[1], back="")
            return redirect(f"{reverse('account_login')}?next={reverse('sessions-kept')}")
        # Ended from elsewhere, or by a supervisor: we do not know whose it was, so the answer is all we have.
        if words := typed(request.POST):
            return render(request, "account/signed_out.html", {"typed": words}, status=403)
        return redirect("account_login")

    def _judge(self, request: HttpRequest) -> str:
        """Why the session is over, or "". Without anything due this costs one look into the cache."""
        now = time.time()
        if now - request.session.get(OPENED, now) >= settings.SESSION_HOURS * 3600:
            return "absolute"
        key, place = f"session-seen.{request.session.session_key}", _place(request)
        cached = cache.get(key)
        seen = cached or self._listed(request)
        if seen and now - seen["at"] >= settings.SESSION_IDLE_MINUTES * 60 + SEEN_SECONDS:
            return "idle"
        if seen and browser_of(seen["place"][1]) != browser_of(place[1]):
            return "browser"
        if seen is None or seen["place"] != place or now - seen["at"] >= SEEN_SECONDS:
            enlist(request)
            cached = None
        if cached is None:
            cache.set(key, {"at": now, "place": place}, timeout=settings.SESSION_HOURS * 3600)
        return ""

    def _listed(self, request: HttpRequest) -> dict[str, Any] | None:
        """What the list says, when the cache has lost it."""
        listed = UserSession.objects.filter(session_key=request.session.session_key).first()
        if listed is None:
            return None
        return {"at": listed.last_seen_at.timestamp(), "place": [listed.ip, listed.user_agent]}


def enlist(request: HttpRequest) -> None:
    """Bring the list of sessions up to date with this one, under its trail."""
    UserSession.objects.create_from_request(request)
    UserSession.objects.filter(session_key=request.session.session_key).exclude(data__has_key=TRAIL).update(
        data={TRAIL: session_of(request)}
    )


def end_here(request: HttpRequest, over: str) -> None:
    """End the session that asks, and write down why."""
    user, key = User.objects.get(pk=str(request.user.pk)), request.session.session_key
    circumstances: dict[str, Any] = {
        "ip": address_of(request),
        "request_id": getattr(request, "request_id", ""),
        "session": session_of(request),
    }
    actor = actor_for(user, **circumstances) or Actor(
        kind="person", id=str(user.pk), label=user.name, **circumstances
    )
    with transaction.atomic():
        # Two requests of one page find the same end: one of them writes it down.
        if UserSession.objects.filter(session_key=key).delete()[0]:
            data: dict[str, Any] = {"limit": over}
            if over == "browser":
                data["browser"] = list(browser_of(request.META.get("HTTP_USER_AGENT", "")))
            record(events.SESSION_EXPIRED, actor=actor, subject=user, at=timezone.now(), data=data)
    request.session.flush()
    request.user = AnonymousUser()


def why(over: str) -> str:
    if over == "idle":
        return _("You were signed out after %(minutes)d minutes without activity. Sign in to go on.") % {
            "minutes": settings.SESSION_IDLE_MINUTES
        }
    if over == "absolute":
        return _("A session lasts %(hours)d hours at most. Sign in to go on.") % {
            "hours": settings.SESSION_HOURS
        }
    return _("Your session was opened in another browser, so it was ended here. Sign in to go on.")


def _place(request: HttpRequest) -> list[str | None]:
    length = UserSession._meta.get_field("user_agent").max_length
    return [address_of(request), request.META.get("HTTP_USER_AGENT", "")[:length]]
