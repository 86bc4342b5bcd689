"""All checks, in the order a reader meets the text."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from campaigns.authoring.guidance import contacts, figures, wording
from campaigns.authoring.guidance.finding import Finding, Looked
from campaigns.authoring.text import PARTS, WorkingText
from campaigns.models import Campaign

# What a part may leave empty in a language.
OPTIONAL = {("resources", "hours")}


def findings(campaign: Campaign, now: datetime) -> list[Finding]:
    """Of the draft as it is saved; blocking findings first."""
    return findings_of(
        Looked(
            text=WorkingText.of(campaign),
            languages=campaign.languages,
            regions=campaign.regions,
            agency_regions=campaign.agency.regions,
            ends_at=campaign.ends_at,
            now=now,
        )
    )


def findings_of(looked: Looked) -> list[Finding]:
    found = [*_audience(looked), *_parts(looked), *contacts.findings(looked), *figures.findings(looked)]
    for language in looked.languages:
        found += _missing(looked.text, language)
        found += wording.findings(looked.text, language)
    found += wording.untranslated(looked.text, looked.languages)
    return sorted(found, key=lambda finding: not finding.blocks)


def _audience(looked: Looked) -> Iterator[Finding]:
    if looked.ends_at is not None and looked.ends_at <= looked.now:
        yield Finding(True, "ends_at", "", _("The window has already ended."), _("Choose a later end."))
    own = looked.agency_regions
    outside = [code for code in looked.regions if code not in own and code.partition("-")[0] not in own]
    if outside:
        yield Finding(
            True,
            "regions",
            "",
            _("Not a region of the agency: %(codes)s.") % {"codes": ", ".join(sorted(outside))},
            _("Take it out, or ask the exchange to add the region to the agency."),
        )


def _parts(looked: Looked) -> Iterator[Finding]:
    text = looked.text
    if not text.tips:
        yield Finding(
            True, "tips", "", _("Add at least one tip."), _("Say one thing to do or to check before sending.")
        )
    if not text.examples:
        yield Finding(
            False,
            "examples",
            "",
            _("An example of the scam makes a warning specific."),
            _("Tell how the most common case of your region goes, and how to tell."),
        )
    asked = any(text.question.get(language, "").strip() for language in looked.languages)
    if asked != bool(text.answers) or len(text.answers) == 1:
        yield Finding(
            True,
            "question",
            "",
            _("A question step needs its question and at least two answers."),
            _("Complete it, or take the question and its answers out."),
        )
    elif text.answers and not any(answer.get("is_warning_sign") for answer in text.answers):
        yield Finding(
            False,
            "question",
            "",
            _("No answer is marked as a sign of the scam."),
            _("Mark the answer that a victim would give."),
        )


def _missing(text: WorkingText, language: str) -> Iterator[Finding]:
    """What is written somewhere must be written in every language of the campaign."""
    message, mend = (
        _("Missing in this language."),
        _("Translate it, or take the language out of the campaign."),
    )
    for name in ("headline", "body"):
        if not getattr(text, name).get(language, "").strip():
            yield Finding(True, name, language, message, mend)
    if any(text.question.values()) and not text.question.get(language, "").strip():
        yield Finding(True, "question", language, message, mend)
    for name, kind in PARTS.items():
        for row in text.rows(name):
            if any(_lacks(row, name, part, language) for part in kind.translated):
                field = "question" if name == "answers" else name
                yield Finding(True, field, language, message, mend)
                break


def _lacks(row: dict, name: str, part: str, language: str) -> bool:
    words = row.get(part, {})
    if (name, part) in OPTIONAL and not any(words.values()):
        return False
    return not words.get(language, "").strip()
