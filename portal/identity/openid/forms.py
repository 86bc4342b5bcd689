"""What a person types to sign in at the agency, and a lead to set where that is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import SignInProvider


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address at the agency"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


class WordsField(forms.CharField):
    """Words divided by blanks or commas, as a list."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return (super().to_python(value) or "").replace(",", " ").split()

    def validate(self, value: Any) -> None:
        if any(len(word) > 200 for word in value) or len(value) > 20:
            raise forms.ValidationError(_("At most 20 values of 200 characters."))

    def run_validators(self, value: Any) -> None:
        """Those of a text; a list was validated above."""


class ProviderForm(forms.Form):
    issuer = forms.URLField(
        label=_("Issuer"),
        max_length=200,
        assume_scheme="https",
        help_text=_("Exactly as the provider names itself, such as https://login.police.example."),
    )
    client_id = forms.CharField(label=_("Client id"), max_length=191)
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("Never shown again. Leave it empty to keep the one that is set."),
    )
    amr_values = WordsField(
        label=_("Methods (amr) that count as a second factor"),
        required=False,
        max_length=400,
        help_text=_(
            "For example: mfa hwk. With none here nor below, the portal’s own factor is always asked."
        ),
    )
    acr_values = WordsField(
        label=_("Classes (acr) that count as a second factor"),
        required=False,
        max_length=2000,
        help_text=_("The portal asks the provider for these, and believes only its signed answer."),
    )
    is_required = forms.BooleanField(
        label=_("The agency’s people have no other way in"),
        required=False,
        help_text=_(
            "Passwords and passkeys of the portal then no longer open their accounts. While the provider is"
            " away, nobody of the agency gets in."
        ),
    )

    @staticmethod
    def initial_of(provider: SignInProvider | None) -> dict[str, Any]:
        if provider is None:
            return {"amr_values": "mfa"}
        return {
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            "amr_values": " ".join(provider.amr_values),
            "acr_values": " ".join(provider.acr_values),
            "is_required": provider.is_required,
        }

    def answers(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class RemovalForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=2000, widget=forms.Textarea({"rows": 3}), strip=True)
