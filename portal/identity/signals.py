"""What allauth tells us: written into the audit trail, and told to the person whom it concerns."""

from typing import Any

import structlog
from allauth.account.signals import authentication_step_completed, password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from portal.audit import record
from portal.identity import events
from portal.identity.devices import DEVICE, remember
from portal.identity.factors import PROVING, is_on_trial, put_on_trial
from portal.identity.middleware import ENROLLED, has_second_factor
from portal.identity.people import actor_for, address_of, session_of
from portal.identity.proof import ON_TRIAL, has_proved
from portal.identity.renewal import begin, renew, ways_used
from portal.identity.sessions import end_all
from portal.identity.tasks import record_failed_sign_in
from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.models import User
from portal.models.notice import NoticeKind
from portal.notices import notify

log = structlog.get_logger(__name__)
FAILURES_TO_TELL = 3
FIRST = "first"  # this session enrolled the person's first factor: the officer's cool-off covers it


def _actor(request: HttpRequest | None, user: User) -> Actor:
    circumstances: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    if request is not None:
        circumstances |= {"ip": address_of(request), "session": session_of(request)}
    return actor_for(user, **circumstances) or Actor(
        kind="person", id=str(user.pk), label=user.name, **circumstances
    )


def _write(event: str, request: HttpRequest | None, user: User, **data: Any) -> None:
    with transaction.atomic():
        record(event, actor=_actor(request, user), subject=user, at=timezone.now(), data=data)


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    """The session is a new one now; from here on it carries its age, its trail and its device."""
    begin(request)
    ways = ways_used(request, user)
    _write(events.SIGNED_IN, request, user, by=ways)
    if Authenticator.Type.RECOVERY_CODES in ways:
        text = _(
            "You signed in with a recovery code. If your phone or key is lost, set up another within five"
            " minutes, under “Sign-in security” in the menu of your account."
        )
        messages.warning(request, text, fail_silently=True)
    if has_second_factor(request, user):
        remember(request, user, _actor(request, user))


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **rest: Any) -> None:
    if user is not None:
        _write(events.SIGNED_OUT, request, user)


@receiver(user_login_failed)
def sign_in_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **rest: Any
) -> None:
    """Kept only for an address we know, and by the worker: a stranger's costs the same task, which finds
    nobody, so that the time of the answer tells nothing."""
    address = str(credentials.get("email") or "").lower()
    known = User.objects.filter(email=address).values_list("pk", flat=True).first()
    where = (
        (address_of(request), getattr(request, "request_id", ""), session_of(request)) if request else None
    )
    try:
        record_failed_sign_in.delay(
            str(known or new_id()), timezone.now().isoformat(), *(where or (None, "", ""))
        )
    except OperationalError:
        log.exception("failed sign-in could not be recorded")


@receiver(authentication_step_completed)
def proved(sender: Any, request: HttpRequest, user: User, method: str, **rest: Any) -> None:
    """A new key for the session that has just proved more: whoever held the old one holds nothing now."""
    if method == "mfa" and getattr(request, "user", None) is not None and request.user.is_authenticated:
        renew(request)
        _write(events.PROVED, request, user, by=[str(rest.get("type", ""))])


@receiver(authenticator_used)
def second_factor_used(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any
) -> None:
    if not is_on_trial(authenticator, timezone.now()):
        return
    on_trial = request.session.get(ON_TRIAL, [])
    request.session[ON_TRIAL] = [*on_trial, authenticator.pk]


@receiver(authenticator_added)
def second_factor_enrolled(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any
) -> None:
    others = Authenticator.objects.filter(user=user, type__in=PROVING).exclude(pk=authenticator.pk)
    # Whoever came in by a factor had one before: the app that replaces a lost one is no first.
    is_first = authenticator.type in PROVING and not others.exists() and not has_second_factor(request, user)
    if is_first:
        request.session[ENROLLED] = FIRST
    is_theirs = has_proved(request, user) or request.session.get(ENROLLED) == FIRST
    request.session.setdefault(ENROLLED, True)
    data = {"kind": authenticator.type}
    if authenticator.type in PROVING and not is_theirs:
        put_on_trial(authenticator, timezone.now())
        data["on_trial"] = True
    if DEVICE not in request.session:
        remember(request, user, _actor(request, user))
    _write(events.SECOND_FACTOR_ENROLLED, request, user, **data)
    if not is_first and authenticator.type in PROVING:
        _tell(NoticeKind.FACTORS_CHANGED, user, "mfa_index")


@receiver(authenticator_removed)
def second_factor_removed(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any
) -> None:
    """Sessions that the lost phone or key opened end with it: all but this one, which gave a fresh proof."""
    with transaction.atomic():
        end_all(user, except_key=request.session.session_key)
        _write(events.SECOND_FACTOR_REMOVED, request, user, kind=authenticator.type)
        _tell(NoticeKind.FACTORS_CHANGED, user, "mfa_index")


@receiver(authenticator_reset)
def recovery_codes_made(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    _write(events.RECOVERY_CODES_MADE, request, user)
    _tell(NoticeKind.FACTORS_CHANGED, user, "mfa_index")


@receiver(authentication_failed)
def second_factor_failed(
    sender: Any, request: HttpRequest, user: User, reauthentication: bool = False, **rest: Any
) -> None:
    """A wrong code after the right password. Some slips are human; then the person should know."""
    _write(events.SECOND_FACTOR_FAILED, request, user, at_sign_in=not reauthentication)
    key = f"factor-failed.{user.pk}"
    cache.add(key, 0, timeout=24 * 60 * 60)
    if not reauthentication and cache.incr(key) == FAILURES_TO_TELL:
        _tell(NoticeKind.FACTOR_GUESSED, user, "account_change_password")


@receiver(password_changed)
@receiver(password_reset)
def password_is_new(sender: Any, request: HttpRequest, user: User, signal: Any, **rest: Any) -> None:
    with transaction.atomic():
        end_all(user)
        event = events.PASSWORD_RESET if signal is password_reset else events.PASSWORD_CHANGED
        _write(event, request, user)
        _tell(NoticeKind.PASSWORD_CHANGED, user, "sessions-list")


def _tell(kind: NoticeKind, user: User, page: str) -> None:
    with transaction.atomic():
        notify(kind, people=[user], path=reverse(page))
