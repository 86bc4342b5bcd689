"""Refuses a request that is too large by its own word, before a byte of it is read or written to disk.

A chunked body is refused: Django reads nothing that has no Content-Length, and would take it for empty.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import PortalError
from portal.ui.errors import answer

FORM_BYTES = 1024 * 1024  # what a form may hold besides its document


class TooLarge(PortalError):
    status = 413
    code = "too-large"
    title = _("This is too large")


class LengthMissing(PortalError):
    status = 411
    code = "length-missing"
    title = _("The length is missing")


class BodySizeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            return answer(request, LengthMissing(_("Send the length of the body (Content-Length).")))
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = settings.DOCUMENT_MAX_BYTES + FORM_BYTES
        if length.isdigit() and int(length) > most:
            megabytes = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
            return answer(
                request,
                TooLarge(_("A document may have %(size)d MB. Nothing was kept.") % {"size": megabytes}),
            )
        return self.get_response(request)
