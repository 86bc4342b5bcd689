"""The API behind Django: django-ninja, one key check, every refusal an RFC 9457 problem document."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from ninja.security.base import AuthBase

from campaigns.delivery import problems
from campaigns.delivery.api import router as delivery
from campaigns.delivery.problems import Problem, Refused
from campaigns.outcomes.api import router as outcomes
from portal.clients.authenticate import client_for
from portal.kernel.actor import Actor

REFUSALS = {
    "key-unknown": problems.KEY_UNKNOWN,
    "key-expired": problems.KEY_EXPIRED,
    "key-revoked": problems.KEY_REVOKED,
}


class ClientKey(AuthBase):
    """The bearer's key must carry the scope. The body's size is judged before any of it is read."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Actor:
        parts = request.headers.get("Authorization", "").split()
        if len(parts) != 2 or parts[0].lower() != "bearer":
            raise Refused(problems.KEY_MISSING)
        actor, refusal = client_for(parts[1], timezone.now())
        if actor is None:
            raise Refused(REFUSALS[refusal])
        if self.scope not in actor.scopes:
            raise Refused(problems.scope_missing(self.scope))
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.OUTCOME_MAX_BODY:
            raise Refused(Problem(413, "too-large", f"A call may hold {settings.OUTCOME_MAX_BODY} bytes."))
        return actor


api = NinjaAPI(
    title="Law-Enforcement Partner Portal",
    version="1",
    description="Live warning campaigns for the exchange's withdrawal flow, and what came of them.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)
api.add_router("/campaigns", delivery, auth=None)
api.add_router("/campaigns", outcomes, auth=ClientKey("events:write"))


def problem_response(problem: Problem) -> HttpResponse:
    response = HttpResponse(problem.body, status=problem.status, content_type="application/problem+json")
    for name, value in problem.headers:
        response[name] = value
    return response


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return problem_response(error.problem)


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(problems.KEY_MISSING)


@api.exception_handler(AuthorizationError)
def unauthorised(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(Problem(403, "forbidden", "This key may not do this."))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(Problem(413, "too-large", f"A call may hold {settings.OUTCOME_MAX_BODY} bytes."))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(Problem(error.status_code, "bad-request", str(error)))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Where and why, without echoing what was sent."""
    detail = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors[:5])
    return problem_response(Problem(422, "invalid", detail))


def addresses() -> tuple[Any, ...]:
    """api.urls is rebuilt at each access: read it once. The API checks keys itself, without sign-in."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        view: Any = pattern.callback
        view.login_required = False
        view.public_reason = "clients sign in with a key, checked by the API"
    return patterns, app_name, namespace
