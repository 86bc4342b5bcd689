"""Fresh proof: an act that asks for the second factor again is set aside, and done once it was given."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.account.signals import authentication_step_completed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from portal.kernel.errors import ProofNeeded


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session proved a second factor within the last minutes; a password never counts."""
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(
        record.get("method") == "mfa" and record.get("at", 0) > since
        for record in get_authentication_records(request, request.user)
    )


@receiver(authentication_step_completed)
def proved(sender: Any, request: HttpRequest, user: Any, method: str, **rest: Any) -> None:
    """What was set aside is done in the request that brings the proof: its actor is fresh from here on."""
    if method == "mfa" and getattr(request, "actor", None) is not None:
        request.actor = replace(request.actor, is_fresh=True)  # type: ignore[attr-defined]


class ProofMiddleware:
    """After PortalErrorMiddleware, so that it is asked first: a page instead of a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A POST is kept in the session whole, so that nothing typed is lost; files cannot be kept."""
        if not isinstance(exception, ProofNeeded) or request.FILES:
            return None
        return suspend_request(request, reverse("mfa_reauthenticate"))
