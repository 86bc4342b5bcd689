"""What an auditor may ask the trail for. Everything is optional, and stands in the address."""

import ipaddress
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit import events
from portal.audit.search import Search, kinds_in_trail
from portal.models import Agency
from portal.models.auditexport import ExportFormat

EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
GROUPS: dict[str, str | Promise] = {
    "agencies": gettext_lazy("Agencies"),
    "audit": gettext_lazy("Audit trail"),
    "campaigns": gettext_lazy("Campaigns"),
    "clients": gettext_lazy("API clients"),
    "documents": gettext_lazy("Documents"),
    "people": gettext_lazy("People"),
    "requests": gettext_lazy("Case requests"),
}
Choices = list[tuple[str, Any]]


def event_choices() -> Choices:
    found: Choices = [("", gettext_lazy("All acts"))]
    for prefix, group in groupby(events.choices(), key=lambda pair: pair[0].partition(".")[0]):
        every = (f"{prefix}.", _("All of these: %(group)s") % {"group": GROUPS.get(prefix, prefix)})
        found.append(
            (str(GROUPS.get(prefix, prefix)), [every, *sorted(group, key=lambda pair: str(pair[1]))])
        )
    return found


class Line(forms.CharField):
    def __init__(self, label: Any, most: int, **options: Any) -> None:
        super().__init__(label=label, max_length=most, required=False, **options)


class Day(forms.DateField):
    def __init__(self, label: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


class SearchForm(forms.Form):
    words = Line(gettext_lazy("Words in the reason"), 200)
    event = forms.ChoiceField(label=gettext_lazy("Act"), required=False)
    actor = Line(gettext_lazy("Who: name, address or id"), 254)
    agency = forms.ChoiceField(label=gettext_lazy("Agency"), required=False)
    since = Day(gettext_lazy("From"))
    until = Day(gettext_lazy("To, inclusive"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of thing"), required=False)
    subject = Line(gettext_lazy("Id of the thing"), 60)
    ip = Line(gettext_lazy("IP address or network"), 50)
    request = Line(gettext_lazy("Id of the request"), 64)
    session = Line(gettext_lazy("Session"), 16)
    use_required_attribute = False
    RARE = ("kind", "subject", "ip", "request", "session")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        agencies = [(str(each.pk), each.name) for each in Agency.objects.order_by("name_en")]
        for name, choices in (
            ("event", event_choices()),
            ("agency", [("", gettext_lazy("All agencies")), *agencies]),
            ("kind", [("", gettext_lazy("All kinds")), *kinds_in_trail()]),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_since(self) -> datetime | None:
        return self._midnight(self.cleaned_data["since"], timedelta(0))

    def clean_until(self) -> datetime | None:
        """The end of the day, exclusive."""
        return self._midnight(self.cleaned_data["until"], timedelta(days=1))

    def _midnight(self, day: date | None, later: timedelta) -> datetime | None:
        if day is None:
            return None
        if not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("There is nothing on this day."))
        return datetime.combine(day + later, time.min, tzinfo=timezone.get_current_timezone())

    def clean_ip(self) -> str:
        given: str = self.cleaned_data["ip"]
        try:
            return str(ipaddress.ip_network(given, strict=False)) if given else ""
        except ValueError:
            raise forms.ValidationError(_("This is no IP address or network.")) from None

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("since") and given.get("until") and given["since"] >= given["until"]:
            self.add_error("until", _("This is before the first day."))
        return given

    @property
    def search(self) -> Search:
        """Once is_valid()."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        given["subject_type"] = given.pop("kind", "")
        return Search(**given)

    @property
    def rare(self) -> list[forms.BoundField]:
        return [self[name] for name in self.RARE]

    @property
    def asks_rare(self) -> bool:
        """Whether one of the rarer fields was used: they are folded away otherwise."""
        return any(self.data.get(name) for name in self.RARE)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """[(label, what was asked)], in words, once is_valid()."""
        found = []
        for name, field in self.fields.items():
            given = self.data.get(name, "")
            if given and self.cleaned_data.get(name):
                found.append((str(field.label), self._worded(field, given)))
        return found

    def _worded(self, field: forms.Field, given: str) -> str:
        for value, label in getattr(field, "choices", []):
            pairs = label if isinstance(label, list) else [(value, label)]
            for each, words in pairs:
                if str(each) == given:
                    return str(words)
        return given


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=ExportFormat.choices,
        initial=ExportFormat.CSV,
        widget=forms.RadioSelect,
    )
