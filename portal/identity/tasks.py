"""The worker's side of sign-in."""

from datetime import datetime
from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from portal.audit import record
from portal.audit.flood import worth_a_row
from portal.identity import events
from portal.identity.people import actor_for
from portal.kernel.actor import Actor
from portal.models import User


@shared_task(name="portal.identity.record_failed_sign_in", max_retries=5)
def record_failed_sign_in(person_id: str, at: str, ip: str | None, request_id: str, session: str) -> None:
    """By the worker, so that an address we know takes no longer to refuse than one that we do not."""
    user = User.objects.filter(pk=person_id).first()
    if user is None:
        return
    # A flood of them is told by fewer and fewer rows: strangers must not hold the chain's lock.
    counted = worth_a_row(events.SIGN_IN_FAILED, str(user.pk))
    if not counted:
        return
    circumstances: dict[str, Any] = {"ip": ip, "request_id": request_id, "session": session}
    actor = actor_for(user, **circumstances) or Actor(
        kind="person", id=str(user.pk), label=user.name, **circumstances
    )
    with transaction.atomic():
        record(events.SIGN_IN_FAILED, actor=actor, subject=user, at=datetime.fromisoformat(at), data=counted)


@shared_task(
    name="portal.identity.mail_password_reset", autoretry_for=(OSError,), retry_backoff=True, max_retries=5
)
def mail_password_reset(user_id: str, language: str) -> None:
    """The link is made here, so that the broker never carries it."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    with translation.override(language):
        context = {"password_reset_url": f"{settings.BASE_URL}{path}"}
        subject = render_to_string("account/email/password_reset_key_subject.txt", context).strip()
        body = render_to_string("account/email/password_reset_key_message.txt", context).strip()
    send_mail(subject, body, None, [user.email])
