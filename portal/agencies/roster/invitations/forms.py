"""The forms of invitations: whom to invite, and the password of whoever accepts."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.agencies.roster.house import roles_of
from portal.agencies.roster.invitations.addresses import MAX
from portal.agencies.roster.invitations.flows import NAME_MAX, WHY_MAX
from portal.models.membership import ROLE_LABELS

PASSWORD_MAX = 256


class InviteForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=NAME_MAX, help_text=_("As on the person’s service card.")
    )
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=MAX,
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    language = forms.ChoiceField(
        label=_("Language of the invitation"), choices=settings.LANGUAGES, initial=settings.LANGUAGE_CODE
    )
    why = forms.CharField(
        label=_("Note for whoever confirms"),
        required=False,
        max_length=WHY_MAX,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        help_text=_("For instance: new head of the fraud unit, see the call of 3 May."),
    )

    def __init__(
        self, data: Any = None, *, agency_id: UUID | None, domains: list[str], **options: Any
    ) -> None:
        super().__init__(data, **options)
        choices = [(role.value, ROLE_LABELS[role]) for role in roles_of(agency_id)]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        if domains:
            self.fields["email"].help_text = _("Of an official domain: %(domains)s") % {
                "domains": ", ".join(domains)
            }


class RevokeForm(forms.Form):
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=WHY_MAX,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
    )


class AcceptForm(forms.Form):
    """Whether the password is good enough the flow says."""

    password = forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Several words in a row are easy to remember and hard to guess."),
    )
    again = forms.CharField(
        label=_("The password again"),
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "password" in given and "again" in given and given["password"] != given["again"]:
            self.add_error("again", _("The two are not the same."))
        return given
