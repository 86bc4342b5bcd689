"""The application's parts, one page each. A part asks a group of questions; the rules stand in content."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from babel.core import get_global
from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from portal.agencies.application.content import Given
from portal.documents.forms import DocumentField
from portal.kernel.errors import Text
from portal.kernel.languages import NAMES
from portal.kernel.regions import countries, subdivisions_of
from portal.kernel.zones import is_zone, offered_zones
from portal.ui.regions import region_label

Answers = Mapping[str, str | Sequence[str]]
# Title, icon, hint and fields of one group of questions.
Card = tuple[Text, str, Text, tuple[str, ...]]


def _line(label: Any, hint: Any = "", **attributes: str) -> forms.CharField:
    widget = forms.TextInput({"dir": "auto", **attributes})
    return forms.CharField(label=label, help_text=hint, widget=widget)


class DomainsField(forms.CharField):
    """One domain a line; commas, semicolons and spaces part them too."""

    widget = forms.Textarea({"rows": 4, "dir": "ltr", "spellcheck": "false", "autocapitalize": "off"})

    def clean(self, value: Any) -> Any:
        return super().clean(value).replace(",", " ").replace(";", " ").split()


class PartForm(forms.Form):
    use_required_attribute = False
    title: Text
    cards: Sequence[Card]

    def __init__(self, data: Any = None, files: Any = None, *, earlier: Given) -> None:
        """`earlier`: what the other parts say, for the rules that join them."""
        super().__init__(data, files)
        self.earlier = earlier
        # What a rule says of nothing at all is what is said where nothing was given.
        for name, texts in Given().wrong(self.fields).items():
            self.fields[name].error_messages["required"] = str(texts[0])

    def clean(self) -> dict[str, Any]:
        values = {name: self.cleaned_data[name] for name in self.cleaned_data if name in Given.__slots__}
        for name, texts in replace(self.earlier, **values).wrong(list(values)).items():
            self.add_error(name, [str(text) for text in texts])
        return self.cleaned_data

    def groups(self) -> list[dict[str, Any]]:
        """What the template draws: one card a group."""
        return [
            {"title": title, "icon": icon, "hint": hint, "fields": [self[name] for name in names]}
            for title, icon, hint, names in self.cards
        ]


class AgencyPart(PartForm):
    title = _("The agency")
    cards = (
        (_("Its name"), "building", "", ("name", "local_name", "local_language")),
        (_("Its country"), "world", "", ("country",)),
        (_("Training"), "flask", "", ("is_training",)),
    )
    name = _line(_("Name in English"), _("As it stands on its letters: Hong Kong Police Force."))
    local_name = _line(_("Name in its own language"), _("Leave this empty where the language is not listed."))
    local_language = forms.ChoiceField(
        label=_("Language of that name"),
        required=False,
        choices=[("", _("None")), *[(code, name) for code, name in NAMES.items() if code != "en"]],
    )
    country = forms.ChoiceField(label=_("Country or territory"))
    is_training = forms.BooleanField(
        label=_("This is a training agency"),
        required=False,
        help_text=_("It can do everything, as an exercise, and reaches no one."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["local_name"].required = False
        named = sorted(((code, region_label(code)) for code in countries()), key=lambda each: each[1])
        cast(forms.ChoiceField, self.fields["country"]).choices = [("", _("Choose…")), *named]


class RegionsPart(PartForm):
    title = _("Where it works")
    cards = (
        (_("Regions"), "map-pin", _("Warnings of the agency reach these regions only."), ("regions",)),
        (_("Languages"), "language", "", ("languages",)),
        (_("Time"), "clock", "", ("time_zone",)),
    )
    regions = forms.MultipleChoiceField(label=_("Regions"), widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(
        label=_("Languages it writes in"),
        choices=list(NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        country = self.earlier.country
        cast(forms.ChoiceField, self.fields["regions"]).choices = _regions_of(country)
        own = [zone for zone in get_global("territory_zones").get(country, ()) if is_zone(zone)]
        others = [zone for zone in offered_zones() if zone not in own]
        cast(forms.ChoiceField, self.fields["time_zone"]).choices = [
            ("", _("Choose…")),
            *([(_("In this country"), [(zone, zone) for zone in own])] if own else []),
            (_("Everywhere"), [(zone, zone) for zone in others]),
        ]


class ContactPart(PartForm):
    title = _("How we recognise it")
    cards = (
        (
            _("Official domains"),
            "at",
            _("We ask for a record in the DNS of each, and people are invited at these domains only."),
            ("domains",),
        ),
        (
            _("Website and switchboard"),
            "phone-call",
            _("We call the number that the agency publishes, never one from a message."),
            ("website", "switchboard", "switchboard_source"),
        ),
    )
    domains = DomainsField(
        label=_("Official domains"),
        help_text=_("What stands after the @ in the agency's addresses, one a line, at most five."),
    )
    website = _line(_("The agency's website"), _("Its own site, with https://."), type="url", dir="ltr")
    switchboard = _line(
        _("Public switchboard number"), _("With the country code: +852 2860 2000."), type="tel", dir="ltr"
    )
    switchboard_source = _line(
        _("Where that number is published"), _("The page's web address."), type="url", dir="ltr"
    )


class SupervisorForm(PartForm):
    """Alone it corrects what was sent already."""

    title = _("Correct the first supervisor")
    cards: Sequence[Card] = (
        (
            _("First supervisor"),
            "user-check",
            _("Confirms this application, and later invites the officers and keeps the roster."),
            ("supervisor_name", "supervisor_email"),
        ),
    )
    supervisor_name = _line(_("Name of the first supervisor"))
    supervisor_email = _line(
        _("E-mail address of the first supervisor"),
        _("At one of the official domains. We mail a link to confirm this application there."),
        type="email",
        dir="ltr",
    )


class PeoplePart(SupervisorForm):
    title = _("Its people")
    cards = (
        (
            _("Head of unit"),
            "user-shield",
            _("Who answers for the unit that uses the portal."),
            ("head_name", "head_post"),
        ),
        *SupervisorForm.cards,
    )
    field_order = ("head_name", "head_post")
    head_name = _line(_("Name of the head of unit"))
    head_post = _line(_("Post of the head of unit"), _("Superintendent, Cyber Security Division."))


class PurposePart(PartForm):
    title = _("Purpose and documents")
    cards = (
        (_("What you need access for"), "target", "", ("purpose",)),
        (
            _("Letter of authority"),
            "file-certificate",
            _("On the agency's paper, signed by the head of unit: who may act for it, and in what."),
            ("document",),
        ),
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_(
            "The offences you work on, and what the exchange can do for you. Name no case and no suspect."
        ),
        widget=forms.Textarea({"rows": 6, "dir": "auto", "spellcheck": "true"}),
    )
    document = DocumentField(
        label=_("Letter of authority"), help_text=_("PDF, JPEG or PNG, at most 25 MB, without a password.")
    )

    def __init__(self, *args: Any, attached: int = 0, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["document"].error_messages["required"] = _("Attach the letter of authority.")
        if attached:
            self.attached()

    def attached(self) -> None:
        """There is one now, so the field asks for more only."""
        self.fields["document"].required = False
        self.fields["document"].label = _("Another document")


PARTS: Mapping[str, type[PartForm]] = {
    "agency": AgencyPart,
    "regions": RegionsPart,
    "contact": ContactPart,
    "people": PeoplePart,
    "purpose": PurposePart,
}


def as_data(answers: Answers) -> MultiValueDict[str, Any]:
    """Kept answers in the shape that a form is bound to."""
    listed = {name: [value] if isinstance(value, str) else list(value) for name, value in answers.items()}
    return MultiValueDict(listed)


def _regions_of(country: str) -> list[tuple[str, Any]]:
    if not country:
        return []
    parts = sorted(
        ((code, region_label(code)) for code in subdivisions_of(country)), key=lambda each: each[1]
    )
    whole = (country, _("The whole of %(country)s") % {"country": region_label(country)})
    return [whole, (str(_("Or parts of it")), parts)] if parts else [whole]
