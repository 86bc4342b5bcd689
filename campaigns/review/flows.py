"""The reviewers' flows. An approval names what was seen; anything else on the table is refused."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Func
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.flows import locked
from campaigns.delivery.publish import announce, publish
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Contribution, Decision, Publication, Version
from campaigns.models.publication import REASON_MAX, RecallReason
from campaigns.models.version import COMMENT_MAX, ReviewReason, Stage, Verdict
from campaigns.review.claims import ensure_unclaimed_by_others
from portal.access import check
from portal.audit import record
from portal.kernel.actor import Actor, Role
from portal.kernel.canonical import digest
from portal.kernel.errors import Forbidden, Invalid, Stale, Text, WrongState
from portal.kernel.words import unfit
from portal.models import User
from portal.notices import notify
from portal.notices.notify import people_with

RECALLED_FIELDS = (
    "recalled_at", "recalled_by", "recall_code", "recall_reason", "recall_revision", "recall_announced_at",
)  # fmt: skip


def _decide(
    campaign_id: UUID,
    *,
    verb: str,
    verdict: Verdict,
    actor: Actor,
    now: datetime,
    version_id: UUID,
    sha256: str,
    reasons: Sequence[str] = (),
    comment: str = "",
) -> tuple[Campaign, Version, Stage]:
    """The part all three decisions share; the caller is in the transaction."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.review", campaign)
    after = LIFECYCLE.after(CampaignStatus(campaign.status), verb)
    stage = Stage(campaign.status)
    check(actor, f"campaigns.approve_{stage}", campaign)
    if verdict == Verdict.APPROVED:
        check(actor, "campaigns.approve", campaign)
    version = campaign.in_review
    if version is None or version.pk != version_id or version.sha256 != sha256:
        raise Stale(_("What you saw is no longer what is up for decision. Look at it again."))
    if digest(version.content) != sha256:
        raise Stale(_("The stored text does not match its SHA-256. Nothing was decided; tell the exchange."))
    if Contribution.objects.filter(campaign=campaign, person_id=actor.person_id).exists():
        raise Forbidden(_("You contributed to this campaign, so somebody else decides."), code="contributor")
    ensure_unclaimed_by_others(campaign, actor)
    Decision.objects.create(
        version=version,
        sha256=sha256,
        stage=stage,
        verdict=verdict,
        reasons=list(reasons),
        comment=comment,
        person_id=actor.as_person(),
        decided_at=now,
    )
    campaign.status = after
    if after not in (CampaignStatus.AGENCY_REVIEW, CampaignStatus.COMPLIANCE_REVIEW):
        campaign.in_review = None
    campaign.claimed_by = campaign.claimed_at = None
    campaign.changed_at = now
    campaign.save(update_fields=["status", "in_review", "claimed_by", "claimed_at", "changed_at"])
    return campaign, version, stage


def _tell_contributors(kind: str, campaign: Campaign) -> None:
    people = User.objects.filter(pk__in=campaign.contributions.values("person_id"))
    notify(kind, people=people, path=reverse("campaigns-view", args=[campaign.pk]))


@transaction.atomic
def approve(
    campaign_id: UUID, *, actor: Actor, now: datetime, version_id: UUID, sha256: str, comment: str = ""
) -> Campaign:
    """Agree to exactly this version. The second approval, the exchange's, publishes it."""
    if wrong := unfit(comment, COMMENT_MAX):
        raise Invalid({"comment": wrong})
    campaign, version, stage = _decide(
        campaign_id, verb="approve", verdict=Verdict.APPROVED, actor=actor, now=now,
        version_id=version_id, sha256=sha256, comment=comment,
    )  # fmt: skip
    if stage == Stage.COMPLIANCE:
        publish(version, now=now)
        _tell_contributors("campaign-approved", campaign)
    else:
        notify(
            "campaign-to-approve",
            people=people_with(Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD),
            path=reverse("campaigns-review", args=[campaign.pk]),
        )
    data = {"version": str(version.pk), "number": version.number, "sha256": sha256, "stage": stage}
    record(events.APPROVED, actor=actor, subject=campaign, at=now, why=comment, data=data)
    if stage == Stage.COMPLIANCE:
        record(events.PUBLISHED, actor=actor, subject=campaign, at=now, data=data)
    return campaign


@transaction.atomic
def return_to_draft(
    campaign_id: UUID, *, actor: Actor, now: datetime, version_id: UUID, sha256: str,
    reasons: Sequence[str], comment: str,
) -> Campaign:  # fmt: skip
    """Send it back with coded reasons and words; the text stays as the draft."""
    return _refuse(
        campaign_id,
        "return",
        Verdict.RETURNED,
        events.RETURNED,
        actor,
        now,
        version_id,
        sha256,
        reasons,
        comment,
    )


