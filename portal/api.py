"""The API behind Django: the clients' door, then django-ninja; every refusal an RFC 9457 problem document."""

import time
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from ninja.security.base import AuthBase

from campaigns.component.api import router as component
from campaigns.delivery import problems
from campaigns.delivery.api import router as delivery
from campaigns.delivery.companion import router as companion
from campaigns.delivery.follow import follower
from campaigns.outcomes.api import router as outcomes
from portal.clients.actor import actor_of
from portal.clients.door import address_of, admit
from portal.clients.networks import read_address
from portal.clients.problems import KEY_MISSING, Headers, Problem, Refused
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError

TOO_LARGE = Problem(413, "too-large", f"A call may hold {settings.OUTCOME_MAX_BODY} bytes.")


class ClientKey(AuthBase):
    """The edge's own door, by the same snapshot. The body's size is judged before any of it is read."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_bearerFormat = "lepp_<12 hexadecimal digits>_<43 characters>"
    openapi_description = "The client's key. It has scopes, an end, and the networks and rate of its client."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Actor:
        snapshot = follower.snapshot()
        if snapshot is None:
            raise Refused(problems.UNCONFIRMED)
        key, rate = admit(request.META, snapshot.keys, self.scope, time.time())
        request.rate = rate  # type: ignore[attr-defined]
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.OUTCOME_MAX_BODY:
            raise Refused(TOO_LARGE)
        address = read_address(address_of(request.META))
        return actor_of(
            key.client,
            ip=str(address) if address else None,
            request_id=getattr(request, "request_id", ""),
        )


class Api(NinjaAPI):
    def create_response(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        return with_headers(super().create_response(request, *args, **options), _rate(request))


def _rate(request: HttpRequest) -> Headers:
    """The rate limit's headers, once the door has let the caller in."""
    return getattr(request, "rate", ())


def with_headers(response: HttpResponse, headers: Headers) -> HttpResponse:
    for name, value in headers:
        response[name] = value
    return response


api = Api(
    title="Law-Enforcement Partner Portal",
    version="1",
    description="Live warning campaigns for the exchange's withdrawal flow, and what came of them.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)
api.add_router("/campaigns", delivery, auth=None)
api.add_router("/campaigns", component, auth=None)
api.add_router("/campaigns", companion, auth=ClientKey("campaigns:read"))
api.add_router("/campaigns", outcomes, auth=ClientKey("events:write"))


def problem_response(problem: Problem, rate: Headers = ()) -> HttpResponse:
    response = HttpResponse(problem.body, status=problem.status, content_type="application/problem+json")
    return with_headers(response, (*rate, *problem.headers))


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return problem_response(error.problem, error.rate or _rate(request))


@api.exception_handler(PortalError)
def not_done(request: HttpRequest, error: PortalError) -> HttpResponse:
    return problem_response(Problem(error.status, error.code, str(error.detail)), _rate(request))


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(KEY_MISSING)


@api.exception_handler(AuthorizationError)
def unauthorised(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(Problem(403, "forbidden", "This key may not do this."), _rate(request))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(TOO_LARGE, _rate(request))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(Problem(error.status_code, "bad-request", str(error)), _rate(request))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Where and why, without echoing what was sent."""
    detail = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors[:5])
    return problem_response(Problem(422, "invalid", detail), _rate(request))


def addresses() -> tuple[Any, ...]:
    """api.urls is rebuilt at each access: read it once. The API checks keys itself, without sign-in."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        view: Any = pattern.callback
        view.login_required = False
        view.public_reason = "clients sign in with a key, checked by the API"
    return patterns, app_name, namespace
