"""How allauth fits our house: no public sign-up, second-factor secrets encrypted, the last factor kept."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from kombu.exceptions import OperationalError

from portal.identity.tasks import mail_password_reset
from portal.models import User

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


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays: without it a stolen password alone would enrol a new one."""
        factors = Authenticator.objects.filter(user=authenticator.user).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return factors.exclude(pk=authenticator.pk).exists()

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)


def _keys() -> MultiFernet:
    """The first key encrypts, all of them decrypt: rotation is a new first key."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
