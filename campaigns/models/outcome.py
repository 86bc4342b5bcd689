"""What clients report: events as they came, and the exposure they add up to. No personal data is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.version import Version
from portal.models import Client
from portal.models.agency import RegionField


class EventKind(models.TextChoices):
    SHOWN = "shown", _("Shown")
    REVIEWED = "reviewed", _("Reviewed")
    RECONSIDERED = "reconsidered", _("Reconsidered")
    PROCEEDED = "proceeded", _("Proceeded")


class OpenedPart(models.TextChoices):
    TIPS = "tips", _("Tips")
    EXAMPLES = "examples", _("Examples")
    RESOURCE = "resource", _("A resource")
    QUESTION = "question", _("The question")


class OutcomeEvent(models.Model):
    """One row: one event, by the client's own id, so that a repeated call stores nothing twice."""

    id = models.UUIDField(primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", db_index=False)
    region = RegionField()
    language = models.CharField(max_length=10)
    part = models.CharField(max_length=10, choices=OpenedPart.choices, blank=True)
    # HMAC-SHA-256 of the client's withdrawal reference under our key, 16 bytes as hex.
    reference = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("outcome event")
        verbose_name_plural = _("outcome events")


class Exposure(models.Model):
    """One row: one warning and one withdrawal, with the first time of each thing that happened."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="exposures", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="exposures", db_index=False)
    reference = models.CharField(max_length=32)
    region = RegionField()
    language = models.CharField(max_length=10)
    shown_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reconsidered_at = models.DateTimeField(null=True)
    proceeded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "client", "reference"], name="exposure_once_per_withdrawal"
            )
        ]
        indexes = [models.Index(fields=["campaign", "shown_at"], name="exposure_of_campaign")]
