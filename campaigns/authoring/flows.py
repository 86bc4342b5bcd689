"""The author's flows: create, edit, submit, withdraw, revise. Each is one transaction and one act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.freeze import freeze
from campaigns.authoring.guidance import findings
from campaigns.authoring.text import WorkingText
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Contribution, Version
from campaigns.models.campaign import TITLE_MAX
from portal.access import check, hold_standing
from portal.audit import record, state_of
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible, Stale, Text, WrongState
from portal.kernel.words import unfit
from portal.models import Agency
from portal.notices import notify
from portal.notices.notify import people_with

# Whom a campaign reaches and when: an edit of these is told by the audit trail, value by value.
AUDIENCE = (
    "title", "scam_type", "regions", "languages", "default_language", "starts_at", "ends_at", "priority",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom the warning is for and when; `ends_at` is exclusive."""

    title: str
    scam_type: str
    regions: Sequence[str]
    languages: Sequence[str]
    default_language: str
    starts_at: datetime
    ends_at: datetime
    priority: int = 50

    def write(self, campaign: Campaign) -> None:
        """Raises Invalid by field for what the columns or the window refuse."""
        for name in ("title", "scam_type", "default_language", "starts_at", "ends_at", "priority"):
            setattr(campaign, name, getattr(self, name))
        # A frozen window is written to the second, so it is kept and compared to the second.
        starts_at = campaign.starts_at = self.starts_at.replace(microsecond=0)
        ends_at = campaign.ends_at = self.ends_at.replace(microsecond=0)
        campaign.regions = sorted(set(self.regions))
        campaign.languages = list(dict.fromkeys(self.languages))
        errors: dict[str, list[Text]] = {}
        try:
            campaign.clean_fields(exclude={"agency", "created_by", "in_review", "headline", "body"})
        except ValidationError as refused:
            errors.update({name: list(messages) for name, messages in refused.message_dict.items()})
        if wrong := unfit(self.title, TITLE_MAX):
            errors.setdefault("title", wrong)
        for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
            # Dates at the end of what a calendar holds cannot be shown in every zone.
            if not 2000 <= moment.year <= 2100:
                errors.setdefault(name, []).append(_("Choose a date between 2000 and 2100."))
        if ends_at <= starts_at:
            errors.setdefault("ends_at", []).append(_("The end must come after the start."))
        if self.default_language not in campaign.languages:
            errors.setdefault("default_language", []).append(_("Choose one of the campaign's languages."))
        if errors:
            raise Invalid(errors)


def locked(campaign_id: UUID, actor: Actor, *, in_quarantine: bool = False) -> Campaign:
    """The campaign, its row locked until the transaction ends; NotVisible where the actor may not see it.

    Raises WrongState (quarantined) unless the verb is one that quarantine does not stop.
    """
    hold_standing(actor)
    visible = Campaign.objects.visible_to(actor).filter(pk=campaign_id)
    found = (
        Campaign.objects.filter(pk__in=visible.values("pk"))
        .select_for_update(of=("self",))
        .select_related("agency")
    ).first()
    if found is None:
        raise NotVisible
    if found.quarantined_at is not None and not in_quarantine:
        raise WrongState(
            _("It is in quarantine: nothing can be done with it until compliance has looked at it."),
            code="quarantined",
        )
    return found


def _contributed(campaign: Campaign, actor: Actor, now: datetime) -> None:
    if actor.person_id is not None:
        Contribution.objects.get_or_create(
            campaign=campaign, person_id=actor.person_id, defaults={"first_at": now}
        )


@transaction.atomic
def create(*, actor: Actor, now: datetime, audience: Audience, text: WorkingText) -> Campaign:
    hold_standing(actor)
    check(actor, "campaigns.create")
    agency = Agency.objects.visible_to(actor).get(pk=actor.agency_id)
    text.check()
    campaign = Campaign(agency=agency, created_by_id=actor.as_person(), created_at=now, changed_at=now)
    audience.write(campaign)
    text.write(campaign)
    _contributed(campaign, actor, now)
    record(events.CREATED, actor=actor, subject=campaign, at=now, data={"regions": campaign.regions})
    return campaign


@transaction.atomic
def edit(
    campaign_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    seen_revision: int,
    audience: Audience,
    text: WorkingText,
) -> Campaign:
    """Replace the working text. Raises Stale if it was saved by anybody since `seen_revision`."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.edit", campaign)
    campaign.status = LIFECYCLE.after(CampaignStatus(campaign.status), "edit")
    if campaign.revision != seen_revision:
        raise Stale(
            _("Somebody else saved this draft. Your text is kept below; compare it with theirs, then save.")
        )
    text.check()
    before = state_of(campaign, *AUDIENCE)
    audience.write(campaign)
    campaign.revision += 1
    campaign.changed_at = now
    text.write(campaign)
    _contributed(campaign, actor, now)
    record(
        events.EDITED,
        actor=actor,
        subject=campaign,
        at=now,
        data={"revision": campaign.revision},
        before=before,
        after=state_of(campaign, *AUDIENCE),
    )
    return campaign


@transaction.atomic
def submit(campaign_id: UUID, *, actor: Actor, now: datetime, seen_revision: int) -> Version:
    """Freeze the working text as the next version and put it before the agency's supervisors."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.submit", campaign)
    campaign.status = LIFECYCLE.after(CampaignStatus(campaign.status), "submit")
    if campaign.revision != seen_revision:
        raise Stale(_("The draft was saved again after you checked it. Check it once more."))
    blocking = [finding for finding in findings(campaign, now) if finding.blocks]
    if blocking:
        errors: dict[str, list[Any]] = {}
        for finding in blocking:
            prefix = f"{finding.language_name}: " if finding.language else ""
            errors.setdefault(finding.field, []).append(f"{prefix}{finding.message}")
        raise Invalid(errors)
    number = (campaign.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    content, sha256 = freeze(campaign, number)
    version = Version.objects.create(
        campaign=campaign,
        number=number,
        content=content,
        sha256=sha256,
        submitted_by_id=actor.as_person(),
        submitted_at=now,
    )
    campaign.in_review = version
    campaign.changed_at = now
    campaign.save(update_fields=["status", "in_review", "changed_at"])
    _contributed(campaign, actor, now)
    notify(
        "campaign-to-approve",
        people=[
            person
            for person in people_with(Role.SUPERVISOR, agency_id=campaign.agency_id)
            if person.pk != actor.person_id
        ],
        path=reverse("campaigns-review", args=[campaign.pk]),
    )
    record(
        events.SUBMITTED,
        actor=actor,
        subject=campaign,
        at=now,
        data={"version": str(version.pk), "number": number, "sha256": sha256},
    )
    return version


@transaction.atomic
def withdraw(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """Take a version out of review; its text stays as the draft."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.withdraw", campaign)
    campaign.status = LIFECYCLE.after(CampaignStatus(campaign.status), "withdraw")
    version = campaign.in_review
    campaign.in_review = None
    campaign.changed_at = now
    campaign.save(update_fields=["status", "in_review", "changed_at"])
    record(
        events.WITHDRAWN, actor=actor, subject=campaign, at=now, data={"version": str(version and version.pk)}
    )
    return campaign


@transaction.atomic
def revise(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """Open the next version for writing. What is published stays live until that one is approved."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.revise", campaign)
    campaign.status = LIFECYCLE.after(CampaignStatus(campaign.status), "revise")
    campaign.revision += 1
    campaign.changed_at = now
    campaign.save(update_fields=["status", "revision", "changed_at"])
    record(events.REVISED, actor=actor, subject=campaign, at=now)
    return campaign
