"""One row: one regional warning and its working text. The text is never served from here."""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.client.audience import ASSET_MAX
from campaigns.lifecycle import IN_REVIEW, LIFECYCLE, ON_ITS_WAY, CampaignStatus
from portal.access.permissions import is_auditor, is_compliance_reviewer
from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.kernel.languages import NAMES
from portal.models import Agency, User
from portal.models.agency import RegionField
from portal.models.guards import lifecycle_guard, quarantine_guards

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


class Network(models.TextChoices):
    """Where a withdrawal goes out. The codes are those of case requests' chains."""

    BTC = "BTC", "Bitcoin"
    ETH = "ETH", "Ethereum"
    BSC = "BSC", "BNB Smart Chain"
    POLYGON = "POLYGON", "Polygon"
    ARBITRUM = "ARBITRUM", "Arbitrum"
    TRON = "TRON", "TRON"
    SOL = "SOL", "Solana"
    TON = "TON", "TON"
    XRP = "XRP", "XRP Ledger"
    LTC = "LTC", "Litecoin"
    DOGE = "DOGE", "Dogecoin"
    BCH = "BCH", "Bitcoin Cash"


class AgeBand(models.TextChoices):
    """Of the user, in years; the exchange tells a band and never a date of birth."""

    UNDER_25 = "under_25", _("under 25")
    FROM_25 = "25_34", "25–34"
    FROM_35 = "35_44", "35–44"
    FROM_45 = "45_54", "45–54"
    FROM_55 = "55_64", "55–64"
    FROM_65 = "65_plus", _("65 and over")


class Unconfirmed(models.IntegerChoices):
    """Seconds for which a warning is still shown by a machine that cannot ask whether it was recalled."""

    NEVER = 0, _("Stop showing it at once")
    MINUTES = 15 * 60, _("Go on for 15 minutes")
    HOUR = 60 * 60, _("Go on for 1 hour")
    DAY = 24 * 60 * 60, _("Go on for 24 hours")
    WEEK = 7 * 24 * 60 * 60, _("Go on for 7 days")


LISTED = (
    "title", "scam_type", "regions", "status", "starts_at", "ends_at", "priority", "changed_at",
    "quarantined_at", "agency__slug", "agency__name", "agency__is_training",
)  # fmt: skip


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
            from campaigns.models.version import Version

            # Not a join made distinct, which would sort all of them to show fifty.
            submitted = Version.objects.filter(campaign=models.OuterRef("pk"))
            return self.filter(models.Exists(submitted) | models.Q(quarantined_at__isnull=False))
        return self.none()

    def awaiting(self, actor: Actor) -> "CampaignQuerySet":
        """What waits for this person's approval."""
        return self.before(actor).exclude(contributions__person_id=actor.person_id)

    def before(self, actor: Actor) -> "CampaignQuerySet":
        """What waits for an approval of this person's house, whoever may give it."""
        if actor.of_agency:
            waiting = self.filter(agency_id=actor.agency_id, status=CampaignStatus.AGENCY_REVIEW)
        else:
            waiting = self.filter(status=CampaignStatus.COMPLIANCE_REVIEW)
        return waiting.filter(quarantined_at=None)

    def in_a_list(self, *more: str) -> "CampaignQuerySet":
        """With what a list shows of each, and `more`: a warning's texts are most of its row."""
        return self.select_related("agency").only(*LISTED, *more)


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
    # None: evergreen, served until it is superseded or recalled.
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    # In which the window was written; the moments themselves are in UTC.
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=50, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    headline = models.CharField(_("headline"), max_length=HEADLINE_MAX, blank=True)
    body = models.TextField(_("body"), max_length=BODY_MAX, blank=True)
    question = models.CharField(_("question"), max_length=SHORT_MAX, blank=True)
    mark = models.ForeignKey(
        "campaigns.AgencyMark", verbose_name=_("agency mark"), on_delete=models.PROTECT, null=True,
        blank=True, related_name="+",
    )  # fmt: skip

    # Conditions that the exchange evaluates; what is not set holds for everyone.
    min_amount = models.DecimalField(
        _("from this amount"), max_digits=18, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )  # fmt: skip
    min_amount_currency = models.CharField(_("currency"), max_length=3, blank=True)
    assets = ArrayField(
        models.CharField(max_length=ASSET_MAX), verbose_name=_("assets"), default=list, blank=True
    )
    networks = ArrayField(
        models.CharField(max_length=10, choices=Network.choices), verbose_name=_("networks"), default=list,
        blank=True,
    )  # fmt: skip
    only_new_address = models.BooleanField(_("only the first withdrawal to an address"), default=False)
    account_younger_than_days = models.PositiveSmallIntegerField(
        _("only accounts younger than this many days"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )  # fmt: skip
    age_bands = ArrayField(
        models.CharField(max_length=10, choices=AgeBand.choices), verbose_name=_("age bands"), default=list,
        blank=True,
    )  # fmt: skip
    # At most so often to one person in so many days; neither: every time.
    show_at_most = models.PositiveSmallIntegerField(
        _("at most this often"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )  # fmt: skip
    show_per_days = models.PositiveSmallIntegerField(
        _("in this many days"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )  # fmt: skip
    unconfirmed_seconds = models.PositiveIntegerField(
        _("if the portal cannot be reached"), choices=Unconfirmed.choices, default=Unconfirmed.NEVER
    )

    status = models.CharField(max_length=20, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT)
    # Counts the saves of the working text: an editor names the one that was seen.
    revision = models.PositiveIntegerField(default=1)
    in_review = models.OneToOneField(
        "campaigns.Version", on_delete=models.PROTECT, null=True, blank=True, related_name="reviewed_campaign"
    )
    # Who looks at what is in review; others wait, or take it over.
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    # Since a suspension: nothing moves it until compliance has looked (campaigns.quarantine).
    quarantined_at = models.DateTimeField(_("in quarantine since"), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # Out of the way in lists; nothing else changes, and it can be brought back.
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-changed_at"]
        indexes = [
            models.Index(fields=["agency", "-changed_at"], name="campaign_of_agency"),
            models.Index(fields=["-changed_at"], name="campaign_by_change"),
            models.Index(
                fields=["status", "changed_at"],
                condition=models.Q(status__in=IN_REVIEW),
                name="campaign_in_review_since",
            ),
            GinIndex(fields=["regions"], name="campaign_of_region"),
            models.Index(
                fields=["quarantined_at"],
                condition=models.Q(quarantined_at__isnull=False),
                name="campaign_in_quarantine",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
                name="campaign_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(min_amount=None, min_amount_currency="")
                | (models.Q(min_amount__isnull=False) & ~models.Q(min_amount_currency="")),
                name="campaign_amount_has_currency",
            ),
            models.CheckConstraint(
                condition=models.Q(show_at_most=None, show_per_days=None)
                | models.Q(show_at_most__isnull=False, show_per_days__isnull=False),
                name="campaign_showing_rule_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=IN_REVIEW, in_review__isnull=False)
                | (~models.Q(status__in=IN_REVIEW) & models.Q(in_review=None)),
                name="campaign_version_while_in_review",
            ),
            models.CheckConstraint(
                condition=models.Q(claimed_by=None, claimed_at=None)
                | models.Q(claimed_by__isnull=False, claimed_at__isnull=False, in_review__isnull=False),
                name="campaign_claimed_while_in_review",
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

    def is_served_at(self, now: datetime) -> bool:
        """One of its versions is or will be served, unless somebody stops it."""
        return any(each.is_servable_at(now) for each in self.publications.all())


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
