"""The form of an audience: whom a warning is for, when, and how often."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.numbers import get_territory_currencies
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.authoring.audience import Audience
from campaigns.models import Campaign
from campaigns.models.campaign import TITLE_MAX, AgeBand, Network, ScamType, Unconfirmed
from portal.kernel.languages import NAMES
from portal.kernel.regions import subdivisions_of
from portal.kernel.zones import is_zone, offered_zones
from portal.models import Agency
from portal.ui.regions import region_label

EVERYWHERE_CURRENCIES = ("USD", "EUR")


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


class AssetsField(forms.CharField):
    """Tickers with commas or blanks between them, kept as a list."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return str(super().to_python(value)).replace(",", " ").replace(";", " ").upper().split()

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, (list, tuple)) else value


class AudienceForm(forms.Form):
    """The parts of an Audience. Moments are read in the zone that the form itself names."""

    title = forms.CharField(
        label=_("Working title"),
        max_length=TITLE_MAX,
        help_text=_("For you and the reviewers; users never see it."),
    )
    scam_type = forms.ChoiceField(label=_("Scam type"), choices=ScamType.choices)
    mark = forms.TypedChoiceField(
        label=_("Agency mark"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("The picture that heads the warning."),
    )
    regions = forms.MultipleChoiceField(
        label=_("Regions"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A region reaches all of its parts; choose parts to reach only those."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The text is needed in each of them before it can be submitted."),
    )
    default_language = forms.ChoiceField(
        label=_("Language shown when the user's is missing"), choices=list(NAMES.items())
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))
    starts_at = ZonedDateTimeField(label=_("Starts"))
    ends_at = ZonedDateTimeField(label=_("Ends"), required=False)
    is_evergreen = forms.BooleanField(
        label=_("Evergreen: no end"),
        required=False,
        help_text=_("Served until a next version replaces it or somebody recalls it."),
    )
    priority = forms.IntegerField(
        label=_("Priority"), min_value=1, max_value=100, help_text=_("1 to 100; the highest is shown first.")
    )
    min_amount = forms.DecimalField(
        label=_("From this amount"), required=False, min_value=0, max_digits=18, decimal_places=2
    )
    min_amount_currency = forms.ChoiceField(label=_("Currency"), required=False)
    assets = AssetsField(
        label=_("Assets"),
        required=False,
        max_length=300,
        help_text=_("Tickers, such as USDT BTC. None: all."),
    )
    networks = forms.MultipleChoiceField(
        label=_("Networks"),
        required=False,
        choices=Network.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all."),
    )
    only_new_address = forms.BooleanField(label=_("Only the first withdrawal to an address"), required=False)
    account_younger_than_days = forms.IntegerField(
        label=_("Only accounts younger than this many days"), required=False, min_value=1, max_value=3650
    )
    age_bands = forms.MultipleChoiceField(
        label=_("Age of the user"),
        required=False,
        choices=AgeBand.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all."),
    )
    show_at_most = forms.IntegerField(
        label=pgettext_lazy("showing rule", "At most this often"), required=False, min_value=1, max_value=100
    )
    show_per_days = forms.IntegerField(
        label=pgettext_lazy("showing rule", "in this many days"), required=False, min_value=1, max_value=365,
        help_text=_("To one person. Leave both empty to show it at every withdrawal."),
    )  # fmt: skip
    unconfirmed_seconds = forms.TypedChoiceField(
        label=_("If the portal cannot be reached"),
        choices=Unconfirmed.choices,
        coerce=int,
        help_text=_(
            "The exchange's machines ask each second whether a warning was recalled."
            " This is what they do with it while they get no answer."
        ),
    )

    def __init__(self, *args: Any, agency: Agency, chosen: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self._offer("regions", _regions(agency, chosen))
        own = [code for code in NAMES if code in agency.languages]
        others = [code for code in NAMES if code not in agency.languages]
        self._offer("languages", [(code, NAMES[code]) for code in (*own, *others)])
        self._offer("mark", [("", _("None")), *((each.pk, str(each)) for each in agency.marks.all())])
        self._offer("min_amount_currency", [("", "–"), *((code, code) for code in _currencies(agency))])
        named = str(self["time_zone"].value() or "")
        zone = ZoneInfo(named if is_zone(named) else agency.time_zone)
        # The agency's own first; a draft that was taken in may hold one by an older name.
        zones = dict.fromkeys([agency.time_zone, zone.key, "UTC", *offered_zones()])
        self._offer("time_zone", [(name, name) for name in zones])
        for name in ("starts_at", "ends_at"):
            cast(ZonedDateTimeField, self.fields[name]).zone = zone

    def _offer(self, name: str, choices: list[Any]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.pop("is_evergreen", False):
            given["ends_at"] = None
        elif not given.get("ends_at") and "ends_at" not in self.errors:
            self.add_error("ends_at", _("Say when it ends, or that it is evergreen."))
        return given

    def audience(self) -> Audience:
        return Audience(**self.cleaned_data)


def initial_of(agency: Agency, campaign: Campaign | None) -> dict[str, Any]:
    """What the form begins with."""
    if campaign is None:
        known = [code for code in agency.languages if code in NAMES]
        return {
            "regions": agency.regions[:1],
            "languages": known,
            "default_language": known[0] if known else "en",
            "priority": 50,
            "time_zone": agency.time_zone,
            "unconfirmed_seconds": Unconfirmed.HOUR,
        }
    audience = Audience.of(campaign)
    held = {name: getattr(audience, name) for name in AudienceForm.base_fields if hasattr(audience, name)}
    return {**held, "is_evergreen": campaign.ends_at is None}


def _regions(agency: Agency, chosen: Sequence[str]) -> list[Any]:
    """The agency's own regions, then the parts of each; what a draft holds besides stays to be seen."""
    own = [(code, region_label(code)) for code in agency.regions]
    parts = [
        (
            _("Parts of %(region)s") % {"region": region_label(code)},
            [(part, region_label(part)) for part in subdivisions_of(code)],
        )
        for code in agency.regions
        if subdivisions_of(code)
    ]
    offered = {*agency.regions, *(part for code in agency.regions for part in subdivisions_of(code))}
    strange = [(code, region_label(code)) for code in chosen if code not in offered]
    return [*own, *strange, *parts]


def _currencies(agency: Agency) -> list[str]:
    of_regions = [
        currency
        for region in agency.regions
        for currency in get_territory_currencies(region.partition("-")[0])
    ]
    return list(dict.fromkeys([*of_regions, *EVERYWHERE_CURRENCIES]))
