"""The author's form: the audience, then the text in each language of the campaign, then its ordered parts."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.authoring.audienceform import AudienceForm, initial_of
from campaigns.authoring.guidance.finding import Looked
from campaigns.authoring.guidance.wording import fits_a_phone
from campaigns.authoring.text import PARTS, SINGLE, Row, WorkingText, column
from campaigns.models import Campaign
from campaigns.models.campaign import ScamType
from campaigns.models.texts import PHONE_MAX, URL_MAX
from portal.kernel.languages import NAMES, bcp47, direction
from portal.models import Agency

LABELS = {
    "headline": _("Headline"),
    "body": _("Body"),
    "text": _("Tip"),
    "title": _("Name of the scam"),
    "how_it_goes": _("How it goes"),
    "how_to_tell": _("How to tell"),
    "name": _("Name"),
    "hours": _("Hours"),
    "question": _("Question"),
    "label": _("Answer"),
    "advice": _("What the answer leads to"),
}
LINES = {"body": 6, "text": 2, "how_it_goes": 3, "how_to_tell": 3, "advice": 3}  # of a text that is long


class WarningTextField(forms.CharField):
    """Browsers send a line end as two characters and count it as one against the limit; it is kept as one."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def _text_field(name: str, language: str, limit: int) -> forms.CharField:
    attributes = {"lang": bcp47(language), "dir": direction(language), "spellcheck": "true"}
    lines = LINES.get(name)
    widget = forms.Textarea({**attributes, "rows": lines}) if lines else forms.TextInput(attributes)
    fits = fits_a_phone(name, language)
    if fits is not None:
        widget.attrs["data-count"] = str(fits)
    return WarningTextField(
        help_text=_("A phone shows %(fits)d characters at once.") % {"fits": fits}
        if fits is not None
        else "",
        label=f"{LABELS[name]} · {NAMES[language]}",
        required=False,
        max_length=limit,
        widget=widget,
        strip=True,
    )


