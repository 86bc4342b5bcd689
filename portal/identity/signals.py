"""What allauth tells us, written into the audit trail."""

from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from portal.audit import record
from portal.identity import events
from portal.identity.middleware import ENROLLED
from portal.identity.people import actor_for, address_of, session_of
from portal.kernel.actor import Actor
from portal.models import User


def _write(event: str, request: HttpRequest | None, user: User, **data: Any) -> None:
    circumstances: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    if request is not None:
        circumstances |= {"ip": address_of(request), "session": session_of(request)}
    actor = actor_for(user, **circumstances) or Actor(
        kind="person", id=str(user.pk), label=user.name, **circumstances
    )
    with transaction.atomic():
        record(event, actor=actor, subject=user, at=timezone.now(), data=data)


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    _write(events.SIGNED_IN, request, user)


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **rest: Any) -> None:
    if user is not None:
        _write(events.SIGNED_OUT, request, user)


@receiver(user_login_failed)
def sign_in_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **rest: Any
) -> None:
    """Only for an address we know: what strangers type is not kept."""
    address = str(credentials.get("email") or "").lower()
    user = User.objects.filter(email=address).first() if address else None
    if user is not None:
        _write(events.SIGN_IN_FAILED, request, user)


@receiver(authenticator_added)
def second_factor_enrolled(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any
) -> None:
    request.session[ENROLLED] = True
    _write(events.SECOND_FACTOR_ENROLLED, request, user, kind=authenticator.type)


@receiver(authenticator_removed)
def second_factor_removed(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any
) -> None:
    _write(events.SECOND_FACTOR_REMOVED, request, user, kind=authenticator.type)
