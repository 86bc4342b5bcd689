"""How allauth fits our house: no public sign-up, second-factor secrets encrypted, the last factor kept."""

import time
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from portal.identity.browsers import browser_of
from portal.identity.fieldkeys import decrypt, encrypt
from portal.identity.guessing import may_try_password
from portal.identity.tasks import mail_password_reset
from portal.models import SignInProvider, User
from portal.models.device import device_label

log = structlog.get_logger(__name__)


def display_name(user: User) -> str:
    return user.name


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        queue_password_reset(str(user.pk))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        usage = may_try_password(request, str(credentials.get("email") or ""))
        if usage is None:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage = usage  # allauth takes it back when the password is right

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Whoever has a second factor proves it: what guards the factors does not open to a password.

        A code is asked for only where there is an app: recovery codes confirm nothing.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            methods = [method for method in methods if method["id"] != "mfa_reauthenticate"]
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Factors are managed within minutes of any second factor, also of a recovery code: whoever lost the
        phone can set up another, which then proves only after a trial (portal.identity.factors)."""
        if app == "allauth.mfa" and self.request is not None:
            since = time.time() - account_settings.REAUTHENTICATION_TIMEOUT
            records = get_authentication_records(self.request, self.request.user)
            if any(record.get("method") == "mfa" and record.get("at", 0) > since for record in records):
                return False
        return bool(super().is_reauthentication_required(app=app, **options))

    def get_login_stages(self) -> list[str]:
        ours = "portal.identity.stages.SecondFactorStage"
        return [ours if each.endswith(".AuthenticateStage") else each for each in super().get_login_stages()]

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """Where the agency's provider is the only way in, neither a password nor a passkey of ours is."""
        came_from_provider = "sociallogin" in (options.get("signal_kwargs") or {})
        if not came_from_provider and must_use_provider(user):
            clear_login(request)
            messages.error(request, _("Your agency signs in at its own service. Go on there."))
            return redirect("account_agency")
        return super().pre_login(request, user, **options)


def must_use_provider(user: User) -> bool:
    return SignInProvider.objects.filter(
        is_required=True, agency__memberships__user=user, agency__memberships__ended_at=None
    ).exists()


def queue_password_reset(person_id: str) -> None:
    """By the worker: neither a slow nor a dead mail server tells a stranger that the address is known."""
    try:
        mail_password_reset.delay(person_id, get_language() or "en")
    except OperationalError:
        log.exception("password reset could not be queued")


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays: without it a stolen password alone would enrol a new one.

        Locks the person, so that two requests cannot remove the last two: call it in a transaction.
        """
        User.objects.select_for_update(no_key=True).get(pk=authenticator.user_id)
        factors = Authenticator.objects.filter(user=authenticator.user).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return factors.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """A first proposal that tells keys apart: the browser that registers it."""
        agent = context.request.META.get("HTTP_USER_AGENT", "") if context.request else ""
        return device_label(*browser_of(agent))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Keys are bound to the name we are served under, not to the Host header of one request."""
        return {"id": str(urlsplit(settings.BASE_URL).hostname), "name": self._get_site_name()}

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)
