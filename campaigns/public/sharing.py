"""Public answers that any cache on the way may keep: the same for everybody, so without cookies."""

import hashlib
from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag

# A recall reaches caches within this time; the API, which serves withdrawals, within a second.
SECONDS = 30


def shared(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Cacheable by everyone for SECONDS, revalidated by ETag; SharedMiddleware takes the cookies off.

    The view runs in English and UTC, whoever asks: what it says in another language it says by itself.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override("en"), timezone.override(UTC):
            response = view(request, *args, **kwargs)
        response.headers.setdefault("Content-Language", "en")  # else Django names the reader's
        response.is_shared = True  # type: ignore[attr-defined]
        if response.status_code != 200:
            return response
        patch_cache_control(response, public=True, max_age=SECONDS, must_revalidate=True)
        etag = response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
        conditional = get_conditional_response(request, etag=etag, response=response)
        # A 304 renews what a cache holds with its own headers, and Django leaves this one out of it.
        conditional["Content-Language"] = response["Content-Language"]  # type: ignore[index]
        conditional.is_shared = True  # type: ignore[union-attr]
        return conditional  # type: ignore[return-value]

    return answer


class SharedMiddleware:
    """Outermost: what reads nobody's session must not tell caches that it does, nor set a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(response, "is_shared", False):
            response.cookies.clear()
            kept = [name.strip() for name in response.get("Vary", "").split(",")]
            kept = [name for name in kept if name and name.lower() not in ("cookie", "accept-language")]
            if kept:
                response["Vary"] = ", ".join(kept)
            else:
                del response["Vary"]
        return response
