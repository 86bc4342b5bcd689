"""The author's flows: create, edit, submit, withdraw, revise. Each is one transaction and one act."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.audience import Audience
from campaigns.authoring.freeze import freeze
from campaigns.authoring.guidance import findings
from campaigns.authoring.text import WorkingText
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Contribution, Version
from campaigns.translating.state import note
from portal.access import check, hold_standing
from portal.audit import record, state_of
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible, Stale, WrongState
from portal.models import Agency
from portal.notices import notify
from portal.notices.notify import people_with

# Whom a campaign reaches and when: an edit of these is told by the audit trail, value by value.
AUDIENCE = tuple(each.name for each in fields(Audience))


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


def ensure_not_archived(campaign: Campaign) -> None:
    if campaign.archived_at is not None:
        raise WrongState(_("It is archived. Bring it back first."), code="archived")


def contributed(campaign: Campaign, actor: Actor, now: datetime) -> None:
    if actor.person_id is not None:
        Contribution.objects.get_or_create(
            campaign=campaign, person_id=actor.person_id, defaults={"first_at": now}
        )


@transaction.atomic
def create(
    *,
    actor: Actor,
    now: datetime,
    audience: Audience,
    text: WorkingText,
    origin: Mapping[str, str] | None = None,
) -> Campaign:
    """`origin` says for the trail where the words came from, if not from the author's keyboard."""
    hold_standing(actor)
    check(actor, "campaigns.create")
    agency = Agency.objects.visible_to(actor).get(pk=actor.agency_id)
    text.check()
    campaign = Campaign(agency=agency, created_by_id=actor.as_person(), created_at=now, changed_at=now)
    audience.write(campaign)
    text.write(campaign)
    note(campaign, WorkingText(), text, actor, now)
    contributed(campaign, actor, now)
    record(
        events.CREATED,
        actor=actor,
        subject=campaign,
        at=now,
        data={"regions": campaign.regions, **(origin or {})},
    )
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
    ensure_not_archived(campaign)
    campaign.status = LIFECYCLE.after(CampaignStatus(campaign.status), "edit")
    if campaign.revision != seen_revision:
        raise Stale(
            _("Somebody else saved this draft. Your text is kept below; compare it with theirs, then save.")
        )
    text.check()
    before, had = state_of(campaign, *AUDIENCE), WorkingText.of(campaign)
    audience.write(campaign)
    campaign.revision += 1
    campaign.changed_at = now
    text.write(campaign)
    note(campaign, had, text, actor, now)
    contributed(campaign, actor, now)
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
    ensure_not_archived(campaign)
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
    contributed(campaign, actor, now)
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
    campaign.in_review = campaign.claimed_by = campaign.claimed_at = None
    campaign.changed_at = now
    campaign.save(update_fields=["status", "in_review", "claimed_by", "claimed_at", "changed_at"])
    record(
        events.WITHDRAWN, actor=actor, subject=campaign, at=now, data={"version": str(version and version.pk)}
    )
    return campaign


@transaction.atomic
def revise(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """Open the next version for writing. What is published stays live until that one is approved."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.revise", campaign)
    ensure_not_archived(campaign)
    campaign.status = LIFECYCLE.after(CampaignStatus(campaign.status), "revise")
    campaign.revision += 1
    campaign.changed_at = now
    campaign.save(update_fields=["status", "revision", "changed_at"])
    record(events.REVISED, actor=actor, subject=campaign, at=now)
    return campaign


@transaction.atomic
def archive(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """Out of the way in lists. Refused in review and while served: nobody should overlook what users see."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.archive", campaign)
    if campaign.archived_at is not None:
        raise WrongState(_("It is archived already."))
    if campaign.in_review_id is not None:
        raise WrongState(_("It is in review. Withdraw it first."))
    if campaign.is_served_at(now):
        raise WrongState(_("It is being served. Recall it first, or wait until it has ended."))
    campaign.archived_at = now
    campaign.save(update_fields=["archived_at"])
    record(events.ARCHIVED, actor=actor, subject=campaign, at=now)
    return campaign


@transaction.atomic
def unarchive(campaign_id: UUID, *, actor: Actor, now: datetime) -> Campaign:
    """Back among the others."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.unarchive", campaign)
    if campaign.archived_at is None:
        raise WrongState(_("It is not archived."))
    campaign.archived_at = None
    campaign.save(update_fields=["archived_at"])
    record(events.UNARCHIVED, actor=actor, subject=campaign, at=now)
    return campaign
