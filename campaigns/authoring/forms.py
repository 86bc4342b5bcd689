"""The author's form: the audience, then the text in each language of the campaign, then its ordered parts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.authoring.flows import Audience
from campaigns.authoring.text import EXAMPLE_FIELDS, MAX_ROWS, WorkingText, column
from campaigns.models import Campaign
from campaigns.models.campaign import BODY_MAX, HEADLINE_MAX, LONG_MAX, SHORT_MAX, TITLE_MAX, ScamType
from campaigns.models.texts import PHONE_MAX, URL_MAX
from portal.kernel.languages import NAMES, bcp47, direction
from portal.models import Agency
from portal.ui.regions import region_label

LABELS = {
    "headline": _("Headline"),
    "body": _("Body"),
    "text": _("Tip"),
    "title": _("Name of the scam"),
    "how_it_goes": _("How it goes"),
    "how_to_tell": _("How to tell"),
    "name": _("Name"),
    "hours": _("Hours"),
}


class WarningTextField(forms.CharField):
    """Browsers send a line end as two characters and count it as one against the limit; it is kept as one."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def _text_field(name: str, language: str, limit: int, *, rows: int = 0) -> forms.CharField:
    attributes = {"lang": bcp47(language), "dir": direction(language), "spellcheck": "true"}
    widget = forms.Textarea({**attributes, "rows": rows}) if rows else forms.TextInput(attributes)
    return WarningTextField(
        label=f"{LABELS[name]} · {NAMES[language]}",
        required=False,
        max_length=limit,
        widget=widget,
        strip=True,
    )


class ZonedDateTimeField(forms.DateTimeField):
    """A moment typed in a zone that is not the reader's. What the zone's clocks skip or repeat is refused."""

    zone: ZoneInfo
    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            moment = super().to_python(value)
        try:
            # Whoever sends an offset of their own means that moment; PostgreSQL takes fewer than Python.
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)


class AudienceForm(forms.Form):
    """Whom it is for and when. Times are read in the agency's zone."""

    title = forms.CharField(
        label=_("Working title"),
        max_length=TITLE_MAX,
        help_text=_("For you and the reviewers; users never see it."),
    )
    scam_type = forms.ChoiceField(label=_("Scam type"), choices=ScamType.choices)
    regions = forms.MultipleChoiceField(label=_("Regions"), widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The text is needed in each of them before it can be submitted."),
    )
    default_language = forms.ChoiceField(
        label=_("Language shown when the user's is missing"), choices=list(NAMES.items())
    )
    starts_at = ZonedDateTimeField(label=_("Starts"))
    ends_at = ZonedDateTimeField(label=_("Ends"))
    priority = forms.IntegerField(
        label=_("Priority"), min_value=1, max_value=100, help_text=_("1 to 100; the highest is shown first.")
    )

    def __init__(self, *args: Any, agency: Agency, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["regions"]).choices = [
            (code, region_label(code)) for code in agency.regions
        ]
        own = [code for code in NAMES if code in agency.languages]
        others = [code for code in NAMES if code not in agency.languages]
        cast(forms.ChoiceField, self.fields["languages"]).choices = [
            (code, NAMES[code]) for code in (*own, *others)
        ]
        for name in ("starts_at", "ends_at"):
            field = cast(ZonedDateTimeField, self.fields[name])
            field.zone = ZoneInfo(agency.time_zone)
            field.help_text = _("Time in %(zone)s.") % {"zone": agency.time_zone}

    def audience(self) -> Audience:
        return Audience(**self.cleaned_data)


