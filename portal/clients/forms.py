"""The forms about clients and keys. What is right, the flows say; these say it beside the fields."""

import re
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.kernel.errors import Invalid
from portal.models import Client
from portal.models.client import (
    CONTACT_MAX,
    DEFAULT_PER_MINUTE,
    DESCRIPTION_MAX,
    LEAST_PER_MINUTE,
    MOST_PER_MINUTE,
    NAME_MAX,
    NOTE_MAX,
    WHY_MAX,
    Scope,
)
from portal.ui.forms import add_errors

NETWORKS_MAX = 4000
VALID_DAYS = (30, 90, 180, 365)
OVERLAP_HOURS = ((0, _("None: it ends at once")), (1, _("1 hour")), (24, _("24 hours")))
OVERLAP_DAYS = (7, 30)


def in_days(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


class ClientForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=NAME_MAX, help_text=_("What people call the machine: Withdrawal service.")
    )
    description = forms.CharField(
        label=_("What it does"),
        required=False,
        max_length=DESCRIPTION_MAX,
        widget=forms.Textarea({"rows": 3, "spellcheck": "true", "dir": "auto"}),
    )
    contact = forms.CharField(
        label=_("Who looks after it"),
        required=False,
        max_length=CONTACT_MAX,
        help_text=_("The team and how to reach it when a key has to end."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What its keys may do, and nothing else."),
    )
    networks = forms.CharField(
        label=_("Networks"),
        required=False,
        max_length=NETWORKS_MAX,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false", "dir": "ltr", "autocomplete": "off"}),
        help_text=_(
            "Where calls may come from, one a line: 203.0.113.0/24, 2001:db8::/32, or one address."
            " Empty: anywhere."
        ),
    )
    per_minute = forms.IntegerField(
        label=_("Calls per minute"),
        min_value=LEAST_PER_MINUTE,
        max_value=MOST_PER_MINUTE,
        initial=DEFAULT_PER_MINUTE,
        help_text=_("At once at most, and as many again each minute. What is more is refused (429)."),
    )

    def given(self) -> dict[str, Any]:
        """What the flows take."""
        data = self.cleaned_data
        names = ("name", "description", "contact", "scopes", "per_minute")
        return {name: data[name] for name in names} | {"networks": re.split(r"[\s,;]+", data["networks"])}


class EditForm(ClientForm):
    seen_revision = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def about(cls, client: Client) -> dict[str, Any]:
        names = ("name", "description", "contact", "scopes", "per_minute")
        return {name: getattr(client, name) for name in names} | {
            "networks": "\n".join(client.networks),
            "seen_revision": client.revision,
        }


class KeyForm(forms.Form):
    """How long a new key is good for, and what for."""

    days = forms.TypedChoiceField(
        label=_("Good for"),
        coerce=int,
        initial=365,
        help_text=_("Shorter is safer. A key is never prolonged."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_MAX,
        help_text=_("Where it will lie: the deployment, the data centre. Never the key itself."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = sorted({*VALID_DAYS, settings.CLIENT_KEY_MAX_DAYS})
        cast(forms.ChoiceField, self.fields["days"]).choices = [
            (days, in_days(days)) for days in offered if days <= settings.CLIENT_KEY_MAX_DAYS
        ]

    def given(self, now: datetime) -> dict[str, Any]:
        data = self.cleaned_data
        return {"expires_at": now + timedelta(days=data["days"]), "note": data["note"]}

    def refuse(self, refused: Invalid) -> None:
        errors = dict(refused.errors)
        if "expires_at" in errors:
            errors["days"] = errors.pop("expires_at")
        add_errors(self, Invalid(errors))


class IssueForm(KeyForm):
    seen_keys = forms.IntegerField(widget=forms.HiddenInput)


class RotateForm(KeyForm):
    overlap = forms.TypedChoiceField(
        label=_("The old key goes on for"),
        coerce=int,
        initial=24,
        help_text=_("Long enough to bring the new key to every machine that has the old one."),
    )
    field_order = ("overlap", "days", "note")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["overlap"]).choices = [
            *OVERLAP_HOURS,
            *((days * 24, in_days(days)) for days in OVERLAP_DAYS),
        ]

    def given(self, now: datetime) -> dict[str, Any]:
        return super().given(now) | {"overlap": timedelta(hours=self.cleaned_data["overlap"])}


class WhyForm(forms.Form):
    why = forms.CharField(
        label=_("Why"),
        max_length=WHY_MAX,
        widget=forms.Textarea({"rows": 3, "spellcheck": "true", "dir": "auto"}),
        help_text=_("Kept in the audit trail."),
    )
