"""How allauth fits our house: no public sign-up, second-factor secrets encrypted, the last factor kept."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from portal.identity.fieldkeys import decrypt, encrypt
from portal.identity.tasks import mail_password_reset
from portal.models import SignInProvider, User

log = structlog.get_logger(__name__)


def display_name(user: User) -> str:
    return user.name


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """By the worker: neither a slow nor a dead mail server tells a stranger that the address is known."""
        try:
            mail_password_reset.delay(str(user.pk), get_language() or "en")
        except OperationalError:
            log.exception("password reset could not be queued")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Whoever has a second factor proves it: what guards the factors does not open to a password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

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


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays: without it a stolen password alone would enrol a new one."""
        factors = Authenticator.objects.filter(user=authenticator.user).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return factors.exclude(pk=authenticator.pk).exists()

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)
