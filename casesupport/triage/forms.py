"""The analyst's forms: a question, and a decision about every target of a case request."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casesupport.models import Target
from casesupport.models.caserequest import TEXT_MAX
from casesupport.models.message import BODY_MAX
from casesupport.models.target import COMMENT_MAX, DecisionReason, TargetDecision
from casesupport.triage.flows import Decided


class QuestionForm(forms.Form):
    body = forms.CharField(
        label=_("Your question"),
        max_length=BODY_MAX,
        widget=forms.Textarea({"rows": 8, "spellcheck": "true", "dir": "auto"}),
        help_text=_("The officers of the agency read this. Ask for all that is missing at once."),
    )


class ReasonsField(forms.MultipleChoiceField):
    """Drawn as needed; whether one is, the decision says."""

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class TargetDecisionForm(forms.Form):
    use_required_attribute = False

    decision = forms.ChoiceField(
        label=_("Decision"), choices=TargetDecision.choices, widget=forms.RadioSelect
    )
    reasons = ReasonsField(
        label=_("Reasons"),
        choices=DecisionReason.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("At least one, unless everything is produced."),
    )
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=COMMENT_MAX,
        widget=forms.Textarea({"rows": 3, "spellcheck": "true", "dir": "auto"}),
        help_text=_("The agency reads this."),
    )

    def __init__(self, data: Any = None, *, target: Target) -> None:
        super().__init__(data, prefix=f"target-{target.pk}")
        self.target = target

    def decided(self) -> Decided:
        given = self.cleaned_data
        return Decided(
            target_id=self.target.pk,
            decision=given.get("decision", ""),
            reasons=given.get("reasons", []),
            comment=given.get("comment", ""),
        )

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            for name, texts in self.decided().errors().items():
                self.add_error(name, [str(text) for text in texts])
        return self.cleaned_data

    @property
    def decision_label(self) -> str:
        return str(TargetDecision(self.cleaned_data["decision"]).label)

    @property
    def reason_labels(self) -> list[str]:
        return [str(DecisionReason(code).label) for code in self.cleaned_data["reasons"]]


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note on the decision"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea({"rows": 4, "spellcheck": "true", "dir": "auto"}),
        help_text=_("For the agency, about the case request as a whole."),
    )


class DecideForm:
    """Every target's form and the note as one."""

    def __init__(self, targets: Iterable[Target], data: Any = None) -> None:
        self.rows = [TargetDecisionForm(data, target=target) for target in targets]
        self.note = NoteForm(data)

    @property
    def parts(self) -> list[forms.Form]:
        return [*self.rows, self.note]

    def is_valid(self) -> bool:
        verdicts = [part.is_valid() for part in self.parts]  # all of them, so that every error is shown
        return all(verdicts)

    # The summary of errors reads this form like a formset: the rows, and how much is wrong with them.
    def __iter__(self) -> Iterator[TargetDecisionForm]:
        return iter(self.rows)

    def non_form_errors(self) -> list[str]:
        return []

    def total_error_count(self) -> int:
        return sum(len(row.errors) for row in self.rows)

    def decisions(self) -> list[Decided]:
        return [row.decided() for row in self.rows]

    def add_errors(self, errors: Mapping[str, list[Any]]) -> None:
        """Lay a flow's refusal beside the fields it names."""
        for name, texts in errors.items():
            for form in self.parts:
                field = name.removeprefix(f"{form.prefix}-") if form.prefix else name
                if field in form.fields and (not form.prefix or field != name):
                    form.add_error(field, texts)
                    break
            else:
                self.note.add_error(None, texts)
