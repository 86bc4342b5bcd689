"""Gives every request an id: in the logs, on `request.request_id`, in the answer, on error pages."""

import re
from collections.abc import Callable

import structlog
import uuid_utils
from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
# A caller's own id is kept when it is plainly an id: it goes into log lines and pages.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def chosen(given: str | None) -> str:
    return given if given and _SANE.fullmatch(given) else str(uuid_utils.uuid7())


class RequestIdMiddleware:
    """First in the chain, so that whatever goes wrong below already has its id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = chosen(request.headers.get(HEADER))
        request.request_id = request_id  # type: ignore[attr-defined]
        # The thread served somebody else before: nobody is logged under another person's name.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


def current() -> str:
    """The id of the request being answered, or nothing; needs no request, so the 500 page may ask."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
