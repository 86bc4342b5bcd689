"""The worker's side of sign-in."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from portal.models import User


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
