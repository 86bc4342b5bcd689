"""The guidance check: what would weaken the warning. Some findings block submission, others advise.

The measure is the UK regulator's list for effective warnings (domain, section 3): specific,
understandable, clear, impactful, timely.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.text import EXAMPLE_FIELDS, WorkingText
from campaigns.models import Campaign
from portal.kernel.errors import Text
from portal.kernel.languages import NAMES

# A withdrawal screen on a phone shows about this much above the fold.
SHORT_BODY = 400
LONG_SENTENCE_WORDS = 25


LABELS = {
    "headline": _("Headline"),
    "body": _("Body"),
    "tips": _("Tips"),
    "examples": _("Scam examples"),
    "resources": _("Resources"),
    "regions": _("Regions"),
    "ends_at": _("Ends"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    blocks: bool
    field: str  # the form field it is about
    language: str  # "" where it concerns every language
    message: Text

    @property
    def label(self) -> Text:
        return LABELS[self.field]

    @property
    def language_name(self) -> str:
        return NAMES.get(self.language, "")


def findings(campaign: Campaign, now: datetime) -> list[Finding]:
    """Blocking findings first."""
    text = WorkingText.of(campaign)
    found = [*_audience(campaign, now), *_resources(text)]
    for language in campaign.languages:
        found += _completeness(text, language)
        found += _reading(text, language)
    return sorted(found, key=lambda finding: not finding.blocks)


def _audience(campaign: Campaign, now: datetime) -> Iterator[Finding]:
    if campaign.ends_at <= now:
        yield Finding(True, "ends_at", "", _("The window has already ended."))
    outside = sorted(set(campaign.regions) - _covered(campaign))
    if outside:
        yield Finding(
            True, "regions", "", _("Not a region of the agency: %(codes)s.") % {"codes": ", ".join(outside)}
        )


def _covered(campaign: Campaign) -> set[str]:
    """The agency's regions and their subdivisions, among those asked for."""
    own = campaign.agency.regions
    return {code for code in campaign.regions if code in own or code.partition("-")[0] in own}


def _resources(text: WorkingText) -> Iterator[Finding]:
    if not text.resources:
        yield Finding(True, "resources", "", _("Add at least one resource: people need somebody to ask."))
    elif not any(resource["phone"] for resource in text.resources):
        yield Finding(False, "resources", "", _("No resource has a phone number. A hotline is used most."))
    for resource in text.resources:
        if resource["url"] and not resource["url"].startswith("https://"):
            yield Finding(True, "resources", "", _("%(url)s is not https.") % {"url": resource["url"]})


def _completeness(text: WorkingText, language: str) -> Iterator[Finding]:
    missing = _("Missing in this language.")
    for name in ("headline", "body"):
        if not getattr(text, name).get(language, "").strip():
            yield Finding(True, name, language, missing)
    if not text.tips:
        yield Finding(True, "tips", language, _("Add at least one tip."))
    if any(not tip.get(language, "").strip() for tip in text.tips):
        yield Finding(True, "tips", language, missing)
    for example in text.examples:
        if any(not example[name].get(language, "").strip() for name in EXAMPLE_FIELDS):
            yield Finding(True, "examples", language, missing)
            break
    if any(not resource["name"].get(language, "").strip() for resource in text.resources):
        yield Finding(True, "resources", language, missing)
    if not text.examples:
        yield Finding(False, "examples", language, _("An example of the scam makes a warning specific."))


def _reading(text: WorkingText, language: str) -> Iterator[Finding]:
    body = text.body.get(language, "")
    if len(body) > SHORT_BODY:
        yield Finding(
            False, "body", language, _("Long for a phone: %(length)d characters.") % {"length": len(body)}
        )
    sentences = [
        sentence for sentence in body.replace("!", ".").replace("?", ".").split(".") if sentence.strip()
    ]
    if any(len(sentence.split()) > LONG_SENTENCE_WORDS for sentence in sentences):
        yield Finding(
            False,
            "body",
            language,
            _("A sentence has more than %(words)d words.") % {"words": LONG_SENTENCE_WORDS},
        )