class TextForm(forms.Form):
    """Headline and body, once per language."""

    def __init__(self, *args: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.languages = languages
        for language in languages:
            self.fields[column("headline", language)] = _text_field("headline", language, HEADLINE_MAX)
            self.fields[column("body", language)] = _text_field("body", language, BODY_MAX, rows=6)

    def by_language(self) -> list[dict[str, Any]]:
        """What the template draws: one panel a language."""
        return [
            {"code": code, "fields": [self[column("headline", code)], self[column("body", code)]]}
            for code in self.languages
        ]

    def words(self, name: str) -> dict[str, str]:
        return {code: self.cleaned_data[column(name, code)] for code in self.languages}


class RowForm(forms.Form):
    """One ordered part. A row that is left blank, or ticked for removal, is not kept."""

    translated: Mapping[str, tuple[int, int]] = {}  # name → (limit, textarea rows)

    def __init__(self, *args: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.languages = languages
        for name, (limit, rows) in self.translated.items():
            for language in languages:
                self.fields[column(name, language)] = _text_field(name, language, limit, rows=rows)

    def words(self, name: str) -> dict[str, str]:
        return {code: self.cleaned_data[column(name, code)] for code in self.languages}

    def across_languages(self) -> list[list[forms.BoundField]]:
        """What the template draws: one line a text, its languages side by side."""
        return [[self[column(name, code)] for code in self.languages] for name in self.translated]

    def in_no_language(self) -> list[forms.BoundField]:
        return [self[name] for name in self.base_fields]

    @property
    def is_kept(self) -> bool:
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("ORDER", "DELETE")}
        return any(values.values()) and not self.cleaned_data.get("DELETE")


class TipForm(RowForm):
    translated = {"text": (SHORT_MAX, 2)}


class ScamExampleForm(RowForm):
    translated = {"title": (SHORT_MAX, 0), "how_it_goes": (LONG_MAX, 3), "how_to_tell": (LONG_MAX, 3)}


class ResourceForm(RowForm):
    translated = {"name": (SHORT_MAX, 0), "hours": (SHORT_MAX, 0)}
    phone = forms.CharField(label=_("Phone"), required=False, max_length=PHONE_MAX)
    url = forms.URLField(label=_("Web address"), required=False, max_length=URL_MAX, assume_scheme="https")


def _formset(row: type[RowForm]) -> Any:
    return forms.formset_factory(
        row,
        extra=1,
        can_order=True,
        can_delete=True,
        max_num=MAX_ROWS,
        validate_max=True,
        absolute_max=MAX_ROWS + 8,
    )


class CampaignForm:
    """All the parts of the page as one: `is_valid()`, `audience`, `text`."""

    def __init__(
        self, agency: Agency, languages: list[str], data: Any = None, campaign: Campaign | None = None
    ) -> None:
        text = WorkingText.of(campaign) if campaign else WorkingText()
        for_rows = {"form_kwargs": {"languages": languages}}
        self.audience_form = AudienceForm(data, agency=agency, initial=_audience_initial(agency, campaign))
        self.text_form = TextForm(
            data, languages=languages, initial=_columns({"headline": text.headline, "body": text.body})
        )
        self.tips = _formset(TipForm)(
            data, prefix="tips", initial=[_columns({"text": tip}) for tip in text.tips], **for_rows
        )
        self.examples = _formset(ScamExampleForm)(
            data, prefix="examples", initial=[_columns(example) for example in text.examples], **for_rows
        )
        self.resources = _formset(ResourceForm)(
            data, prefix="resources", initial=[_columns(resource) for resource in text.resources], **for_rows
        )

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.audience_form, self.text_form, self.tips, self.examples, self.resources

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

    def text(self) -> WorkingText:
        return WorkingText(
            headline=self.text_form.words("headline"),
            body=self.text_form.words("body"),
            tips=[row.words("text") for row in _kept(self.tips)],
            examples=[{name: row.words(name) for name in EXAMPLE_FIELDS} for row in _kept(self.examples)],
            resources=[
                {
                    "name": row.words("name"),
                    "hours": row.words("hours"),
                    "phone": row.cleaned_data["phone"],
                    "url": row.cleaned_data["url"],
                }
                for row in _kept(self.resources)
            ],
        )


def _kept(formset: Any) -> list[RowForm]:
    rows = [form for form in formset.forms if form.has_changed() or form.initial]
    kept = [row for row in rows if row.is_kept]
    return sorted(
        kept, key=lambda row: (row.cleaned_data.get("ORDER") is None, row.cleaned_data.get("ORDER") or 0)
    )


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found.update({column(name, language): text for language, text in value.items()})
        else:
            found[name] = value
    return found


def _audience_initial(agency: Agency, campaign: Campaign | None) -> dict[str, Any]:
    if campaign is None:
        known = [code for code in agency.languages if code in NAMES]
        return {
            "regions": agency.regions[:1],
            "languages": known,
            "default_language": known[0] if known else "en",
            "priority": 50,
        }
    names = (
        "title",
        "scam_type",
        "regions",
        "languages",
        "default_language",
        "priority",
        "starts_at",
        "ends_at",
    )
    return {name: getattr(campaign, name) for name in names}
