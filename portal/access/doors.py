"""The two doors a view may have: @requires(permission) or @public(reason). tests/house walks every URL."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase

from portal.access.permissions import check

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let in who holds the permission by role; what concerns the one thing, the flow decides."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            check(request.actor, permission)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(reason: str) -> Callable[[View], View]:
    """Open to everyone, and the reason why."""

    def decorate(view: View) -> View:
        view = login_not_required(view)
        view.public_reason = reason  # type: ignore[attr-defined]
        return view

    return decorate
