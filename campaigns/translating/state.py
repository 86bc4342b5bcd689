"""Where each language of a draft stands: missing, outdated since its source changed, draft, reviewed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.authoring.text import PARTS, SINGLE, WorkingText
from campaigns.models import Campaign, Translation
from portal.kernel.actor import Actor
from portal.kernel.canonical import digest


class TranslationStatus(models.TextChoices):
    MISSING = "missing", _("Missing")
    OUTDATED = "outdated", _("Outdated")
    DRAFT = "translated", _("Translated")
    REVIEWED = "reviewed", _("Reviewed")


S = TranslationStatus


@dataclass(frozen=True, slots=True)
class Unit:
    """One text with its source. `limit` in characters."""

    key: str
    source: str
    target: str
    limit: int
    status: TranslationStatus


@dataclass(frozen=True, slots=True)
class State:
    language: str
    units: list[Unit]
    row: Translation | None

    @property
    def status(self) -> TranslationStatus:
        """That of its worst text."""
        found = {unit.status for unit in self.units}
        return next((each for each in (S.MISSING, S.OUTDATED, S.DRAFT) if each in found), S.REVIEWED)

    def count(self, status: TranslationStatus) -> int:
        return sum(unit.status == status for unit in self.units)

    @property
    def digest(self) -> str:
        """Of what a reviewer reads: both languages, text by text."""
        return digest([[unit.key, unit.source, unit.target] for unit in self.units])


def source_language(campaign: Campaign) -> str:
    """The one that is shown where a user's is missing is the one that the others are translated from."""
    return campaign.default_language


def targets(campaign: Campaign) -> list[str]:
    return [code for code in campaign.languages if code != source_language(campaign)]


def states(campaign: Campaign, text: WorkingText | None = None) -> list[State]:
    """Of every language but the source, in the campaign's order."""
    words = text or WorkingText.of(campaign)
    rows = {
        row.language: row
        for row in Translation.objects.filter(campaign=campaign).select_related(
            "translated_by", "reviewed_by"
        )
    }
    return [_state(campaign, words, code, rows.get(code)) for code in targets(campaign)]


def state(campaign: Campaign, language: str) -> State:
    return next(each for each in states(campaign) if each.language == language)


def _state(campaign: Campaign, text: WorkingText, language: str, row: Translation | None) -> State:
    source = dict(text.units(source_language(campaign)))
    known = row.sources if row else {}
    units = []
    for key, target in text.units(language):
        words = source.get(key, "")
        if not words.strip() and not target.strip():
            continue
        if not target.strip():
            status = S.MISSING
        elif known.get(key) != sha(words):
            status = S.OUTDATED
        else:
            status = S.DRAFT
        units.append(Unit(key, words, target, limit_of(key), status))
    found = State(language, units, row)
    if row and row.reviewed_digest and row.reviewed_digest == found.digest:
        read = [Unit(each.key, each.source, each.target, each.limit, S.REVIEWED) for each in units]
        return State(language, read, row)
    return found


def sha(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def limit_of(key: str) -> int:
    name, _dot, rest = key.partition(".")
    return PARTS[name].translated[rest.rpartition(".")[2]] if rest else SINGLE[name]


def note(campaign: Campaign, before: WorkingText, after: WorkingText, actor: Actor, now: datetime) -> None:
    """After a save: what was translated anew was translated from the source as it is now.

    The rest keeps the source it came from, and is outdated where that has changed.
    """
    source = dict(after.units(source_language(campaign)))
    rows = {row.language: row for row in Translation.objects.filter(campaign=campaign)}
    for language in targets(campaign):
        row = rows.get(language) or Translation(campaign=campaign, language=language)
        had, has = dict(before.units(language)), dict(after.units(language))
        changed = {key for key, words in has.items() if words != had.get(key, "")}
        kept = {key: value for key, value in row.sources.items() if key in has}
        row.sources = kept | {key: sha(source.get(key, "")) for key in changed if has[key].strip()}
        if changed:
            row.translated_by_id, row.translated_at = actor.person_id, now
        row.save()


def languages_waiting(found: Iterable[State]) -> list[str]:
    return [each.language for each in found if each.status in (S.MISSING, S.OUTDATED)]
