"""One row: one regional warning and its working text. The text is never served from here."""

from datetime import datetime
from typing import TYPE_CHECKING

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.lifecycle import IN_REVIEW, LIFECYCLE, ON_ITS_WAY, CampaignStatus
from portal.access.permissions import is_auditor, is_compliance_reviewer
from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.kernel.languages import NAMES
from portal.models import Agency, User
from portal.models.agency import RegionField
from portal.models.guards import lifecycle_guard, quarantine_guards

if TYPE_CHECKING:
    from campaigns.models.publication import Publication

TITLE_MAX = 120
HEADLINE_MAX = 90
BODY_MAX = 1200
SHORT_MAX = 300
LONG_MAX = 600


class ScamType(models.TextChoices):
    INVESTMENT = "investment", _("Online investment")
    ROMANCE = "romance", _("Romance and friendship")
    AUTHORITY = "authority", _("Impersonating police or officials")
    CUSTOMER_SERVICE = "customer_service", _("Impersonating customer service")
    EMPLOYMENT = "employment", _("Online jobs and tasks")
    PHISHING = "phishing", _("Phishing and fake sites")
    RECOVERY = "recovery", _("Recovering lost money")
    OTHER = "other", _("Other")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, actor: Actor) -> "CampaignQuerySet":
        """Own agency's for its officers; at the exchange, what was ever submitted, for drafts are not its.

        In quarantine they are, until they are released: compliance cannot judge what it cannot read.
        """
        if actor.kind == "system":
            return self
        if actor.of_agency:
            return self.filter(agency_id=actor.agency_id)
        if is_auditor(actor):
            return self
        if is_compliance_reviewer(actor):
            return self.filter(
                models.Q(versions__isnull=False) | models.Q(quarantined_at__isnull=False)
            ).distinct()
        return self.none()

    def awaiting(self, actor: Actor) -> "CampaignQuerySet":
        """What waits for this person's approval."""
        if actor.of_agency:
            waiting = self.filter(agency_id=actor.agency_id, status=CampaignStatus.AGENCY_REVIEW)
        else:
            waiting = self.filter(status=CampaignStatus.COMPLIANCE_REVIEW)
        return waiting.filter(quarantined_at=None).exclude(contributions__person_id=actor.person_id)


class Campaign(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="campaigns")
    title = models.CharField(_("working title"), max_length=TITLE_MAX)
    scam_type = models.CharField(_("scam type"), max_length=30, choices=ScamType.choices)
    regions = ArrayField(RegionField(), verbose_name=_("regions"))
    languages = ArrayField(
        models.CharField(max_length=10, choices=list(NAMES.items())), verbose_name=_("languages")
    )
    default_language = models.CharField(
        _("language shown when the user's is missing"), max_length=10, choices=list(NAMES.items())
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=50, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    headline = models.CharField(_("headline"), max_length=HEADLINE_MAX, blank=True)
    body = models.TextField(_("body"), max_length=BODY_MAX, blank=True)

    status = models.CharField(max_length=20, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT)
    # Counts the saves of the working text: an editor names the one that was seen.
    revision = models.PositiveIntegerField(default=1)
    in_review = models.OneToOneField(
        "campaigns.Version", on_delete=models.PROTECT, null=True, blank=True, related_name="reviewed_campaign"
    )
    # Since a suspension: nothing moves it until compliance has looked (campaigns.quarantine).
    quarantined_at = models.DateTimeField(_("in quarantine since"), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-changed_at"]
        indexes = [
            models.Index(fields=["agency", "-changed_at"], name="campaign_of_agency"),
            models.Index(
                fields=["quarantined_at"],
                condition=models.Q(quarantined_at__isnull=False),
                name="campaign_in_quarantine",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="campaign_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=IN_REVIEW, in_review__isnull=False)
                | (~models.Q(status__in=IN_REVIEW) & models.Q(in_review=None)),
                name="campaign_version_while_in_review",
            ),
            models.CheckConstraint(
                condition=models.Q(quarantined_at=None) | models.Q(status__in=ON_ITS_WAY),
                name="campaign_quarantined_on_its_way",
            ),
        ]
        triggers = [
            lifecycle_guard("campaign", list(LIFECYCLE.steps())),
            *quarantine_guards("campaign", ends=CampaignStatus.REJECTED),
            pgtrigger.Protect(name="campaign_no_delete", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.title

    def publication_at(self, now: datetime) -> "Publication | None":
        """The newest publication that is or will be served, else the newest of all."""
        publications = sorted(self.publications.all(), key=lambda each: each.published_at, reverse=True)
        servable = [each for each in publications if each.is_servable_at(now)]
        return next(iter(servable or publications), None)


class Contribution(models.Model):
    """One row: this person had a hand in this campaign's text, and so never approves it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="contributions")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        constraints = [models.UniqueConstraint(fields=["campaign", "person"], name="contribution_once")]
        triggers = [
            pgtrigger.Protect(name="contribution_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
