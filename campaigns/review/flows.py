"""The reviewers' flows. An approval names what was seen; anything else on the table is refused."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.flows import locked
from campaigns.delivery.publish import announce, publish
from campaigns.lifecycle import LIFECYCLE, CampaignStatus
from campaigns.models import Campaign, Contribution, Decision, Publication, Version
from campaigns.models.publication import REASON_MAX
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
def recall(campaign_id: UUID, *, actor: Actor, now: datetime, why: str) -> list[Publication]:
    """Stop serving at once, for everyone. One person is enough."""
    campaign = locked(campaign_id, actor, in_quarantine=True)
    check(actor, "campaigns.recall", campaign)
    if wrong := unfit(why, REASON_MAX, missing=_("Say why it is recalled.")):
        raise Invalid({"why": wrong})
    served = [each for each in campaign.publications.select_for_update() if each.is_servable_at(now)]
    if not served:
        raise WrongState(_("Nothing of this campaign is being served."))
    for publication in served:
        publication.recalled_at = now
        publication.recalled_by_id = actor.person_id
        publication.recall_reason = why
        publication.save(update_fields=["recalled_at", "recalled_by", "recall_reason"])
    announce()
    _tell_contributors("campaign-recalled", campaign)
    record(
        events.RECALLED, actor=actor, subject=campaign, at=now, why=why,
        data={"publications": [str(each.pk) for each in served]},
    )  # fmt: skip
    return served