class TextForm(forms.Form):
    """The texts of the campaign itself, once per language."""

    def __init__(self, *args: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.languages = languages
        for name, limit in SINGLE.items():
            for language in languages:
                self.fields[column(name, language)] = _text_field(name, language, limit)

    def by_language(self) -> list[dict[str, Any]]:
        """What the template draws: one panel a language."""
        return [
            {"code": code, "fields": [self[column(name, code)] for name in ("headline", "body")]}
            for code in self.languages
        ]

    def questions(self) -> list[forms.BoundField]:
        return [self[column("question", code)] for code in self.languages]

    def words(self, name: str) -> dict[str, str]:
        return {code: self.cleaned_data[column(name, code)] for code in self.languages}


class RowForm(forms.Form):
    """One ordered part. A row that is left blank, or ticked for removal, is not kept."""

    part = ""  # its kind in PARTS

    def __init__(self, *args: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.written_in = languages
        for name, limit in PARTS[self.part].translated.items():
            for language in languages:
                self.fields[column(name, language)] = _text_field(name, language, limit)

    def row(self) -> Row:
        words = {
            name: {code: self.cleaned_data[column(name, code)] for code in self.written_in}
            for name in PARTS[self.part].translated
        }
        return words | {name: self.cleaned_data[name] for name in PARTS[self.part].once}

    def so_far(self) -> Row:
        kind = PARTS[self.part]
        words = {
            name: {code: _typed(self, column(name, code)) or "" for code in self.written_in}
            for name in kind.translated
        }
        once = {}
        for name, missing in kind.once.items():
            value = _typed(self, name)
            is_fit = isinstance(value, (str, bool, list, tuple) if missing is not None else date)
            once[name] = value if is_fit else missing
        return words | once

    def across_languages(self) -> list[list[forms.BoundField]]:
        """What the template draws: one line a text, its languages side by side."""
        return [
            [self[column(name, code)] for code in self.written_in] for name in PARTS[self.part].translated
        ]

    def in_no_language(self) -> list[forms.BoundField]:
        return [self[name] for name in self.base_fields]

    @property
    def is_removed(self) -> bool:
        return bool(_typed(self, "DELETE"))

    @property
    def is_kept(self) -> bool:
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("ORDER", "DELETE")}
        return any(values.values()) and not self.cleaned_data.get("DELETE")


class TipForm(RowForm):
    part = "tips"


class ScamExampleForm(RowForm):
    part = "examples"
    scam_type = forms.ChoiceField(
        label=_("Scam type"), required=False, choices=[("", _("As the campaign")), *ScamType.choices]
    )


class AnswerForm(RowForm):
    part = "answers"
    is_warning_sign = forms.BooleanField(label=_("This answer is a sign of the scam"), required=False)


class ResourceForm(RowForm):
    part = "resources"
    phone = forms.CharField(label=_("Phone"), required=False, max_length=PHONE_MAX)
    url = forms.URLField(label=_("Web address"), required=False, max_length=URL_MAX, assume_scheme="https")
    languages = forms.MultipleChoiceField(
        label=_("Languages it answers in"), required=False, choices=list(NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("If the number or address is temporary."),
    )  # fmt: skip


class SourceForm(RowForm):
    part = "sources"
    url = forms.URLField(label=_("Web address"), required=False, max_length=URL_MAX, assume_scheme="https")
    as_of = forms.DateField(
        label=_("Figures of"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


CONDITIONS = (
    "min_amount", "min_amount_currency", "assets", "networks", "only_new_address",
    "account_younger_than_days", "age_bands", "show_at_most", "show_per_days",
)  # fmt: skip
ROWS: Mapping[str, type[RowForm]] = {
    form.part: form for form in (TipForm, ScamExampleForm, AnswerForm, ResourceForm, SourceForm)
}


class Rows(forms.BaseFormSet):
    """Gone through in the order the author has put them, which a page that is shown again keeps."""

    def __iter__(self) -> Iterator[Any]:
        return iter(sorted(self.forms, key=_place))


def _place(row: RowForm) -> float:
    """A row that names no place, as a spare one, comes last."""
    typed = str(row["ORDER"].value() or "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else math.inf


def _formset(row: type[RowForm]) -> Any:
    most = PARTS[row.part].most
    return forms.formset_factory(
        row,
        formset=Rows,
        extra=1,
        can_order=True,
        can_delete=True,
        max_num=most,
        validate_max=True,
        absolute_max=most + 8,
    )


class CampaignForm:
    """All the parts of the page as one: `is_valid()`, `audience`, `text`."""

    def __init__(
        self, agency: Agency, languages: list[str], data: Any = None, campaign: Campaign | None = None
    ) -> None:
        text = WorkingText.of(campaign) if campaign else WorkingText()
        self.audience_form = AudienceForm(
            data,
            agency=agency,
            chosen=campaign.regions if campaign else (),
            initial=initial_of(agency, campaign),
        )
        single = {name: getattr(text, name) for name in SINGLE}
        self.text_form = TextForm(data, languages=languages, initial=_columns(single))
        self.rows = {
            name: _formset(form)(
                data,
                prefix=name,
                initial=[_columns(row) for row in text.rows(name)],
                form_kwargs={"languages": languages},
            )
            for name, form in ROWS.items()
        }

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.audience_form, self.text_form, *self.rows.values()

    @property
    def has_conditions(self) -> bool:
        """Whether the folded part of the page holds anything, or an error."""
        form = self.audience_form
        return any(form[name].value() or form[name].errors for name in CONDITIONS)

    def is_valid(self) -> bool:
        # Every part is asked, so that all errors are shown at once.
        return all([part.is_valid() for part in self.parts])  # noqa: C419

    def add_errors(self, errors: Mapping[str, list[Any]]) -> None:
        """Lay a flow's refusal beside the fields it names."""
        for name, messages in errors.items():
            for form in (self.audience_form, self.text_form):
                if name in form.fields:
                    form.add_error(name, messages)
                    break
            else:
                self.audience_form.add_error(None, messages)

    def so_far(self, agency: Agency, now: datetime) -> Looked:
        """What is typed, right or wrong: a value that is refused is taken as typed, or as not given."""
        self.is_valid()
        audience = self.audience_form
        languages = self.text_form.languages
        found = WorkingText()
        for name in SINGLE:
            words = {code: _typed(self.text_form, column(name, code)) or "" for code in languages}
            setattr(found, name, words)
        for name, rows in self.rows.items():
            typed = [row.so_far() for row in rows if not row.is_removed]
            setattr(found, name, [row for row in typed if _says(row)])
        ends_at = _typed(audience, "ends_at")
        return Looked(
            found,
            languages,
            list(_typed(audience, "regions") or ()),
            agency.regions,
            ends_at if isinstance(ends_at, datetime) else None,
            now,
        )

    def text(self) -> WorkingText:
        found = WorkingText()
        for name in SINGLE:
            setattr(found, name, self.text_form.words(name))
        for name, rows in self.rows.items():
            setattr(found, name, [row.row() for row in _kept(rows)])
        return found


def _typed(form: forms.Form, name: str) -> Any:
    if name in form.cleaned_data:
        return form.cleaned_data[name]
    value = form[name].value()
    most = getattr(form.fields[name], "max_length", None)
    # What is far too long is looked at as far as tells that: a look may not cost what a save would refuse.
    return value[: 2 * most] if most and isinstance(value, str) else value


def _says(row: Row) -> bool:
    return any(any(value.values()) if isinstance(value, dict) else value for value in row.values())


def _kept(formset: Any) -> list[RowForm]:
    rows = [form for form in formset if form.has_changed() or form.initial]
    return [row for row in rows if row.is_kept]


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found.update({column(name, language): text for language, text in value.items()})
        else:
            found[name] = value
    return found
