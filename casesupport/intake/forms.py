"""The officer's forms. A draft may be saved unfinished; what submission needs is drawn as needed."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casesupport.intake.content import Content, GivenProcess
from casesupport.intake.targetforms import TargetFormSet, given_targets
from casesupport.models.caserequest import MAX_TERM_DAYS, OFFENCE_MAX, TEXT_MAX, DataCategory, RequestType
from casesupport.models.legalprocess import Instrument
from casesupport.models.message import BODY_MAX
from portal.documents.accept import Accepted
from portal.documents.forms import DocumentField

T = RequestType
# Which questions a type asks, and of these which must be answered before submission.
ASKED = {
    "offence": set(T),
    "facts": set(T),
    "imminent_danger": {T.EMERGENCY},
    "necessity": {T.INFORMATION, T.PRESERVATION, T.EMERGENCY},
    "data_categories": {T.INFORMATION, T.PRESERVATION, T.EMERGENCY},
    "wanted_from": {T.INFORMATION, T.PRESERVATION, T.EMERGENCY},
    "wanted_until": {T.INFORMATION, T.PRESERVATION, T.EMERGENCY},
    "term_days": {T.PRESERVATION, T.FREEZE},
    "document": set(T),
}
NEEDED = {
    "offence": set(T),
    "facts": set(T),
    "imminent_danger": {T.EMERGENCY},
    "necessity": {T.INFORMATION},
    "data_categories": {T.INFORMATION, T.EMERGENCY},
    "wanted_from": {T.INFORMATION},
    "wanted_until": {T.INFORMATION},
    "term_days": {T.FREEZE},
    "document": set(T) - {T.EMERGENCY},
}
LAST_YEAR = 9000


def _area(label: Any, rows: int, limit: int = TEXT_MAX, **options: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": rows, "spellcheck": "true", "dir": "auto"})
    return forms.CharField(label=label, max_length=limit, widget=widget, **options)


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options
    )


class WordsForm(forms.Form):
    use_required_attribute = False

    offence = forms.CharField(
        label=_("Offence"),
        required=False,
        max_length=OFFENCE_MAX,
        help_text=_("As your law names it, with the provision: Fraud, Theft Ordinance s. 16A."),
    )
    facts = _area(
        _("Facts"),
        8,
        required=False,
        help_text=_("What happened, to whom, when, and how the targets belong to it."),
    )
    imminent_danger = _area(
        _("Imminent danger"),
        5,
        required=False,
        help_text=_("Who is in imminent danger of death or serious physical injury, and how you know."),
    )
    necessity = _area(
        _("Why it is necessary"), 4, required=False, help_text=_("Why less would not be enough.")
    )
    data_categories = forms.MultipleChoiceField(
        label=_("Data wanted"),
        required=False,
        choices=DataCategory.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    wanted_from = _day(_("First day wanted"))
    wanted_until = _day(_("Last day wanted"))
    term_days = forms.IntegerField(
        label=_("Term in days"),
        required=False,
        min_value=1,
        max_value=MAX_TERM_DAYS,
        help_text=_("For how long. A letter of the agency carries a freeze of at most 30 days."),
    )
    document = DocumentField(
        label=_("The order or letter"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 25 MB, without a password. More can be added afterwards."),
    )

    def __init__(self, *args: Any, type: str, has_instrument: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, types in ASKED.items():
            if type not in types:
                del self.fields[name]
        self.needed = {name for name, types in NEEDED.items() if type in types and name in self.fields}
        if has_instrument:
            self.needed.discard("document")
            self.fields["document"].label = _("Another order or letter in its place")

    def clean_wanted_until(self) -> date | None:
        last = self.cleaned_data["wanted_until"]
        if last and last.year > LAST_YEAR:
            raise forms.ValidationError(_("This day cannot be right."))
        return last


class ProcessForm(forms.Form):
    use_required_attribute = False

    instrument = forms.ChoiceField(
        label=_("Instrument"), required=False, choices=[("", _("Choose…")), *Instrument.choices]
    )
    authority = forms.CharField(
        label=_("Issuing authority"),
        required=False,
        max_length=200,
        help_text=_("The court, prosecutor or unit."),
    )
    reference = forms.CharField(
        label=_("Its reference"),
        required=False,
        max_length=100,
        help_text=_("The number on the order or letter."),
    )
    issued_on = _day(_("Date of the order or letter"))

    def __init__(self, *args: Any, type: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.needed = set() if type == T.EMERGENCY else {"instrument", "authority", "issued_on"}


class RequestForm:
    """All the parts of the page as one: `is_valid()`, `content()`, `document`."""

    def __init__(
        self,
        type: str,
        data: Any = None,
        files: Any = None,
        content: Content | None = None,
        *,
        has_instrument: bool = False,
    ) -> None:
        words, process, targets = _initial(content or Content())
        self.words = WordsForm(data, files, initial=words, type=type, has_instrument=has_instrument)
        self.process = ProcessForm(data, initial=process, prefix="process", type=type)
        self.targets = TargetFormSet(data, initial=targets, prefix="targets")

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.words, self.process, self.targets

    def is_valid(self) -> bool:
        verdicts = [part.is_valid() for part in self.parts]  # all of them, so that every error is shown
        return all(verdicts)

    def ready_to_draw(self) -> "RequestForm":
        """Once judged as a draft, the fields that submission needs are drawn as needed."""
        if self.words.is_bound:
            self.is_valid()
        for form in (self.words, self.process):
            for name in form.needed:
                form.fields[name].required = True
        return self

    def add_errors(self, errors: Mapping[str, list[Any]]) -> None:
        """Lay a flow's refusal beside the fields it names."""
        for name, texts in errors.items():
            prefix, dash, rest = name.partition("-")
            if prefix == "process" and dash and rest in self.process.fields:
                self.process.add_error(rest, texts)
            else:
                self.words.add_error(name if name in self.words.fields else None, texts)

    # The summary of errors reads this form like a formset: the rows, and how much is wrong with them.
    def __iter__(self) -> Iterator[forms.Form]:
        return iter([self.process, *self.targets.forms])

    def non_form_errors(self) -> Any:
        return self.targets.non_form_errors()

    def total_error_count(self) -> int:
        return sum(len(row.errors) for row in self) + len(self.non_form_errors())

    @property
    def document(self) -> Accepted | None:
        return self.words.cleaned_data.get("document")

    def content(self) -> Content:
        given = {name: value for name, value in self.words.cleaned_data.items() if name != "document"}
        if given.get("wanted_until"):
            given["wanted_until"] += timedelta(days=1)
        return Content(
            **given,
            process=GivenProcess(**self.process.cleaned_data),
            targets=given_targets(self.targets),
        )


def _initial(content: Content) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    words = {name: getattr(content, name) for name in ASKED if name not in ("document", "wanted_until")}
    words["wanted_until"] = content.wanted_until and content.wanted_until - timedelta(days=1)
    process = {name: getattr(content.process, name) for name in ProcessForm.base_fields}
    targets = [
        {"kind": each.kind, "value": each.value, "chain": each.chain, "tag": each.tag}
        for each in content.targets
    ]
    return words, process, targets


class AnswerForm(forms.Form):
    body = _area(_("Your answer"), 8, BODY_MAX)
    document = DocumentField(
        label=_("A document with it"), required=False, help_text=_("PDF, JPEG or PNG, at most 25 MB.")
    )


class WithdrawForm(forms.Form):
    why = _area(_("Why it is withdrawn"), 3, 2000, help_text=_("The exchange and your colleagues see this."))