@transaction.atomic
def reject(
    campaign_id: UUID, *, actor: Actor, now: datetime, version_id: UUID, sha256: str,
    reasons: Sequence[str], comment: str,
) -> Campaign:  # fmt: skip
    """End it for good, with coded reasons and words."""
    return _refuse(
        campaign_id,
        "reject",
        Verdict.REJECTED,
        events.REJECTED,
        actor,
        now,
        version_id,
        sha256,
        reasons,
        comment,
    )


def _refuse(
    campaign_id: UUID, verb: str, verdict: Verdict, event: str, actor: Actor, now: datetime,
    version_id: UUID, sha256: str, reasons: Sequence[str], comment: str,
) -> Campaign:  # fmt: skip
    errors: dict[str, list[Text]] = {}
    if not reasons or set(reasons) - set(ReviewReason.values):
        errors["reasons"] = [_("Choose at least one reason.")]
    if wrong := unfit(comment, COMMENT_MAX, missing=_("Say in words what must change.")):
        errors["comment"] = wrong
    if errors:
        raise Invalid(errors)
    campaign, version, stage = _decide(
        campaign_id, verb=verb, verdict=verdict, actor=actor, now=now,
        version_id=version_id, sha256=sha256, reasons=reasons, comment=comment,
    )  # fmt: skip
    _tell_contributors("campaign-returned", campaign)
    record(
        event, actor=actor, subject=campaign, at=now, why=comment,
        data={
            "version": str(version.pk), "number": version.number, "sha256": sha256, "stage": stage,
            "reasons": list(reasons),
        },
    )  # fmt: skip
    return campaign


@transaction.atomic
def recall(
    campaign_id: UUID, *, actor: Actor, now: datetime, why: str, code: str = RecallReason.OTHER,
    seen: Collection[UUID] | None = None,
) -> list[Publication]:  # fmt: skip
    """Stop serving at once, for everyone. One person is enough.

    `seen`: the publications that were before the person's eyes. Raises Stale if another came since, and
    WrongState if nothing is served.
    """
    campaign = locked(campaign_id, actor, in_quarantine=True)
    check(actor, "campaigns.recall", campaign)
    errors: dict[str, list[Text]] = {}
    if code not in RecallReason.values:
        errors["code"] = [_("Choose a reason.")]
    if wrong := unfit(why, REASON_MAX, missing=_("Say why it is recalled.")):
        errors["why"] = wrong
    if errors:
        raise Invalid(errors)
    publications = campaign.publications.select_for_update(of=("self",)).select_related("version")
    served = [each for each in publications if each.is_servable_at(now)]
    if not served:
        raise not_served(campaign)
    if seen is not None and not {each.pk for each in served} <= set(seen):
        raise Stale(_("Another version was published since. Nothing was recalled; look at what is served."))
    _tell_contributors("campaign-recalled", campaign)
    # As late as can be: from here the revision's row is held, and the measured time begins.
    announcement = announce([each.pk for each in served])
    for publication in served:
        publication.recalled_at = now
        publication.recalled_by_id = actor.person_id
        publication.recall_code = code
        publication.recall_reason = why
        publication.recall_revision = announcement.revision
        publication.recall_announced_at = announcement.at
        publication.save(update_fields=RECALLED_FIELDS)
    transaction.on_commit(partial(_note_commit, [each.pk for each in served]), robust=True)
    record(
        events.RECALLED, actor=actor, subject=campaign, at=now, why=why,
        data={"reason": code, "revision": announcement.revision, "publications": list(map(_reached, served))},
    )  # fmt: skip
    return served


def _reached(publication: Publication) -> dict[str, Any]:
    content = publication.version.content
    return {
        "id": str(publication.pk),
        "number": publication.version.number,
        "sha256": publication.version.sha256,
        "regions": content["regions"],
        "languages": list(content["texts"]),
    }


def _note_commit(publications: Sequence[UUID]) -> None:
    """The other side of the moment that nobody can read: what was committed was so by now."""
    Publication.objects.filter(pk__in=publications).update(
        recall_committed_at=Func(function="clock_timestamp", output_field=DateTimeField())
    )


def not_served(campaign: Campaign) -> WrongState:
    """Why there is nothing to recall: somebody was faster, or there never was."""
    newest = campaign.publications.select_related("recalled_by").first()
    if newest is not None and newest.recalled_at is not None:
        name = newest.recalled_by.name if newest.recalled_by else ""
        return WrongState(
            _("It was recalled already, by %(name)s. Nothing of this campaign is being served.")
            % {"name": name},
            code="recalled",
        )
    return WrongState(_("Nothing of this campaign is being served."))
