"""The rows of a case request's form: one target each, checked as soon as it is saved."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casesupport.intake.content import MAX_TARGETS, GivenTarget
from casesupport.intake.identifiers import identify
from casesupport.models.target import ACCEPTED_KINDS, GIVEN_MAX, Chain, TargetKind
from portal.kernel.errors import Invalid


class NeededField(forms.CharField):
    """Drawn as needed, though a row without it is allowed: such a row is not kept."""

    def validate(self, value: Any) -> None:
        return None


class TargetForm(forms.Form):
    """One target; a row without an identifier is not kept."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in ACCEPTED_KINDS],
        initial=TargetKind.WALLET_ADDRESS,
    )
    chain = forms.ChoiceField(
        label=_("Chain"),
        required=False,
        choices=[("", _("Choose…")), *Chain.choices],
        help_text=_("For addresses and transaction hashes."),
    )
    value = NeededField(
        label=_("Identifier"),
        max_length=GIVEN_MAX,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )
    tag = forms.CharField(
        label=_("Destination tag"),
        required=False,
        max_length=20,
        help_text=_("XRP only."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.is_kept and not self.errors:
            try:
                identify(given["kind"], given["value"], chain=given["chain"], tag=given["tag"])
            except Invalid as refused:
                for name, texts in refused.errors.items():
                    self.add_error(name, [str(text) for text in texts])
        return given

    @property
    def is_kept(self) -> bool:
        return bool(self.cleaned_data.get("value")) and not self.cleaned_data.get("DELETE")

    def given(self) -> GivenTarget:
        return GivenTarget(**{name: self.cleaned_data[name] for name in ("kind", "value", "chain", "tag")})


TargetFormSet = forms.formset_factory(
    TargetForm,
    extra=1,
    can_order=True,
    can_delete=True,
    max_num=MAX_TARGETS,
    validate_max=True,
    absolute_max=MAX_TARGETS + 8,
)


def _place(row: TargetForm) -> tuple[bool, int]:
    order = row.cleaned_data.get("ORDER")
    return order is None, order or 0


def given_targets(formset: Any) -> list[GivenTarget]:
    """The rows that are kept, in the order shown."""
    return [row.given() for row in sorted(formset.forms, key=_place) if row.is_kept]
