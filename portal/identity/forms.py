"""allauth's forms, held to our rules: lengths, guesses, one origin, no key twice, codes for what they are."""

import unicodedata
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_decode
from fido2.webauthn import CollectedClientData

from portal.identity.adapters import queue_password_reset
from portal.identity.credentials import judging, require_usable, well_formed
from portal.identity.factors import KEYS_MAX
from portal.identity.guessing import may_try_factor
from portal.kernel.identifiers import new_id
from portal.kernel.words import unfit_line

PASSWORD_MAX = 256  # Argon2 hashes any length; nobody types more
CODE_MAX = 40
NAME_MAX = 60


class MaximumLengthValidator:
    """Refuses a password that the sign-in form would not take."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > PASSWORD_MAX:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return str(_("At most %(limit)d characters.") % {"limit": PASSWORD_MAX})


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_length(self.fields["password"], PASSWORD_MAX)

    def clean_login(self) -> str:
        """The same letters, however they were typed."""
        return unicodedata.normalize("NFKC", super().clean_login()).lower()


class ResetForm(ResetPasswordForm):
    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """A stranger's address costs what a known one does: a task, which then finds nobody."""
        if not self.users:
            queue_password_reset(str(new_id()))
        return str(super().save(request, **kwargs))


class CodeForm(AuthenticateForm):
    """The second step of signing in: a code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_length(self.fields["code"], CODE_MAX)

    def clean_code(self) -> str:
        return str(counted(self.user, super().clean_code))


class ProofCodeForm(ReauthenticateForm):
    """A code of the app alone: a recovery code confirms nothing, and is not used up by trying."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_length(self.fields["code"], CODE_MAX)

    def clean_code(self) -> str:
        signs = [sign for sign in self.cleaned_data["code"] if sign.isalnum()]
        if len(signs) != app_settings.TOTP_DIGITS:
            raise ValidationError(
                _(
                    "Enter the six digits of your authenticator app. A recovery code signs you in, but"
                    " confirms nothing."
                )
            )
        return str(counted(self.user, super().clean_code))


class CredentialField(forms.JSONField):
    """What a browser says for a key. A stranger may write anything here: all else is refused, never shown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.HiddenInput, **options)

    def to_python(self, value: Any) -> Any:
        with judging():
            return well_formed(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return None  # it was for one answer; the page asks the key anew

    def prepare_value(self, value: Any) -> Any:
        return ""


class OneOrigin(forms.Form):
    """What a key signed must have been asked for by this very site: its scheme, name and port."""

    user: Any
    credential = CredentialField()

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        with judging():
            signed = CollectedClientData(websafe_decode(credential["response"]["clientDataJSON"]))
            if signed.origin != settings.BASE_URL or signed.cross_origin:
                raise ValueError("signed for another site")
            inherited = getattr(super(), "clean_credential", None)
            return self._checked(inherited, credential) if inherited else credential

    def _checked(self, inherited: Any, credential: Any) -> Authenticator:
        with transaction.atomic():
            authenticator: Authenticator = inherited()
            count_use(authenticator, credential)
        return authenticator


class AddKeyForm(OneOrigin, AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
        limit_length(self.fields["name"], NAME_MAX)

    def clean_name(self) -> str:
        return one_line(str(super().clean_name()))

    def clean(self) -> dict[str, Any]:
        mine = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        if mine.count() >= KEYS_MAX:
            raise ValidationError(_("You have many keys already. Remove one first."))
        credential = self.cleaned_data.get("credential")
        if credential and is_registered(credential["rawId"]):
            # Of another account, or answered twice: a key's answer must name one account.
            raise ValidationError(_("This key is registered already."))
        with judging():
            if credential:
                require_usable(credential)
            return dict(super().clean() or {})


def is_registered(key_id: str) -> bool:
    return Authenticator.objects.filter(data__credential__rawId=key_id).exists()


class EditKeyForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_length(self.fields["name"], NAME_MAX)

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


class SignInKeyForm(OneOrigin, LoginWebAuthnForm):
    pass


class SecondStepKeyForm(OneOrigin, AuthenticateWebAuthnForm):
    pass


class ProofKeyForm(OneOrigin, ReauthenticateWebAuthnForm):
    pass


def limit_length(field: forms.Field, length: int) -> None:
    """Like max_length, but for a field that is made already."""
    field.max_length = length  # type: ignore[attr-defined]
    field.validators.append(MaxLengthValidator(length))
    field.widget.attrs["maxlength"] = str(length)


def one_line(name: str) -> str:
    if problems := unfit_line(name, NAME_MAX):
        raise ValidationError([str(problem) for problem in problems])
    return name.strip()


def counted(user: Any, clean: Any) -> Any:
    """Guesses at one account's second factor are few, wherever they come from; a right one is not counted."""
    usage = may_try_factor(context.request, user)
    if usage is None:
        raise account_adapter().validation_error("too_many_login_attempts")
    cleaned = clean()
    usage.rollback()
    return cleaned


def count_use(authenticator: Authenticator, credential: Any) -> None:
    """A key that counts its uses and counts backwards was copied (WebAuthn Level 2, section 6.1.1)."""
    count = auth.parse_authentication_response(credential).response.authenticator_data.counter
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    before = row.data.get("sign_count", 0)
    if (count or before) and count <= before:
        raise get_adapter().validation_error("incorrect_code")
    row.data["sign_count"] = count
    row.save(update_fields=["data"])
    authenticator.data = row.data
