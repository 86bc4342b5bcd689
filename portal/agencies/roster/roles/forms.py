"""The forms of role changes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.agencies.roster.house import roles_of
from portal.agencies.roster.roles.flows import WHY_MAX
from portal.models import Membership
from portal.models.membership import ROLE_LABELS


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("New role"), widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("Why"),
        max_length=WHY_MAX,
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
        help_text=_("The second person reads this."),
    )

    def __init__(self, data: Any = None, *, membership: Membership) -> None:
        super().__init__(data)
        others = [role for role in roles_of(membership.agency_id) if role != membership.role]
        self.fields["role"].choices = [(role.value, ROLE_LABELS[role]) for role in others]  # type: ignore[attr-defined]


class DeclineForm(forms.Form):
    why = forms.CharField(
        label=_("Why not"),
        required=False,
        max_length=WHY_MAX,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
    )
