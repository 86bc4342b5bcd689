"""The browsers a person has signed in with. A cookie for each person names one; alone it opens nothing.

It spares its owner the lock-out that strangers could cause (portal.identity.guessing), and a browser without
it is new: the person is told, and freezes and emergencies wait.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.identity import flows
from portal.identity.browsers import browser_of
from portal.identity.people import address_of
from portal.kernel.actor import Actor
from portal.models import KnownDevice, User

DEVICE = "device"  # in the session: its id, and until when it cools off
COOKIE_SECONDS = 400 * 24 * 60 * 60  # browsers keep none for longer
TOKEN_BYTES = 32


def cookie_name(person_id: UUID) -> str:
    return f"{settings.DEVICE_COOKIE_NAME}_{hashlib.sha256(person_id.bytes).hexdigest()[:16]}"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(request: HttpRequest, person_id: UUID) -> str:
    token = request.COOKIES.get(cookie_name(person_id), "")
    return token if len(token) <= 100 else ""


def recognised(request: HttpRequest, user: User) -> KnownDevice | None:
    """The known device that asks, before anyone has signed in."""
    token = token_of(request, user.pk)
    if not token:
        return None
    return KnownDevice.objects.filter(person=user, token_sha256=digest(token), forgotten_at=None).first()


def remember(request: HttpRequest, user: User, actor: Actor) -> None:
    """After a full sign-in: the device is known from now on, and the session carries what pages need."""
    token = token_of(request, user.pk) or secrets.token_urlsafe(TOKEN_BYTES)
    browser, system = browser_of(request.META.get("HTTP_USER_AGENT", ""))
    now, ip = timezone.now(), address_of(request)
    device = flows.meet(digest(token), actor=actor, now=now, browser=browser, system=system, ip=ip)
    while device is None:  # the token is another person's, or of a device that was forgotten
        token = secrets.token_urlsafe(TOKEN_BYTES)
        device = flows.meet(digest(token), actor=actor, now=now, browser=browser, system=system, ip=ip)
    until = device.cooling_until
    request.session[DEVICE] = {
        "id": str(device.pk),
        "cooling_until": until.timestamp() if until and until > now else None,
    }
    request.device_cookie = (cookie_name(user.pk), token)  # type: ignore[attr-defined]


def cooling_until(request: HttpRequest) -> datetime | None:
    """Of the session's device, without a query."""
    until = request.session.get(DEVICE, {}).get("cooling_until")
    return datetime.fromtimestamp(until, UTC) if until else None


class DeviceCookieMiddleware:
    """Hands the browser the cookie of the device that has just become known, or renews its time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        name, token = getattr(request, "device_cookie", ("", ""))
        if token:
            response.set_cookie(
                name,
                token,
                max_age=COOKIE_SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
