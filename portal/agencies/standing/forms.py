"""Why somebody is stopped or let in again, and why something leaves quarantine."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Invalid
from portal.models.suspension import WHY_MAX, SuspensionReason


def _why(label: Any, hint: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": 4, "spellcheck": "true", "dir": "auto"})
    return forms.CharField(label=label, help_text=hint, max_length=WHY_MAX, widget=widget)


class Refusable(forms.Form):
    def lay(self, refused: Invalid) -> None:
        """A flow's refusal beside the fields it names."""
        for name, texts in refused.errors.items():
            self.add_error(name if name in self.fields else None, [str(text) for text in texts])


class SuspendForm(Refusable):
    reason = forms.ChoiceField(label=_("Reason"), choices=SuspensionReason.choices, widget=forms.RadioSelect)
    why = _why(_("In words"), _("What was seen, by whom and when. Compliance and the auditor read this."))

    @property
    def reason_label(self) -> str:
        return str(SuspensionReason(self.cleaned_data["reason"]).label)


class ReinstateForm(Refusable):
    why = _why(_("Why"), _("What was checked: whom you called back, on which number, what was changed."))
    # The suspension that was read: another one is not ended with it.
    seen = forms.UUIDField(widget=forms.HiddenInput)


class LapseForm(Refusable):
    why = _why(_("Why"), _("Compliance and the auditor read this."))


class ReleaseForm(Refusable):
    why = _why(
        _("What you looked at"),
        _("It stands in the history: whoever may see the thing, the agency too, reads this."),
    )
    # When the page was drawn: what went into quarantine after it was not looked at.
    seen = forms.DateTimeField(widget=forms.HiddenInput, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"])

    @staticmethod
    def stamp(now: datetime | None = None) -> str:
        return (now or timezone.now()).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
