"""Who is asking, and with which proof. Both gates stand before every view."""

from collections.abc import Callable

import structlog
from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access import scope_of
from portal.identity.devices import cooling_until
from portal.identity.lockout import shut_out
from portal.identity.people import actor_for, address_of, session_of
from portal.identity.proof import is_fresh
from portal.identity.stages import FACTOR_AT_PROVIDER
from portal.kernel.actor import Actor
from portal.models import User

Handler = Callable[[HttpRequest], HttpResponse]
ENROLLED = "second_factor_enrolled"

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
                device_cooling_until=cooling_until(request),
            )
            if person is None:
                if request.session.get(ENROLLED) or has_second_factor(request):
                    return shut_out(request, request.user)
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
        if is_mfa_enabled(request.user):
            # Opened by a password while there was no factor yet: enrolment is closed to it too by now.
            logout(request)
            return redirect("account_login")
        if request.resolver_match and request.resolver_match.view_name in ENROLMENT:
            return None
        return redirect("mfa_activate_totp")


def has_second_factor(request: HttpRequest, user: User | None = None) -> bool:
    """Whether this session was opened with a second factor (a passkey counts: it verifies its user).

    So does one that the agency's provider vouched for, of people who have a factor of the portal as well.
    """
    return any(
        record.get("method") == "mfa"
        or (record.get("method") == FACTOR_AT_PROVIDER and not record.get("reauthenticated"))
        for record in get_authentication_records(request, user or request.user)
    )
