"""Turns a flow's refusal into an answer: a page for people, application/problem+json for machines."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from portal.kernel.errors import Invalid, PortalError
from portal.ui.typed import written

API_PREFIX = "/api/"
PROBLEM = "application/problem+json"
OF_THE_BODY = ("Content-Type", "Content-Length", "Content-Language")


def problem(error: PortalError, request: HttpRequest) -> dict[str, Any]:
    """RFC 9457, with our stable code and the request's id beside the standard members."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(error.title),
        "status": error.status,
        "code": error.code,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }
    if error.detail:
        body["detail"] = str(error.detail)
    if isinstance(error, Invalid):
        body["errors"] = {name: [str(text) for text in texts] for name, texts in error.errors.items()}
    return body


def answer(request: HttpRequest, error: PortalError) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(problem(error, request), status=error.status, content_type=PROBLEM)
    context = {
        "error": error,
        "errors": error.errors if isinstance(error, Invalid) else {},
        "status": error.status,
        "sent": request.method == "POST",
        "typed": written(request.POST),
    }
    return render(request, "error.html", context, status=error.status)


class ApiProblemMiddleware:
    """Under /api/ every refusal is a problem document, also those that Django makes by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            response.status_code < 400
            or not request.path.startswith(API_PREFIX)
            or response.headers.get("Content-Type", "").startswith(PROBLEM)
        ):
            return response
        status = HTTPStatus(response.status_code)
        body = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "code": status.phrase.lower().replace(" ", "-"),
            "request_id": getattr(request, "request_id", ""),
        }
        kept = {name: value for name, value in response.headers.items() if name not in OF_THE_BODY}
        return JsonResponse(body, status=status.value, content_type=PROBLEM, headers=kept)


class PortalErrorMiddleware:
    """Last in the chain: sees only what a view let through. Everything else is Django's to handle."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer(request, exception) if isinstance(exception, PortalError) else None
