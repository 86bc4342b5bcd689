"""One finding, and what every check is given to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.text import WorkingText
from portal.kernel.errors import Text
from portal.kernel.languages import NAMES

LABELS = {
    "headline": _("Headline"),
    "body": _("Body"),
    "question": _("Question step"),
    "tips": _("Tips"),
    "examples": _("Scam examples"),
    "resources": _("Resources"),
    "sources": _("Sources of the figures"),
    "regions": _("Regions"),
    "ends_at": _("Ends"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    blocks: bool
    field: str  # the part of the form it is about
    language: str  # "" where it concerns every language
    message: Text
    mend: Text

    @property
    def label(self) -> Text:
        return LABELS[self.field]

    @property
    def language_name(self) -> str:
        return NAMES.get(self.language, "")


@dataclass(frozen=True, slots=True)
class Looked:
    """A draft as it is looked at: saved or as typed so far."""

    text: WorkingText
    languages: Sequence[str]
    regions: Sequence[str]
    agency_regions: Sequence[str]
    ends_at: datetime | None
    now: datetime

    @property
    def countries(self) -> list[str]:
        return sorted({code.partition("-")[0] for code in self.regions})
