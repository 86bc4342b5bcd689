"""Translate one language of a draft; read a translation and stand for it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.flows import contributed, ensure_not_archived, locked
from campaigns.authoring.text import WorkingText
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Translation
from campaigns.translating.state import TranslationStatus, note, sha, state, targets
from portal.access import check
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, Stale, WrongState


def held(campaign_id: UUID, language: str, *, actor: Actor, permission: str) -> Campaign:
    """The draft, its row locked, and the language one of its targets."""
    campaign = locked(campaign_id, actor)
    check(actor, permission, campaign)
    ensure_not_archived(campaign)
    LIFECYCLE.after(CampaignStatus(campaign.status), "edit")
    if language not in targets(campaign):
        raise WrongState(_("The campaign is not translated into this language."))
    return campaign


@transaction.atomic
def translate(
    campaign_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    language: str,
    seen_revision: int,
    words: Mapping[str, str],
    origin: Mapping[str, str] | None = None,
) -> Campaign:
    """Replace these texts of one language (key of a unit → words). Raises Stale as an edit does."""
    campaign = held(campaign_id, language, actor=actor, permission="campaigns.translate")
    if campaign.revision != seen_revision:
        raise Stale(
            _("The draft was saved by somebody since. Your words are kept below; compare, then save.")
        )
    before, text = WorkingText.of(campaign), WorkingText.of(campaign)
    for key, each in words.items():
        try:
            text.with_unit(key, language, each.strip())
        except KeyError:
            raise Invalid({key: [_("There is no such text in the draft.")]}) from None
    text.check()
    campaign.revision += 1
    campaign.changed_at = now
    text.write(campaign)
    note(campaign, before, text, actor, now)
    contributed(campaign, actor, now)
    had = dict(before.units(language))
    changed = sorted(key for key, each in text.units(language) if each != had.get(key))
    record(
        events.TRANSLATED, actor=actor, subject=campaign, at=now,
        data={"language": language, "texts": changed, "revision": campaign.revision, **(origin or {})},
    )  # fmt: skip
    return campaign


@transaction.atomic
def review_translation(
    campaign_id: UUID, *, actor: Actor, now: datetime, language: str, seen_digest: str
) -> Translation:
    """Somebody who did not translate it has read all of it, and it says what its source says.

    To read is no contribution: whoever reviews a translation may still approve the version.
    """
    campaign = held(campaign_id, language, actor=actor, permission="campaigns.review_translation")
    found = state(campaign, language)
    if found.digest != seen_digest:
        raise Stale(_("A text was changed after you opened this page. Read it again."))
    if found.count(TranslationStatus.MISSING):
        raise WrongState(_("Texts are missing in this language."))
    row = found.row or Translation(campaign=campaign, language=language)
    if row.translated_by_id is not None and row.translated_by_id == actor.person_id:
        raise Forbidden(_("You translated it last, so somebody else reads it."), code="translator")
    row.sources = {unit.key: sha(unit.source) for unit in found.units}
    row.reviewed_digest, row.reviewed_by_id, row.reviewed_at = found.digest, actor.as_person(), now
    row.save()
    record(
        events.TRANSLATION_REVIEWED, actor=actor, subject=campaign, at=now,
        data={"language": language, "digest": found.digest},
    )  # fmt: skip
    return row
