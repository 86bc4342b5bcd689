"""The forms of vetting. What they refuse, the flows refuse too; both say it beside the field."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.agencies.vetting.checks.flows import SPOKE_TO_MAX
from portal.agencies.vetting.mailbox.flows import SOURCE_MAX
from portal.kernel.errors import Invalid
from portal.models.vetting import NOTE_MAX, CheckResult
from portal.models.vettingdecision import RefusalReason


class FlowForm(forms.Form):
    """Lays what a flow refused beside the fields it names."""

    use_required_attribute = False

    def refuse(self, refused: Invalid) -> None:
        for name, texts in refused.errors.items():
            self.add_error(name if name in self.fields else None, [str(text) for text in texts])


def words(label: Any, help_text: Any, *, required: bool = True, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=NOTE_MAX,
        widget=forms.Textarea({"rows": rows, "spellcheck": "true", "dir": "auto"}),
    )


class MomentInput(forms.DateTimeInput):
    """A date and time in the reader's zone, to the minute."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class CallBackForm(FlowForm):
    number = forms.CharField(widget=forms.HiddenInput, max_length=40)
    is_published = forms.BooleanField(
        label=_("I opened the page, and this very number stands there"), required=False
    )
    outcome = forms.ChoiceField(
        label=_("What came of the call"),
        choices=[
            ("confirmed", _("The agency confirmed that it applied, and who its first supervisor is")),
            ("denied", _("The agency did not apply, or does not know the person")),
            ("no_answer", _("Nobody answered who could say")),
        ],
        widget=forms.RadioSelect,
    )
    spoke_to = forms.CharField(
        label=_("Who answered"),
        required=False,
        max_length=SPOKE_TO_MAX,
        help_text=_("Name, post and unit, as they were given."),
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
    )
    called_at = forms.DateTimeField(
        label=_("When"),
        initial=lambda: timezone.localtime().replace(second=0, microsecond=0),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=MomentInput(),
        help_text=_("In your own time zone."),
    )
    note = words(
        _("Note"),
        _("Needed where the agency denied it, or where the page is not on its own site."),
        required=False,
    )


class ChallengeForm(FlowForm):
    address = forms.EmailField(
        label=_("Address that the agency publishes"),
        max_length=254,
        help_text=_(
            "A mailbox of an official domain: press office, contact, duty desk. Never the applicant's."
        ),
        widget=forms.EmailInput({"autocomplete": "off", "dir": "ltr"}),
    )
    source_url = forms.CharField(
        label=_("Page where it is published"),
        max_length=SOURCE_MAX,
        help_text=_("On the agency's own site. Copy it from the address bar, beginning with https://."),
        widget=forms.URLInput({"autocomplete": "off", "dir": "ltr"}),
    )


class JudgeForm(FlowForm):
    result = forms.ChoiceField(
        label=_("Result"),
        choices=[
            (CheckResult.PASSED, _("Official, signed and dated: it says what the application says")),
            (CheckResult.FAILED, _("Defective, or it does not bear the application out")),
        ],
        widget=forms.RadioSelect,
    )
    note = words(_("Note"), _("Needed where it is defective."), required=False)


class FlagForm(FlowForm):
    result = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (CheckResult.ACKNOWLEDGED, _("Acknowledged: there is a good reason")),
            (CheckResult.FAILED, _("Failed: this cannot stand")),
        ],
        widget=forms.RadioSelect,
    )
    note = words(_("Why"), _("Whoever decides reads this."))


class ApproveForm(FlowForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=100_000)
    why = words(_("Why"), _("In a sentence or two. It stays with the agency's history."))


class RefuseForm(FlowForm):
    reasons = forms.MultipleChoiceField(
        label=_("Reasons"), choices=RefusalReason.choices, widget=forms.CheckboxSelectMultiple
    )
    why = words(_("Why"), _("For the history. Say what was looked at and what was wrong with it."))
