"""Who is asking, and with which proof. Both gates stand before every view."""

import hashlib
from collections.abc import Callable

import structlog
from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access import scope_of
from portal.identity.people import actor_for, address_of, session_of
from portal.identity.proof import is_fresh
from portal.identity.stages import FACTOR_AT_PROVIDER
from portal.kernel.actor import Actor

Handler = Callable[[HttpRequest], HttpResponse]
ENROLLED = "second_factor_enrolled"
SEEN_SECONDS = 60

# All that a person may reach between the password and the first second factor.
ENROLMENT = frozenset(
    {
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "account_logout",
        "account_reauthenticate",
        "set_language",
    }
)


class ActorMiddleware:
    """request.actor: always there. Who lost the role or the agency's standing is signed out at once."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = Actor.anonymous()
        timezone.deactivate()
        if request.user.is_authenticated:
            person = actor_for(
                request.user,
                ip=address_of(request),
                request_id=getattr(request, "request_id", ""),
                session=session_of(request),
                is_fresh=is_fresh(request),
            )
            if person is None:
                logout(request)
                messages.error(request, _("Your access has ended. Ask your supervisor or the exchange."))
                return redirect("account_login")
            actor = person
            timezone.activate(request.user.time_zone)
            structlog.contextvars.bind_contextvars(actor=actor.id)
        request.actor = actor  # type: ignore[attr-defined]
        with scope_of(actor):
            response = self.get_response(request)
        if actor.kind == "person" and not response.has_header("Cache-Control"):
            # On a shared desktop the next person must not find these pages behind the Back button.
            response["Cache-Control"] = "private, no-store"
        return response


class SessionActivityMiddleware:
    """Keeps “last seen” of a person's sessions, to the minute: a write at every page would cost more than the
    page. Another address or browser is noticed at once."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.session_key and self._is_due(request):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _is_due(self, request: HttpRequest) -> bool:
        seen = (request.session.session_key, address_of(request), request.META.get("HTTP_USER_AGENT", ""))
        key = hashlib.sha256(repr(seen).encode()).hexdigest()
        return bool(cache.add(f"session-seen.{key}", 1, timeout=SEEN_SECONDS))


class SecondFactorMiddleware:
    """Everyone has a second factor: without one only its enrolment is reachable."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable, args: list, kwargs: dict
    ) -> HttpResponse | None:
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.session.get(ENROLLED) or has_second_factor(request):
            return None
        if request.resolver_match and request.resolver_match.view_name in ENROLMENT:
            return None
        if is_mfa_enabled(request.user):
            logout(request)
            return redirect("account_login")
        return redirect("mfa_activate_totp")


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor (a passkey counts: it verifies its user).

    So does one that the agency's provider vouched for, of people who have a factor of the portal as well.
    """
    return any(
        record.get("method") == "mfa"
        or (record.get("method") == FACTOR_AT_PROVIDER and not record.get("reauthenticated"))
        for record in get_authentication_records(request, request.user)
    )
